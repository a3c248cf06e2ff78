"""Which TensorFlow goes with a Python, a CUDA, or a processor: "Python 3.14", "CUDA 11.8", "aarch64"."""

from __future__ import annotations

import re
from typing import Any

from wslgpu.knowledge.gpus import spell
from wslgpu.knowledge.releases import (
    TensorFlowRelease,
    every_release,
    newest_stable,
    plain_machine,
    pythons_of,
    releases,
)
from wslgpu.knowledge.table import updated

PYTHON = re.compile(r"(?:c?python|py|cp)\s*=*\s*(\d)\.?(\d{1,2})(?:\.\d+)?$", re.IGNORECASE)
CUDA = re.compile(r"cuda(?:[\s-]*toolkit)?\s*=*\s*(\d{1,2})\.(\d)(?:\.\d+)?$", re.IGNORECASE)
MACHINE = re.compile(r"(?:linux[ -])?(aarch64|arm64)$", re.IGNORECASE)


def describe_part(subject: str) -> dict[str, Any] | None:
    """The answer as JSON can hold it, in the fields of a release's; None where the subject is none of these."""
    text = subject.strip()
    if found := PYTHON.match(text):
        return _python((int(found[1]), int(found[2])))
    if found := CUDA.match(text):
        return _cuda(f"{found[1]}.{found[2]}")
    return _machine(plain_machine(MACHINE.match(text)[1])) if MACHINE.match(text) else None  # type: ignore[index]


def _python(python: tuple[int, int]) -> dict[str, Any]:
    name, newest = f"Python {spell(python)}", newest_stable()
    having = [release for release in every_release() if python in release.python]
    stable = [release for release in having if not release.prerelease]
    if stable:
        rows = {"newest": stable[-1].version, "oldest": stable[0].version}
        return _answer(f"TensorFlow {_span(stable)}, by wslgpu's table, has wheels for {name}", rows, suits=True)
    held = ", ".join(spell(one) for one in newest.python)
    ways = (
        "`uv python install 3.13`, or `wslgpu setup`, which has uv fetch a Python that fits",
        "a distribution that brings one: in PowerShell, `wsl --install -d Ubuntu-24.04`",
    )
    notes = []
    if having:
        notes = [
            f"{having[-1].version} is a pre-release, and pip takes it for {name} without being asked: nothing else "
            "fits (wslgpu explain python-prerelease-trap)"
        ]
    rows = {"newest stable": f"{newest.version}, for Python {held}", "pre-release": _span(having) if having else "none"}
    return _answer(f"no stable TensorFlow has wheels for {name}", rows, suits=False, ways=ways, notes=tuple(notes))


def _cuda(version: str) -> dict[str, Any]:
    of = [release for release in releases() if release.cuda == version]
    brought = [release for release in releases() if release.cuda_from == "wheels"]
    notes = (
        f"TensorFlow {_span(brought)} brings its CUDA along, inside the venv (the extra and-cuda, which `wslgpu setup` "
        "takes): no toolkit has to be installed",
        "the CUDA version that nvidia-smi prints is the newest that the driver serves; older ones work with it",
    )
    if not of:
        used = ", ".join(dict.fromkeys(release.cuda for release in reversed(releases())))
        title = f"no TensorFlow is built with CUDA {version}"
        return _answer(title, {"they are built with": used}, suits=None, notes=notes)
    cudnn = ", ".join(dict.fromkeys(release.cudnn for release in of))
    return _answer(f"TensorFlow {_span(of)} is built with CUDA {version}", {"cuDNN": cudnn}, suits=None, notes=notes)


def _machine(machine: str) -> dict[str, Any]:
    having = [release for release in releases() if pythons_of(release, profile="cpu", machine=machine)]
    newest = newest_stable()
    held = ", ".join(spell(one) for one in pythons_of(newest, profile="cpu", machine=machine))
    return _answer(
        f"for {machine} TensorFlow has wheels for the CPU alone",
        {"releases": _span(having), "newest stable": f"{newest.version}, for Python {held}"},
        suits=None,
        ways=("`wslgpu setup --profile cpu`", "for a GPU: a machine with an x86_64 processor"),
        notes=("WSL has no CUDA on Windows for ARM (wslgpu explain wsl-arm64)",),
    )


def _span(of: list[TensorFlowRelease]) -> str:
    """ "2.16.2 to 2.21.0" of releases that follow each other."""
    return of[0].version if len(of) == 1 else f"{of[0].version} to {of[-1].version}"


def _answer(
    title: str,
    rows: dict[str, str],
    *,
    suits: bool | None,
    ways: tuple[str, ...] = (),
    notes: tuple[str, ...] = (),
) -> dict[str, Any]:
    return {
        "title": title,
        "rows": {**rows, "source": f"the wheels on the package index ({updated()})"},
        "suits": suits,
        "fits": [],
        "requirements": [],
        "ways_out": list(ways),
        "notes": list(notes),
    }
