"""Which release somebody means who types "tensorflow-gpu==2.10", "TF 2.x", "tensorfow 2.21" or "2.10 on Windows"."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterator
from dataclasses import dataclass

from packaging.specifiers import InvalidSpecifier, SpecifierSet
from packaging.version import Version

from wslgpu.errors import UserError
from wslgpu.knowledge.releases import TensorFlowRelease, find_release, newest_stable, releases

PACKAGES = ("tensorflow", "tf", "tensorflowcpu", "tensorflowgpu", "tensorflowintel", "tensorflowmacos")
NIGHTLY = ("tfnightly", "tensorflownightly")
WORDS = re.compile(r"(?P<name>[a-z][a-z _-]*?)(?P<extra>\s*\[[\w, -]*\])?\s*@?\s*(?P<wish>[=<>~!].*|v?\d.*)?$", re.I)
BARE = re.compile(r"v?\d+\.\d+(?:\.\d+)?(?:rc\d+)?$")
WINDOWS = re.compile(r"[\s,]+(?:(?:on|in|for|under)\s+)?(?:native\s+)?(?:windows|win)(?:\s*\d+)?$", re.I)
NEWEST = re.compile(r"[\s=]+(?:latest|newest|stable|current)$", re.I)
LAST_ON_WINDOWS = Version("2.11")  # the first without GPU code for Windows itself


@dataclass(frozen=True)
class Asked:
    """`spec`: "tensorflow" or "tensorflow==X", as describe takes it; `notes`: what the way of asking calls for."""

    spec: str
    notes: tuple[str, ...] = ()


def read_asked(subject: str) -> Asked | None:
    """None for what names no TensorFlow; UserError for a wish that no release fulfils."""
    on_windows = WINDOWS.search(subject) is not None
    text = NEWEST.sub("", WINDOWS.sub("", subject.strip().strip("\"'`"))).strip()
    if BARE.match(text):
        if find_release(text) is None:
            return None
        text = f"tensorflow=={text}"
    words = WORDS.match(text)
    package = _package(words["name"]) if words else None
    if words is None or package is None:
        return None
    release, said = _choose(words["wish"] or "", text)
    notes = (
        *_of_name(package, words["name"].strip(), release),
        *said,
        *(_of_windows(release or newest_stable()) if on_windows else ()),
    )
    return Asked(f"tensorflow=={release.version}" if release else "tensorflow", notes)


def _package(name: str) -> str | None:
    plain = re.sub(r"[\s_-]+", "", name).lower()
    if plain in (*PACKAGES, *NIGHTLY):
        return plain
    near = difflib.get_close_matches(plain, PACKAGES, 1, 0.85) if len(plain) > 6 else ()
    return near[0] if near else None


def _choose(wish: str, asked: str) -> tuple[TensorFlowRelease | None, tuple[str, ...]]:
    """None where every release was asked for. A range means its newest stable release, as for pip and setup."""
    wish = re.sub(r"\.x\b", ".*", wish.strip(), flags=re.I)
    wish = re.sub(r"^[=v\s]*(\d)$", r"\1.*", wish)
    if not wish.strip("= "):
        return None, ()
    exact = find_release(wish) if re.match(r"[=v\s]*\d", wish) else None
    if exact is not None or re.match(r"[=v\s]*\d[^*<>]*$", wish):
        return exact or _unknown(wish), ()
    try:
        allowed = SpecifierSet(wish if re.match(r"[<>=!~]{2}|[<>]", wish) else f"=={wish.lstrip('=v ')}")
    except InvalidSpecifier:
        raise UserError(f"{asked!r} is no version of TensorFlow; one is: tensorflow==2.21, tensorflow>=2.15") from None
    for release in reversed(releases()):
        if not release.prerelease and allowed.contains(release.version):
            return release, (f"of what `{asked}` allows, {release.version} is the newest stable release",)
    raise UserError(f"no stable TensorFlow that wslgpu knows fits `{asked}`; `wslgpu explain tensorflow` lists them")


def _unknown(wish: str) -> TensorFlowRelease:
    from wslgpu.knowledge.releases import nearest_releases

    version = wish.lstrip("=v ")
    near = ", ".join(f"tensorflow=={row.version}" for row in nearest_releases(version))
    raise UserError(f"no TensorFlow {version} is known; the nearest: {near}")


def _of_name(package: str, typed: str, release: TensorFlowRelease | None) -> Iterator[str]:
    if package in NIGHTLY:
        yield (
            "tf-nightly is made anew each day and stands in no table; wslgpu does not install it. The one of "
            "2026-10-26 (2.23.0.dev) has no kernels for the RTX 50 series either"
        )
    elif package == "tensorflowgpu" and (release is None or not release.gpu_package.startswith("tensorflow-gpu")):
        instead = release.gpu_package if release else newest_stable().gpu_package
        yield (
            f"the package tensorflow-gpu was withdrawn at 2.12: take {instead}; since 2.1 `tensorflow` holds the GPU "
            "code itself (wslgpu explain tensorflow-gpu-package)"
        )
    elif package == "tensorflowintel":
        yield "tensorflow-intel was `tensorflow` 2.11 to 2.18.0 on Windows, for the CPU alone; in WSL take `tensorflow`"
    elif package == "tensorflowmacos":
        yield "tensorflow-macos was Apple's; this is `tensorflow` for Linux and WSL"
    elif re.sub(r"[\s_-]+", "", typed).lower() != package:
        yield f"{typed!r} was taken for tensorflow"


def _of_windows(release: TensorFlowRelease) -> Iterator[str]:
    if Version(release.version) < LAST_ON_WINDOWS:
        yield (
            f"on Windows itself {release.version} still has GPU code (2.10 is the last that has), with CUDA "
            f"{release.cuda} and cuDNN {release.cudnn} installed by hand, and spawn alone for workers; what follows is "
            "for WSL and Linux"
        )
    else:
        yield (
            f"on Windows itself {release.version} computes on the CPU alone; the way to the GPU is WSL "
            "(wslgpu explain windows-native-tf), for which what follows is said"
        )
