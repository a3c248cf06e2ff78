"""pip, where uv cannot be had: slower, and the same lock."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path

from wslgpu.apply.installer import INSTALL_DEADLINE_S, Tell, call
from wslgpu.apply.model import StepFailed


class Pip:
    """Every call is the new venv's own pip: the system's is never touched (PEP 668). `settings` as for Uv."""

    def __init__(self, settings: Mapping[str, str], offline: str | None = None) -> None:
        # As arguments: pip takes a variable's value apart where it has a space.
        self._settings, self._where = settings, ("--no-index", "--find-links", offline) if offline else ()

    def make_venv(self, path: Path, python: str, prompt: str) -> None:
        """`python -m venv`, with the pip that this Python brings along."""
        call(
            "making the venv",
            (python, "-I", "-m", "venv", f"--prompt={prompt}", str(path)),
            self._settings,
            deadline_s=300.0,
        )

    def resolve(
        self, folder: Path, venv: Path, sources: Sequence[str], lock: Path, *, wheels_only: bool, tell: Tell
    ) -> None:
        """A dry run's report names every file with its hash; it becomes a lock of the same form as uv's.

        Reports began with pip 22.2. Where a lock stands pip is not updated: nothing is fetched then without a hash.
        """
        self._pip("updating pip", venv, "install", *self._where, "--quiet", "--upgrade", "pip")
        files = [part for source in sources for part in self._as_arguments(folder, source)]
        built = ("--only-binary", ":all:") if wheels_only else ()
        options = ("install", *self._where, "--dry-run", "--ignore-installed", "--quiet", "--report", "-", *built)
        ran = self._pip("resolving the requirements", venv, *options, *files, cwd=folder, tell=tell)
        try:
            report = json.loads(ran)
            lines = sorted(_lock_line(item) for item in report["install"])
        except (ValueError, KeyError) as error:
            raise StepFailed("resolving the requirements", f"pip's report could not be read ({error})") from None
        lock.write_text("".join(lines), encoding="utf-8")

    def install(self, venv: Path, lock: Path, *, wheels_only: bool, tell: Tell) -> None:
        """The lock is complete, and every hash is checked."""
        built = ("--only-binary", ":all:") if wheels_only else ()
        how = ("--quiet", "--no-deps", "--require-hashes", "--no-compile", *built)
        options = ("install", *self._where, *how, "-r", str(lock))
        self._pip("installing the packages", venv, *options, deadline_s=INSTALL_DEADLINE_S, tell=tell)

    def add_wheel(self, venv: Path, wheel: Path) -> None:
        """No index is asked."""
        options = ("install", "--quiet", "--no-deps", "--no-index", "--no-compile", str(wheel))
        self._pip("installing wslgpu.feeds", venv, *options)

    def check(self, venv: Path) -> None:
        """`pip check`."""
        self._pip("checking the packages", venv, "check")

    def _as_arguments(self, folder: Path, source: str) -> list[str]:
        if source != "pyproject.toml":
            return ["-r", source]
        from wslgpu.plan.own import project_dependencies

        return list(project_dependencies((folder / source).read_text(encoding="utf-8")))

    def _pip(
        self,
        step: str,
        venv: Path,
        *argv: str,
        cwd: Path | None = None,
        deadline_s: float = 900.0,
        tell: Tell | None = None,
    ) -> bytes:
        program = (str(venv / "bin/python"), "-I", "-m", "pip")
        return call(step, (*program, *argv), self._settings, deadline_s=deadline_s, cwd=cwd, tell=tell).stdout


def _lock_line(item: dict[str, dict[str, object]]) -> str:
    info = item["download_info"]["archive_info"]
    assert isinstance(info, dict)
    return (
        f"{item['metadata']['name']}=={item['metadata']['version']} \\\n    --hash=sha256:{info['hashes']['sha256']}\n"
    )
