"""Is what wslgpu knows of TensorFlow, CUDA and the drivers too old to be relied on?"""

from __future__ import annotations

import datetime

from wslgpu.checks.model import BOTH, Check, Judgement, found, known, well
from wslgpu.facts.model import Facts
from wslgpu.knowledge.table import age_days, is_stale, updated


def read_today(facts: Facts) -> datetime.date:
    """The day of the look. Of two clocks that differ the earlier counts: one that runs ahead must not age the table."""
    now, hardware = known(facts.machine.time), facts.machine.hardware_time
    seconds = min(now, hardware) if isinstance(hardware, int) and hardware > 0 else now
    return (datetime.datetime(1970, 1, 1) + datetime.timedelta(seconds=min(max(seconds, 0), 250_000_000_000))).date()


def judge_age(facts: Facts) -> Judgement:
    """TensorFlow publishes two or three releases a year; a table of half a year ago may not know the newest."""
    today = read_today(facts)
    if not is_stale(today):
        return well(updated=updated())
    return found(updated=updated(), days=age_days(today))


CHECKS = (Check("knowledge-stale", "system", BOTH, judge_age),)
