"""One look from Windows: the Windows half, then the inside of a distribution, through the same facts as in Ubuntu."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import fields, replace
from typing import Any

from wslgpu.facts.model import Facts
from wslgpu.facts.windows import (
    FIRST,
    VISIT,
    Visit,
    WindowsFacts,
    choose_distribution,
    may_visit,
    read_visit,
    read_windows,
    wants_after,
)
from wslgpu.facts.windows_driver import wants_of_banner
from wslgpu.facts.windows_session import system_folder
from wslgpu.facts.windows_virtualization import wants_of_virtualization
from wslgpu.facts.windows_wsl import read_wsl
from wslgpu.system.answers import Answer, Answers, Unknown
from wslgpu.system.host import Host

# How the inside is reached: (wsl.exe's path, the distribution's name) -> a host that answers Linux wants.
Opener = Callable[[str, str], Host]


class Silence(Answers):
    """No answer to any question, and why."""

    def __init__(self, why: Unknown) -> None:
        super().__init__({})
        self._why = why

    def __getitem__(self, want_id: str) -> Answer:
        return self._why


class WindowsAlone(Facts):
    """Facts of a look that reached no distribution: the subjects of Linux, all unknown, are read when one is wanted.

    Most often none is, and their readers take longer to load than Windows takes to answer.
    """

    def __getattr__(self, name: str) -> Any:
        if name not in {field.name for field in fields(Facts)}:
            raise AttributeError(name)
        from wslgpu.facts.gather import read_facts

        inside = read_facts("wsl", Silence(self._why), "~")
        vars(self).update({**vars(inside), **vars(self)})
        return vars(self)[name]


def windows_alone(windows: WindowsFacts, why: Unknown) -> Facts:
    """A look at Windows; why nobody looked inside is the reason of all that is unknown."""
    facts = object.__new__(WindowsAlone)  # its fields come when they are wanted
    vars(facts).update(side="windows", profile="gpu", windows=windows, _why=why)
    return facts


def gather_windows(
    host: Host,
    folder: str,
    wanted: str | None,
    open_distribution: Opener,
    on_waiting: Callable[[], None] = lambda: None,
) -> Facts:
    """Look at Windows and into `wanted`, or into the distribution that a user would mean; `folder` lies in there.

    `side` of the facts is windows; all subjects but `windows` are the distribution's, or unknown with the reason.
    `on_waiting` is called once the registry has answered, before the programs are waited for.
    """
    answers = host.ask(FIRST)
    chosen = choose_distribution(read_wsl(answers), wanted)
    of_hypervisor = wants_of_virtualization(answers)
    on_waiting()
    if chosen is None or chosen.generation == 1:  # nothing in there will tell that a hypervisor runs
        answers = answers.merged(host.ask((*wants_after(answers), *of_hypervisor)))
    else:
        answers = answers.merged(host.ask(wants_after(answers)))
    banner = wants_of_banner(answers)
    if banner:
        answers = answers.merged(host.ask(banner))
    if chosen is None:
        why = Unknown("not_applicable", "there is no distribution to look into")
        return windows_alone(read_windows(answers, Visit(None, None)), why)
    wsl = read_wsl(answers)
    if may_visit(wsl):
        linux = open_distribution(f"{system_folder(answers)}\\wsl.exe", chosen.name)
        visit = read_visit(linux.ask((VISIT,)), chosen.name)
        if visit.reached is True:
            from wslgpu.facts.gather import ask_all, read_facts

            facts = read_facts("wsl", ask_all(linux, folder), folder)
            return replace(facts, side="windows", windows=read_windows(answers, visit))
    else:
        visit = Visit(chosen.name, wsl.status if isinstance(wsl.status, Unknown) else None)
    if chosen.generation != 1:
        answers = answers.merged(host.ask(of_hypervisor))
    return windows_alone(read_windows(answers, visit), _why_not(visit))


def _why_not(visit: Visit) -> Unknown:
    if isinstance(visit.reached, Unknown):
        return Unknown("unreachable", str(visit.reached))
    return Unknown("unreachable", f"{visit.name} was not looked into: WSL is not ready on this Windows")
