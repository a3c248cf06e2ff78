"""What the user's shell start files export: the reason why a variable comes back with every new terminal."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from wslgpu.system.answers import Answers
from wslgpu.system.wants import ReadFile, Want

ENVIRONMENT = ReadFile("shell.environment", "/etc/environment")
WANTS = (ENVIRONMENT,)
FILES = {
    "shell.bashrc": ".bashrc",
    "shell.profile": ".profile",
    "shell.zshrc": ".zshrc",
    "shell.bash_profile": ".bash_profile",
}
WATCHED = ("LD_LIBRARY_PATH", "CUDA_VISIBLE_DEVICES", "LD_PRELOAD")


@dataclass(frozen=True)
class Export:
    """`file` as the user writes it, `line` counts from 1."""

    file: str
    line: int
    name: str
    text: str


@dataclass(frozen=True)
class Shell:
    """Exports of the variables that matter here, file by file."""

    exports: tuple[Export, ...]

    def of(self, name: str) -> tuple[Export, ...]:
        """Those of one variable."""
        return tuple(export for export in self.exports if export.name == name)


def wants_of_start_files(answers: Answers) -> tuple[Want, ...]:
    """The second question: the files in the user's home."""
    machine = answers.value("machine")
    home = machine.get("home") if isinstance(machine, Mapping) else None
    if not isinstance(home, str) or not home.startswith("/"):
        return ()
    return tuple(ReadFile(want_id, f"{home}/{name}", 131_072) for want_id, name in FILES.items())


def read_shell(answers: Answers) -> Shell:
    """A commented line exports nothing."""
    exports = []
    for want_id, name in (*((i, f"~/{n}") for i, n in FILES.items()), (ENVIRONMENT.id, "/etc/environment")):
        text = answers.text(want_id)
        for number, line in enumerate(text.splitlines() if isinstance(text, str) else (), 1):
            match = re.match(r"\s*(?:export\s+)?([A-Z_]{1,40})=", line)
            if match and match[1] in WATCHED:
                exports.append(Export(name, number, match[1], line.strip()[:200]))
    return Shell(tuple(exports))
