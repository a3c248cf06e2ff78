"""Known vulnerabilities of what is locked: judged where `doctor --audit-packages` asked."""

from __future__ import annotations

from wslgpu.checks.model import BOTH, Check, CouldNotTell, Judgement, found, known, skip, well
from wslgpu.facts.model import Facts
from wslgpu.system.answers import Unknown


def judge_advisories(facts: Facts) -> Judgement:
    """A package that the service does not know was not audited: pip-audit itself then says that nothing was found."""
    told = known(facts.advisories)
    if told is None:
        return skip("`wslgpu doctor --audit-packages` asks for known vulnerabilities")
    if told.found:
        lines = [
            f"{one.package} {one.version}: {one.id}" + (f" (mended in {one.fixed_in[0]})" if one.fixed_in else "")
            for one in told.found
        ]
        rest = f"; and {len(lines) - 2} more" if len(lines) > 2 else ""
        count = "a known vulnerability" if len(lines) == 1 else f"{len(lines)} known vulnerabilities"
        return found(count=count, first="; ".join(lines[:2]) + rest, advisories="; ".join(lines))
    if told.skipped:
        of = told.audited + len(told.skipped)
        why = f"the advisory service knows nothing of {len(told.skipped)} of {of} packages ({told.skipped[0]}, ...)"
        raise CouldNotTell(Unknown("unreachable", why))
    return well(audited=told.audited)


CHECKS = (Check("package-advisories", "venv", BOTH, judge_advisories),)
