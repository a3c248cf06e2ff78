"""For `wslgpu onboard --unattended`: what Windows and the distribution need to set themselves up, as texts."""

from __future__ import annotations

import base64
import datetime
import re
from collections.abc import Mapping
from pathlib import Path

from wslgpu import __version__
from wslgpu.errors import UserError

# As useradd's own NAME_REGEX; a name that cloud-init could not make would leave a distribution without a user.
USER = re.compile(r"[a-z_][a-z0-9_-]{0,31}")
CARRIED = ("wslgpu.toml", "requirements/gpu.lock", "requirements/cpu.lock", "requirements.txt", "pyproject.toml")


def render_unattended(project: Path, user: str) -> Mapping[str, str]:
    """File name -> text. UserError for a user name that Linux does not take."""
    from wslgpu.apply.carry import pack_sources
    from wslgpu.plan.onboarding import name_of
    from wslgpu.plan.render import render
    from wslgpu.plan.windows import DISTRIBUTION

    if not USER.fullmatch(user) or user == "root":
        raise UserError(
            f"--user {user}: a Linux user begins with a letter and holds a-z, 0-9, - and _, up to 32 characters"
        )
    team = (project / "wslgpu.toml").is_file()
    values = {
        "version": __version__,
        "today": datetime.date.today().isoformat(),
        "distribution": DISTRIBUTION,
        "user": user,
    }
    return {
        f"{DISTRIBUTION}.user-data": render(
            "wsl/user-data.j2",
            **values,
            folder=name_of(project.name) if team else "wslgpu-train",
            archive=base64.b64encode(pack_sources()).decode("ascii"),
            files=_read_files(project) if team else {},
        ),
        "configuration.winget": render("wsl/configuration.winget.j2", **values),
    }


def _read_files(project: Path) -> Mapping[str, str]:
    return {
        name: base64.b64encode((project / name).read_bytes()).decode("ascii")
        for name in CARRIED
        if (project / name).is_file()
    }
