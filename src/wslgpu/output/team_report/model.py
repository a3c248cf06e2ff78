"""One machine of a team in a few words, and what all of them together come to. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Literal, get_args

from wslgpu.checks.model import Finding, Remedy, Status, Where
from wslgpu.output.report import is_open
from wslgpu.output.text_report import PLACES, show_command

State = Literal["failed", "unknown", "look", "healthy", "missing"]
# In the order in which somebody wants to see them.
STATES: Mapping[State, str] = {
    "failed": "failed",
    "missing": "without a report",
    "unknown": "inconclusive",
    "look": "to look at",
    "healthy": "healthy",
}


@dataclass(frozen=True)
class FirstStep:
    """What to do first on a machine: the finding it is for, where, and the command as one line to paste."""

    slug: str
    title: str
    where: str
    command: str


@dataclass(frozen=True)
class Machine:
    """One line of the report. `told`: recording, report, or nothing. `when`: ISO date, "" where nobody knows it.

    `tool`: the wslgpu that wrote the file; a recording is judged by the wslgpu that runs. `fired`: slugs of all that
    fails or warns, causes first; `roots`: those of them that follow from no other. `why`: of a machine whose file
    could not be read, or that has none.
    """

    name: str
    told: Literal["recording", "report", "nothing"]
    state: State
    when: str = ""
    tool: str = ""
    side: str = ""
    profile: str = ""
    fired: tuple[str, ...] = ()
    roots: tuple[str, ...] = ()
    first: FirstStep | None = None
    why: str = ""


@dataclass
class Team:
    """All machines, in the order of the report, and the sums over them."""

    tool: str
    machines: list[Machine]
    states: Counter[str] = field(default_factory=Counter)
    standing: Counter[str] = field(default_factory=Counter)
    rooted: Counter[str] = field(default_factory=Counter)
    first_steps: dict[FirstStep, list[str]] = field(default_factory=dict)
    drifted: list[str] = field(default_factory=list)


def describe_findings(findings: Sequence[Finding], code: int) -> dict[str, Any]:
    """The fields of a Machine that its findings and exit code give."""
    return _describe(
        [(one.slug, one.status, one.cause) for one in findings],
        code,
        next(
            (
                FirstStep(one.slug, one.title, PLACES[r.where] if r else "", show_command(r) if r else "")
                for one in findings
                if is_open(one) and one.cause is None
                for r in [one.remedies[0] if one.remedies else None]
            ),
            None,
        ),
    )


def read_report(document: Any, name: str, when: str) -> Machine:
    """A doctor report's JSON as a machine, as it was judged then. ValueError says what is malformed."""
    try:
        findings = document["findings"]
        rows = [(str(one["slug"]), _status(one["status"]), one.get("cause")) for one in findings]
        opened = next(
            (
                one
                for one in findings
                if one.get("cause") is None
                and (one["status"] in ("fail", "warn") or (one["status"] == "unknown" and one["remedy"]))
            ),
            None,
        )
        first = _read_step(opened) if opened is not None else None
        fields = _describe(rows, int(document["exit_code"]), first)
        tool, side, profile = document["tool"]["version"], document["side"], document["profile"]
    except (KeyError, TypeError, AttributeError) as error:
        raise ValueError(f"its report is malformed ({type(error).__name__}: {error})") from None
    return Machine(name, "report", when=when, tool=str(tool), side=str(side), profile=str(profile), **fields)


def _status(word: Any) -> Status:
    if word not in get_args(Status):
        raise ValueError(f"its report has a finding of status {word!r}")
    status: Status = word
    return status


def _read_step(finding: Mapping[str, Any]) -> FirstStep:
    remedy = finding["remedy"][0] if finding["remedy"] else None
    if remedy is None:
        return FirstStep(str(finding["slug"]), str(finding["title"]), "", "")
    if remedy["where"] not in get_args(Where):
        raise ValueError(f"its report has a remedy for {remedy['where']!r}")
    shown = show_command(Remedy(remedy["where"], tuple(map(str, remedy["argv"]))))
    return FirstStep(str(finding["slug"]), str(finding["title"]), PLACES[remedy["where"]], shown)


def _describe(rows: Sequence[tuple[str, Status, Any]], code: int, first: FirstStep | None) -> dict[str, Any]:
    fired = tuple(slug for slug, status, _ in rows if status in ("fail", "warn"))
    roots = tuple(slug for slug, status, cause in rows if status in ("fail", "warn") and cause is None)
    failed = any(status == "fail" for _, status, _ in rows)
    state: State = "failed" if failed else "unknown" if code == 4 else "look" if fired else "healthy"
    return {"state": state, "fired": fired, "roots": roots, "first": first}


def is_drift(slug: str) -> bool:
    """Whether a finding says that an environment is no longer what the lock says: such slugs have the word in them."""
    return "drift" in slug.split("-") or "drifted" in slug.split("-")


def sum_up(machines: Iterable[Machine], tool: str) -> Team:
    """The team, worst first. One pass; what it keeps of a machine is its line."""
    order = list(STATES)
    team = Team(tool, sorted(machines, key=lambda one: (order.index(one.state), one.name)))
    titles: dict[FirstStep, Counter[str]] = {}
    names: dict[FirstStep, list[str]] = {}
    for machine in team.machines:
        team.states[machine.state] += 1
        team.standing.update(set(machine.fired))
        team.rooted.update(set(machine.roots))
        if any(map(is_drift, machine.fired)):
            team.drifted.append(machine.name)
        step = machine.first
        if step is not None:
            # The same command for the same finding is one step, whatever each machine's title has of its own.
            key = replace(step, title="")
            titles.setdefault(key, Counter())[step.title] += 1
            names.setdefault(key, []).append(machine.name)
    for key, of_it in titles.items():
        title = of_it.most_common(1)[0][0]
        team.first_steps[replace(key, title=title if len(of_it) == 1 else f"such as: {title}")] = names[key]
    return team


def rank_steps(team: Team) -> list[tuple[FirstStep, list[str]]]:
    """What to do first for the most machines, then for the next most."""
    return sorted(team.first_steps.items(), key=lambda item: (-len(item[1]), item[0].slug, item[0].command))


def rank_findings(team: Team) -> list[tuple[str, int, int]]:
    """Slug, on how many machines it stands, on how many of them it follows from nothing else; the most common first."""
    rows = [(slug, number, team.rooted[slug]) for slug, number in team.standing.items()]
    return sorted(rows, key=lambda row: (-row[1], row[0]))


def exit_code(team: Team, *, strict: bool = False) -> int:
    """1: a machine failed (or warned, with `strict`); 4: nothing failed, but a machine could not be judged; else 0."""
    if team.states["failed"] or (strict and any(machine.fired for machine in team.machines)):
        return 1
    return 4 if team.states["unknown"] or team.states["missing"] else 0


def say_count(number: int) -> str:
    """ "1 machine", "7 machines"."""
    return f"{number:,} machine{'' if number == 1 else 's'}"


def say_names(names: Sequence[str], most: int = 8) -> str:
    """The first names and how many more there are."""
    return ", ".join(names[:most]) + (f" and {len(names) - most:,} more" if len(names) > most else "")


def say_source(machine: Machine, tool: str) -> str:
    """Where a line comes from: judged now or then, by which wslgpu, and of what date."""
    if machine.told == "nothing":
        return machine.why
    when = f" of {machine.when[:10]}" if machine.when else ""
    if machine.told == "recording":
        return f"recording{when}, judged by wslgpu {tool}"
    return f"report{when}, judged then by wslgpu {machine.tool}"
