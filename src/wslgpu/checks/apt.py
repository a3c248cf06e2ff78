"""Will apt work, and will it leave the driver alone?"""

from __future__ import annotations

import re

from wslgpu.checks.model import Check, Judgement, found, known, skip, well
from wslgpu.facts.model import Facts

NO_DPKG = "no dpkg here"


def judge_lock(facts: Facts) -> Judgement:
    """unattended-upgrades holds the lock for minutes after a start (mvo5/unattended-upgrades#90)."""
    holder = known(facts.debian.lock_holder)
    return well() if holder is None else found(pid=holder)


def judge_half_configured(facts: Facts) -> Judgement:
    """What dpkg began and could not end stops every later apt (microsoft/WSL#6582)."""
    broken = known(facts.debian.broken)
    if broken is None:
        return skip(NO_DPKG)
    return found(packages=", ".join(broken[:5]), count=len(broken)) if broken else well()


def judge_sources(facts: Facts) -> Judgement:
    """The repository for a real Ubuntu drags the driver in with an upgrade (microsoft/WSL#6617, #9166)."""
    metas, sources = facts.debian.metas, facts.debian.sources
    wrong = [
        line
        for line in (sources if isinstance(sources, tuple) else ())
        if re.search(r"/cuda/repos/(ubuntu|debian|rhel|fedora)\d+", line)
    ]
    if isinstance(metas, tuple) and metas:
        return found(what=f"the package {metas[0]}")
    if wrong:
        return found(what=wrong[0][:120])
    known(sources)
    return well()


CHECKS = (
    Check("apt-source-pulls-driver", "apt", ("wsl",), judge_sources),
    Check("dpkg-half-configured", "apt", ("wsl", "linux"), judge_half_configured),
    Check("apt-lock", "apt", ("wsl", "linux"), judge_lock),
)
