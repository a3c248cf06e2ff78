"""What --fix would do: only what mends by itself, here, and nothing that takes away unless it was named."""

from __future__ import annotations

import pytest

from wslgpu.apply.fix import apply_fixes
from wslgpu.checks.model import Effect, Finding, Remedy, Status, Where
from wslgpu.plan.fix import FixPlan, FixStep, plan_fixes


def finding(slug: str = "a", status: Status = "fail", *remedies: Remedy, cause: str | None = None) -> Finding:
    return Finding(slug, status, slug, cause=cause, remedies=remedies)


def remedy(where: Where = "ubuntu", effect: Effect = "changes", *argv: str, fix: bool = True) -> Remedy:
    return Remedy(where, argv or ("sudo", "mend"), effect, fix=fix)


@pytest.mark.parametrize(
    ("one", "side", "named", "argvs", "left"),
    [
        (finding("a", "fail", remedy()), "wsl", (), [("sudo", "mend")], []),
        (finding("a", "warn", remedy()), "linux", (), [("sudo", "mend")], []),
        (finding("a", "info", remedy()), "wsl", (), [], []),
        (finding("a", "unknown", remedy()), "wsl", (), [], []),
        (finding("a", "fail", remedy(), cause="b"), "wsl", (), [], []),
        (finding("a", "fail", remedy("powershell")), "wsl", (), [], ["a"]),
        (finding("a", "fail", remedy("powershell", "changes", "wsl.exe")), "windows", (), [("wsl.exe",)], []),
        (finding("a", "fail", remedy("powershell-admin")), "windows", (), [], ["a"]),
        (finding("a", "fail", remedy(fix=False)), "wsl", (), [], ["a"]),
        (finding("a", "fail"), "wsl", (), [], ["a"]),
        (finding("a", "fail", remedy("ubuntu", "removes")), "wsl", (), [], ["a"]),
        (finding("a", "fail", remedy("ubuntu", "removes")), "wsl", ("a",), [("sudo", "mend")], []),
        (finding("a", "fail", remedy("ubuntu", "restarts")), "wsl", ("b",), [], ["a"]),
        (finding("a", "fail", remedy(fix=False), remedy("ubuntu", "safe", "x")), "wsl", (), [("x",)], []),
    ],
)  # fmt: skip
def test_plan(one: Finding, side: str, named: tuple[str, ...], argvs: list[tuple[str, ...]], left: list[str]) -> None:
    assert side in ("wsl", "linux", "windows")
    plan = plan_fixes([one], side, named, is_root=False)  # type: ignore[arg-type]
    assert [step.argv for step in plan.steps] == argvs
    assert [out.slug for out in plan.left] == left


def test_root_needs_no_sudo() -> None:
    (step,) = plan_fixes([finding("a", "fail", remedy())], "wsl", (), is_root=True).steps
    assert (step.argv, step.needs_root) == (("mend",), False)


def test_what_fails_is_told_and_stops_nothing() -> None:
    steps = tuple(
        FixStep(slug, slug, argv, "changes", needs_root=False)
        for slug, argv in (
            ("well", ("true",)),
            ("ill", ("false",)),
            ("gone", ("no-such-program",)),
            ("last", ("true",)),
        )
    )
    told: list[str] = []
    failed = apply_fixes(FixPlan(steps, ()), lambda step: told.append(step.slug))
    assert told == ["well", "ill", "gone", "last"]
    assert [(step.slug, why) for step, why in failed] == [
        ("ill", "it ended with 1"),
        ("gone", "there is no no-such-program here"),
    ]
