"""What an editor and Jupyter are told of an environment: as texts of files, before anything is written. Pure."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from typing import Literal

from wslgpu.plan.jsonc import remove_key, set_key, value_of

Tool = Literal["vscode", "jupyter"]
TOOLS: tuple[Tool, ...] = ("vscode", "jupyter")
# ${workspaceFolder}: a colleague's home folder has another name, and .vscode is often committed.
VSCODE: dict[str, object] = {
    "python.defaultInterpreterPath": "${workspaceFolder}/.venv/bin/python",
    "python.terminal.activateEnvironment": True,
}
KERNEL_PACKAGE = "ipykernel"
BRINGS_A_KERNEL = re.compile(r"(?i)^(ipykernel|jupyter|jupyterlab|notebook)\b(?!-)")


@dataclass(frozen=True)
class Written:
    """A file as it is, and as it would be; `before` None where it is not there."""

    tool: Tool
    path: str
    before: str | None
    after: str

    @property
    def changes(self) -> bool:
        """Whether there is anything to write."""
        return self.before != self.after


def write_vscode(folder: str, before: str | None) -> Written:
    """DIR/.vscode/settings.json with our settings. ValueError where it is there and cannot be read."""
    after = before if before is not None and before.strip() else "{\n}\n"
    for key, value in VSCODE.items():
        if value_of(after, key) != json.dumps(value):
            after = set_key(after, key, value)
    return Written("vscode", f"{folder}/.vscode/settings.json", before, after)


def write_kernel(folder: str, data: str, before: str | None) -> Written:
    """The kernel.json of the environment. `data`: the folder where Jupyter keeps what a user has registered."""
    name = folder.rstrip("/").rpartition("/")[2] or "wslgpu"
    venv = f"{folder}/.venv"
    kernel = {
        "argv": [f"{venv}/bin/python", "-m", "ipykernel_launcher", "-f", "{connection_file}"],
        "display_name": f"{name} (wslgpu)",
        "language": "python",
        "metadata": {"debugger": True, "wslgpu": {"folder": folder}},
        # so that `!pip` and `!python` in a notebook are the environment's
        "env": {"VIRTUAL_ENV": venv, "PATH": f"{venv}/bin:${{PATH}}"},
    }
    text = json.dumps(kernel, indent=1, ensure_ascii=False) + "\n"
    return Written("jupyter", f"{data}/kernels/{kernel_name(folder)}/kernel.json", before, text)


def kernel_name(folder: str) -> str:
    """One word for Jupyter, of its own for each folder: two projects may have the same name."""
    import hashlib  # every setup loads this module, few need a name

    name = re.sub(r"[^a-z0-9._-]+", "-", folder.rstrip("/").rpartition("/")[2].lower()).strip("-.") or "project"
    return f"wslgpu-{name}-{hashlib.sha256(folder.encode()).hexdigest()[:6]}"


def take_back(written: Written, now: str | None) -> str | None:
    """What belongs into the file when ours is taken back: None to remove it.

    Untouched since, it becomes what it was. Touched, only settings that still have our value go, or get their old one.
    """
    if now is None or now == written.after or written.tool == "jupyter":
        return written.before
    text = now
    for key, value in VSCODE.items():
        if value_of(text, key) != json.dumps(value):
            continue
        old = value_of(written.before, key) if written.before else None
        text = remove_key(text, key) if old is None else set_key(text, key, json.loads(old))
    return text


def kernel_packages(packages: tuple[str, ...]) -> tuple[str, ...]:
    """The team's packages with one that brings ipykernel, where none does."""
    return packages if any(BRINGS_A_KERNEL.match(name) for name in packages) else (*packages, KERNEL_PACKAGE)
