"""Progress on stderr: a moving line in a terminal, plain lines elsewhere, so that a log stays readable."""

from __future__ import annotations

import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import click

BEAT_S = 12.0  # a step that says nothing for longer is heard of in a log; installers are heard of every 10 s


class PlainProgress:
    """One line when a step begins, one when it ends, and a sign of life in between."""

    def note(self, text: str) -> None:
        """A line to stderr."""
        click.echo(f"wslgpu: {text}", err=True)

    @contextmanager
    def step(self, text: str) -> Iterator[Callable[[str], None]]:
        """See apply.model.Progress."""
        self.note(f"{text} ...")
        began, over = time.monotonic(), threading.Event()
        heard = began

        def tell(course: str) -> None:
            nonlocal heard
            heard = time.monotonic()
            self.note(f"  {heard - began:.0f} s: {course}")

        def beat() -> None:
            while not over.wait(max(0.0, heard + BEAT_S - time.monotonic())):
                if time.monotonic() >= heard + BEAT_S:
                    tell("still at it")

        threading.Thread(target=beat, daemon=True).start()
        try:
            yield tell
            self.note(f"  done in {time.monotonic() - began:.1f} s")
        finally:
            over.set()


class TerminalProgress:
    """The same with a spinner and the seconds, by rich."""

    def __init__(self) -> None:
        from rich.console import Console

        self._console = Console(stderr=True, highlight=False)

    def note(self, text: str) -> None:
        """A line above the spinner."""
        self._console.print(f"wslgpu: {text}", markup=False)

    @contextmanager
    def step(self, text: str) -> Iterator[Callable[[str], None]]:
        """See apply.model.Progress."""
        from rich.progress import Progress, SpinnerColumn, TextColumn, TimeElapsedColumn
        from rich.table import Column

        # What is too long for a terminal is cut: the seconds have their room before it, a course a line of its own.
        words = TextColumn("{task.description}", markup=False, table_column=Column(ratio=1, no_wrap=True))
        columns = (SpinnerColumn(), TimeElapsedColumn(), words)
        began = time.monotonic()
        with Progress(*columns, console=self._console, transient=True, expand=True) as progress:
            task = progress.add_task(text, total=None)
            yield lambda course: progress.update(task, description=f"{text}\n{course}")
        self.note(f"{text}: {time.monotonic() - began:.1f} s")


def progress_for_stderr() -> PlainProgress | TerminalProgress:
    """The one that fits where stderr goes."""
    return TerminalProgress() if sys.stderr.isatty() else PlainProgress()
