"""Find and remove what wslgpu made: environments, locks, its own tool, its record of folders. Nothing else."""

from __future__ import annotations

import shutil
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from wslgpu.apply.editor import known
from wslgpu.apply.editor import undo as undo_editor
from wslgpu.apply.journal import NAME as JOURNAL
from wslgpu.apply.register import data_folder, forget, registered
from wslgpu.apply.resolve import read_head
from wslgpu.apply.tidy import size_of
from wslgpu.facts.locks import LOCK_NAMES, MADE_BY, read_lock_header
from wslgpu.plan.editor import Tool

EDITOR: dict[Tool, str] = {
    "vscode": "its interpreter setting; your own settings stay",
    "jupyter": "the Jupyter kernel of the environment",
}


@dataclass(frozen=True)
class Made:
    """Something that wslgpu made. `size` in bytes, as far as removing it gives room back.

    `editor`: the file is the user's and holds settings of ours for this tool, which are taken out of it.
    """

    path: Path
    what: str
    size: int
    editor: Tool | None = None
    folder: str = ""


def find_made(folders: Sequence[str] | None) -> tuple[Made, ...]:
    """In these folders; None means in every folder that setup remembers, and wslgpu's own tool."""
    found = [made for folder in (registered() if folders is None else folders) for made in _in_folder(Path(folder))]
    if folders is None:
        found += _own()
    return tuple(found)


def remove(made: Sequence[Made]) -> Iterator[tuple[Made, str]]:
    """Remove one after the other; yields each with "" or with why it could not be removed."""
    for item in made:
        try:
            if item.editor:
                undo_editor(item.folder, item.editor)
            elif item.path.is_dir() and not item.path.is_symlink():
                shutil.rmtree(item.path)
            else:
                item.path.unlink(missing_ok=True)
            if item.path.parent.name == "requirements" and not any(item.path.parent.iterdir()):
                item.path.parent.rmdir()
            if item.path.name == ".wslgpu":
                forget(str(item.path.parent))
            yield item, ""
        except OSError as error:
            yield item, error.strerror or str(error)
        except ValueError as error:  # settings that somebody broke
            yield item, str(error)


def left_aside(folders: Sequence[str] | None) -> tuple[str, ...]:
    """Environments that setup moved out of the way; they are the user's, and stay."""
    where = registered() if folders is None else folders
    return tuple(str(path) for folder in where for path in sorted(Path(folder).glob(".venv.before-wslgpu-*")))


def _in_folder(folder: Path) -> Iterator[Made]:
    link, own = folder / ".venv", folder / ".wslgpu"
    for tool, path in known(str(folder)).items():
        yield Made(Path(path), EDITOR[tool], 0, tool, str(folder))
    if link.is_symlink() and str(link.readlink()).startswith(".wslgpu/venvs/"):
        yield Made(link, "the link to the environment", 0)
    if any((own / name).exists() for name in ("venvs", "lock", "editor.json", JOURNAL, ".gitignore")):
        yield Made(own, "the environments and setup's own files", size_of(own))
    for name in LOCK_NAMES:
        rendered, lock = folder / f"requirements/{name}.in", folder / f"requirements/{name}.lock"
        if read_head(rendered).startswith(MADE_BY):
            yield Made(rendered, "the rendered requirements", 0)
        if read_lock_header(read_head(lock))[0] is not None:
            yield Made(lock, "the lock that was made from them", 0)


def _own() -> Iterator[Made]:
    """The tool that provision/ubuntu.sh made, and the link to it. An installation of another kind is not ours."""
    data = data_folder()
    link = Path("~/.local/bin/wslgpu").expanduser()
    if link.is_symlink() and Path(link.readlink()).is_relative_to(data):
        yield Made(link, "the command", 0)
    cache = Path("~/.cache/wslgpu").expanduser()
    if cache.is_dir():
        yield Made(cache, "development environments of provision/test.sh", size_of(cache))
    if data.is_dir():
        yield Made(data, "wslgpu itself and its record of folders", size_of(data))
