"""Windows and a distribution in one report: the same checks with the same slugs, each finding once."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

from wslgpu.checks.engine import link_causes, order, run_check
from wslgpu.checks.model import Check, Finding
from wslgpu.facts.model import Facts
from wslgpu.system.answers import Unknown

UNREACHED = ("wsl-service-broken", "wsl-not-answering")
# What doctor judges of Windows from inside WSL: all that its reg.exe and the user's folder tell.
MIRRORED = ("win-build-too-old", "gpu-support-false", "wslconfig-ignored", "wslconfig-wrong-file", "wslconfig-memory")
WINDOWS_AREAS = ("windows", "wsl", "gpu")
# Of two findings with one slug the first of these statuses stands. Where they are equal, the distribution says more of
# what is well, and Windows more of what is not.
PREFERRED = ("fail", "warn", "info", "ok", "unknown", "skip")


def judge_both(facts: Facts, checks: Iterable[Check], causes: Mapping[str, Sequence[str]]) -> tuple[Finding, ...]:
    """The findings of a look from Windows. Of a distribution that could not be asked, the vital questions are unknown.

    Where there is no distribution to look into, only Windows is judged: a finding of its own says so.
    """
    checks = tuple(checks)
    findings = [run_check(check, facts) for check in checks if "windows" in check.sides]
    visit = facts.windows.visit if facts.windows else None
    inside = [check for check in checks if "wsl" in check.sides and "windows" not in check.sides]
    if visit is not None and visit.reached is True:
        seen = replace(facts, side="wsl")
        findings = merge(findings, [run_check(check, seen) for check in inside])
    elif visit is not None and isinstance(visit.reached, Unknown):
        seen = replace(facts, side="wsl")
        unknown = [run_check(check, seen) for check in inside if check.vital]
        cause = next(
            (one.slug for one in findings if one.slug in UNREACHED and one.status in ("fail", "unknown")), None
        )
        findings = merge(findings, [replace(one, cause=cause) for one in unknown if one.status == "unknown"])
    return order(link_causes(findings, causes))


def _rank(finding: Finding) -> tuple[int, bool]:
    return PREFERRED.index(finding.status), finding.status != "ok" and finding.area not in WINDOWS_AREAS


def judge_from_inside(
    facts: Facts, checks: Iterable[Check], causes: Mapping[str, Sequence[str]]
) -> tuple[Finding, ...]:
    """The findings of a look from inside WSL, with those of Windows' that could be judged from in here."""
    checks = tuple(checks)
    findings = [run_check(check, facts) for check in checks if facts.side in check.sides]
    if facts.windows is not None:
        mirrored = [run_check(check, facts) for check in checks if check.slug in MIRRORED and "windows" in check.sides]
        findings = merge(findings, [one for one in mirrored if one.status in ("fail", "warn", "ok")])
    return order(link_causes(findings, causes))


def merge(windows: Sequence[Finding], distribution: Sequence[Finding]) -> list[Finding]:
    """Each slug once, in the order of the two lists."""
    best: dict[str, Finding] = {}
    for finding in (*windows, *distribution):
        before = best.get(finding.slug)
        if before is None or _rank(finding) <= _rank(before):
            best[finding.slug] = finding
    return list(best.values())
