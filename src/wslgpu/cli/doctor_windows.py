"""`wslgpu doctor` on Windows: which distribution is looked into, and how it is reached."""

from __future__ import annotations

import contextlib
import os
import sys
import threading
from typing import TYPE_CHECKING

from wslgpu.errors import UserError
from wslgpu.facts.gather_windows import gather_windows
from wslgpu.system.answers import Unknown
from wslgpu.system.host import Host
from wslgpu.system.recorded import RecordedHost, RecordingHost

if TYPE_CHECKING:
    from wslgpu.facts.model import Facts
    from wslgpu.system.distribution import DistributionHost


def look_from_windows(
    recorder: RecordingHost, folder: str, distribution: str | None, *, must_exist: bool = True
) -> Facts:
    """The facts of both halves. A distribution that is not there is a UserError that names those that are."""
    opened: list[DistributionHost] = []

    def open_distribution(exe: str, name: str) -> Host:
        if isinstance(recorder.inner, RecordedHost):
            return recorder
        from wslgpu.system.distribution import DistributionHost

        threading.Thread(target=_load_judges_of_the_inside, daemon=True).start()
        host = DistributionHost((exe, "-d", name, "-e", "sh"))
        opened.append(host)
        return RecordingHost(host, recorder.kept)

    loading = threading.Thread(target=_load_judges, daemon=True)

    def load_meanwhile() -> None:
        if not isinstance(recorder.inner, RecordedHost):  # a recording answers at once
            loading.start()

    try:
        facts = gather_windows(recorder, folder, distribution, open_distribution, load_meanwhile)
    finally:
        for host in opened:
            host.close()
    if loading.ident is not None:
        loading.join()
    if distribution is not None and must_exist:
        _refuse_unknown_name(facts, distribution)
    return facts


def _load_judges() -> None:
    """What judging needs, loaded while Windows' programs are waited for: the imports take as long as their answers."""
    with contextlib.suppress(Exception):  # it is met again, and said, where it is imported for use
        import wslgpu.checks.halves
        import wslgpu.checks.windows_causes
        import wslgpu.output.text_report  # noqa: F401
        from wslgpu.checks.engine import load_pages
        from wslgpu.checks.foreign import may_be_there
        from wslgpu.checks.windows_registry import WINDOWS_CHECKS
        from wslgpu.knowledge.releases import newest_stable

        newest_stable()
        may_be_there(tuple(sys.path))
        load_pages(WINDOWS_CHECKS)


def _load_judges_of_the_inside() -> None:
    with contextlib.suppress(Exception):
        import wslgpu.checks.registry
        import wslgpu.facts.gather  # noqa: F401


def folder_inside(folder: str) -> str:
    """The folder to look at in the distribution: its user's home, unless a Linux path was given.

    PowerShell 7.5 makes C:\\Users\\me\\train of ~/train before we see it: below the user's folder it means that again.
    """
    plain = folder.replace("\\", "/")
    if plain in (".", ""):
        return "~"
    if plain.startswith(("/", "~")):
        return plain
    home = os.environ.get("USERPROFILE", "").replace("\\", "/").rstrip("/")
    if home and (plain + "/").lower().startswith(home.lower() + "/"):
        return f"~{plain[len(home) :].rstrip('/')}"
    raise UserError(f"{folder} is a folder of Windows; name one inside the distribution, such as ~/train")


def _refuse_unknown_name(facts: Facts, name: str) -> None:
    known = facts.windows.wsl.distributions if facts.windows else ()
    if isinstance(known, Unknown) or any(one.name.lower() == name.lower() for one in known):
        return
    there = ", ".join(one.name for one in known) or "none"
    raise UserError(f"there is no distribution {name!r}; installed for this user: {there}")
