"""What pip, uv and Debian's pip print when an installation fails."""

from __future__ import annotations

import re
from dataclasses import dataclass

from wslgpu.facts.transcripts.clean import clean

_FROM_VERSIONS = re.compile(
    r"Could not find a version that satisfies the requirement ([^\s(]{1,120})"
    r"[^\n]{0,400}?\(from versions: ([^)\n]{0,4000})\)"
)
_NO_MATCH = re.compile(r"No matching distribution found for ([^\s\n]{1,120})")
_UV_NONE = re.compile(
    r"Because [^\n]{0,200}\b(tensorflow[\w-]{0,30})\b[^\n]{0,200}(?:no wheels|no solution|not found|cannot be used)",
    re.I,
)
_CONFLICT = re.compile(r"(?m)^\W{0,8}([\w.-]{2,60}) ([\w.+!-]{1,40}) requires ([\w.\[\]-]{2,60})"
                       r"([^,\n]{0,60}(?:,[<>=!~][^,\n]{1,30}){0,5}), "
                       r"but you(?:'ll)? have ([\w.-]{2,60}) ([\w.+!-]{1,40})")  # fmt: skip
_REMOVED = re.compile(r"tensorflow-gpu[\"'`]{0,2} package has been removed", re.I)
_INVALID = re.compile(r"Expected semicolon \(after name with no version specifier\)|python_version>\s{0,3}[\"']3\.7")
_FAILED_BUILD = re.compile(
    r"Failed to build [\"'`]?tensorflow-gpu|tensorflow-gpu[^\n]{0,200}(?:legacy-install-failure|getting requirements)",
    re.I,
)


@dataclass(frozen=True)
class PipError:
    """`diagnosis` and what the text names: the requirement, the versions offered, the clashing packages."""

    diagnosis: str
    requirement: str | None = None
    offered: tuple[str, ...] | None = None
    conflicts: tuple[str, ...] = ()


def read_pip_error(text: str) -> PipError | None:
    """The failure of an installation; None where the text holds none."""
    text = clean(text)
    lowered = text.lower()
    if "externally-managed-environment" in lowered or "this environment is externally managed" in lowered:
        return PipError("externally_managed")
    if _REMOVED.search(text):
        return PipError("tensorflow_gpu_removed", "tensorflow-gpu")
    if "tensorflow-gpu" in lowered and (_FAILED_BUILD.search(text) or _INVALID.search(text)):
        return PipError("tensorflow_gpu_unbuildable", "tensorflow-gpu")
    if _INVALID.search(text) and "python_version>" in text:
        return PipError("tensorflow_gpu_unbuildable", "tensorflow-gpu")
    if "do not match the hashes" in lowered or "hash mismatch" in lowered:
        return PipError("hash_mismatch")
    for word, parts in _SIGNS:
        if any(part in lowered for part in parts):
            return PipError(word)
    no_match = _no_match(text)
    if no_match:
        return no_match
    conflicts = tuple(
        f"{hit[1]} {hit[2]} requires {hit[3]}{hit[4].strip()}, have {hit[5]} {hit[6]}"
        for hit in _CONFLICT.finditer(text)
    )
    if conflicts or "resolutionimpossible" in lowered or "conflicting dependencies" in lowered:
        return PipError("dependency_conflict", conflicts=conflicts)
    return None


# Signs that are told by one text each; more special ones first.
_SIGNS = (
    ("no_space", ("[errno 28] no space left on device",)),
    ("certificate", ("certificate_verify_failed", "certificate verify failed", "invalid peer certificate")),
    ("certificate", ("unknownissuer",)),
    ("ensurepip_missing", ("ensurepip is not available",)),
    ("name_not_resolved", ("temporary failure in name resolution", "failed to lookup address", "getaddrinfo failed")),
    ("name_not_resolved", ("name or service not known",)),
    ("proxy", ("cannot connect to proxy", "proxyerror")),
    ("not_writable", ("could not install packages due to an oserror: [errno 13]",
                      "could not install packages due to an environmenterror: [errno 13]")),
)  # fmt: skip


def _no_match(text: str) -> PipError | None:
    offered, none = _FROM_VERSIONS.search(text), _NO_MATCH.search(text)
    if offered:
        names = tuple(part.strip() for part in offered.group(2).split(",") if part.strip() not in ("", "none"))
        return PipError("no_matching_distribution", offered.group(1), names)
    if none:
        return PipError("no_matching_distribution", none.group(1))
    flat = " ".join(text.split())  # uv wraps its sentences
    by_uv = _UV_NONE.search(flat) if "no solution found" in flat.lower() else None
    if by_uv:
        return PipError("no_matching_distribution", by_uv.group(1))
    return None
