"""`wslgpu doctor --audit-packages`: known vulnerabilities of what is locked, asked of pip-audit's advisory service."""

from __future__ import annotations

from dataclasses import replace

import click

from wslgpu.errors import UserError
from wslgpu.facts.advisories import WANT_ID, read_advisories, wants_of_advisories
from wslgpu.facts.model import Facts
from wslgpu.system.answers import Absent, Answers, Unknown
from wslgpu.system.recorded import RecordingHost


def ask_advisories(host: RecordingHost, facts: Facts) -> Facts:
    """The facts with what pip-audit told of the lock of this environment. UserError where there is no lock."""
    if host.side == "windows":
        raise UserError(
            "--audit-packages looks at the lock inside the distribution: open Ubuntu (`wsl`), and run it there"
        )
    state = facts.project.state
    name = str(state.get("lock") or state.get("profile")) if state and not isinstance(state, Unknown) else ""
    name = name or (facts.profile if facts.profile in facts.project.locks else next(iter(facts.project.locks), ""))
    if name not in facts.project.locks:
        raise UserError(f"{facts.project.folder}/requirements has no lock to audit; `wslgpu team lock` makes one")
    lock = f"{facts.project.folder}/requirements/{name}.lock"
    click.echo(f"wslgpu: asking pip-audit about {lock}; it sends the packages' names and versions out", err=True)
    wants = wants_of_advisories(lock, facts.pythons.uv)
    answers = host.ask(wants) if wants else Answers({WANT_ID: Absent()})
    return replace(facts, advisories=read_advisories(answers))
