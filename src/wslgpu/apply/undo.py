"""Take back what a failed setup wrote into the user's folder."""

from __future__ import annotations

from pathlib import Path


class Undo:
    """Remembers files before they are written and folders before they are made."""

    def __init__(self) -> None:
        self._files: dict[Path, str | None] = {}
        self._folders: list[Path] = []

    def making(self, folder: Path) -> None:
        """`folder` and its missing parents are about to be made."""
        missing = [path for path in (folder, *folder.parents) if not path.exists()]
        self._folders += [path for path in missing if path not in self._folders]

    def writing(self, file: Path) -> None:
        """`file` is about to be written; its text of before is kept."""
        if file not in self._files:
            self._files[file] = file.read_text(encoding="utf-8") if file.is_file() else None

    def take_back(self) -> None:
        """Files as they were; folders that were made and are empty again are gone. Never raises."""
        for file, text in self._files.items():
            try:
                if text is None:
                    file.unlink(missing_ok=True)
                else:
                    file.write_text(text, encoding="utf-8", newline="\n")
            except OSError:
                continue
        for folder in sorted(self._folders, key=lambda path: len(path.parts), reverse=True):
            try:
                folder.rmdir()
            except OSError:
                continue
