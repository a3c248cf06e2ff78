"""One look from Windows: the Windows half, then the inside of a distribution, through the same facts as in Ubuntu."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING

from wslgpu.facts.windows import (
    FIRST,
    VISIT,
    Visit,
    choose_distribution,
    may_visit,
    read_visit,
    read_windows,
    wants_after,
)
from wslgpu.facts.windows_session import system_folder
from wslgpu.facts.windows_virtualization import wants_of_virtualization
from wslgpu.facts.windows_wsl import read_wsl
from wslgpu.system.answers import Answer, Answers, Unknown
from wslgpu.system.host import Host

if TYPE_CHECKING:
    from wslgpu.facts.model import Facts

# How the inside is reached: (wsl.exe's path, the distribution's name) -> a host that answers Linux wants.
Opener = Callable[[str, str], Host]


class Silence(Answers):
    """No answer to any question, and why."""

    def __init__(self, why: Unknown) -> None:
        super().__init__({})
        self._why = why

    def __getitem__(self, want_id: str) -> Answer:
        return self._why


def gather_windows(host: Host, folder: str, wanted: str | None, open_distribution: Opener) -> Facts:
    """Look at Windows and into `wanted`, or into the distribution that a user would mean; `folder` lies in there.

    `side` of the facts is windows; all subjects but `windows` are the distribution's, or unknown with the reason.
    """
    answers = host.ask(FIRST)
    answers = answers.merged(host.ask(wants_after(answers)))
    from wslgpu.facts.gather import ask_all, read_facts

    wsl = read_wsl(answers)
    chosen = choose_distribution(wsl, wanted)
    visit = Visit(chosen.name if chosen else None, None)
    inside: Answers = Silence(Unknown("not_applicable", "there is no distribution to look into"))
    if chosen is not None and may_visit(wsl):
        linux = open_distribution(f"{system_folder(answers)}\\wsl.exe", chosen.name)
        said = linux.ask((VISIT,))
        visit = read_visit(said, chosen.name)
        inside = ask_all(linux, folder) if visit.reached is True else Silence(_why_not(visit))
    elif chosen is not None:
        visit = Visit(chosen.name, wsl.status if isinstance(wsl.status, Unknown) else None)
        inside = Silence(_why_not(visit))
    if visit.reached is not True or chosen is None or chosen.generation == 1:
        answers = answers.merged(host.ask(wants_of_virtualization(answers)))
    facts = read_facts("wsl", inside, folder)
    return replace(facts, side="windows", windows=read_windows(answers, visit))


def _why_not(visit: Visit) -> Unknown:
    if isinstance(visit.reached, Unknown):
        return Unknown("unreachable", str(visit.reached))
    return Unknown("unreachable", f"{visit.name} was not looked into: WSL is not ready on this Windows")
