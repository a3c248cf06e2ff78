"""Known vulnerabilities of the locked packages, as pip-audit tells of them. Asked only where the user asks for it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from wslgpu.system.answers import Answers, Unknown
from wslgpu.system.wants import Run, Want

WANT_ID = "venv.advisories"
DEADLINE_S = 300.0


@dataclass(frozen=True)
class Advisory:
    """One vulnerability of one package. `fixed_in`: versions without it, empty where there is none yet."""

    package: str
    version: str
    id: str
    fixed_in: tuple[str, ...]


@dataclass(frozen=True)
class Advisories:
    """`audited` packages were looked up; the service did not know those in `skipped`."""

    found: tuple[Advisory, ...]
    audited: int
    skipped: tuple[str, ...]


def wants_of_advisories(lock: str, uv: str | Unknown | None) -> tuple[Want, ...]:
    """pip-audit over a lock (its path), fetched and run by uv from the machine's own index; nothing is installed here.

    With hashes and without pip: the lock is complete, and nothing of it is resolved or downloaded.
    """
    if not isinstance(uv, str):
        return ()
    options = ("--require-hashes", "--disable-pip", "--format", "json", "--progress-spinner", "off")
    argv = (uv, "tool", "run", "--quiet", "pip-audit", *options, "-r", lock)
    return (Run(WANT_ID, argv, DEADLINE_S),)


def read_advisories(answers: Answers) -> Advisories | Unknown | None:
    """None where nobody asked. pip-audit ends with 1 where it found something, and for most of its own failures."""
    if WANT_ID not in answers:
        return None
    ran = answers.ran(WANT_ID)
    if ran is None:
        return Unknown("unreachable", "there is no uv here to run pip-audit with")
    if isinstance(ran, Unknown):
        return ran
    try:
        document = json.loads(ran.stdout.decode("utf-8", "replace"))
        rows = document["dependencies"]
        return Advisories(
            tuple(advisory for row in rows for advisory in _read_row(row)),
            sum("skip_reason" not in row for row in rows),
            tuple(str(row["name"]) for row in rows if "skip_reason" in row),
        )
    except (ValueError, KeyError, TypeError, AttributeError):
        lines = [line for line in ran.stderr.decode("utf-8", "replace").splitlines() if line.strip()]
        said = lines[-1].strip()[:200] if lines else f"pip-audit ended with {ran.exit}"
        return Unknown("unreachable", f"the advisory service or pip-audit cannot be reached: {said}")


def _read_row(row: Mapping[str, Any]) -> list[Advisory]:
    return [
        Advisory(str(row["name"]), str(row["version"]), str(v["id"]), tuple(map(str, v.get("fix_versions", ()))))
        for v in row.get("vulns", ())
    ]
