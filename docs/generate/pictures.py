"""Pictures of the terminal, from real runs at build time: doctor on recordings, explain, and the transcripts of a bed.

Light and dark, as SVG text, with the fonts of whoever looks: nothing is fetched.
"""

from __future__ import annotations

import io
import os
import pty
import subprocess
import sys
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from rich.console import Console
from rich.terminal_theme import DIMMED_MONOKAI, TerminalTheme
from rich.text import Text

TOP = Path(__file__).resolve().parents[2]
COLUMNS = 110
# What is typed -> the file's name. A recording stands in for the machine; the picture says so.
RUNS: Mapping[str, tuple[str, ...]] = {
    "doctor-new-pc": ("doctor", "--replay", "tests/recordings/windows-11-without-wsl.json"),
    "doctor-healthy": ("doctor", "--replay", "tests/recordings/windows-healthy.json"),
    "doctor-one-cause": ("doctor", "--replay", "tests/recordings/linux-driver-in-wsl.json"),
    "explain-code": ("explain", "0x80370102"),
}
TRANSCRIPTS = TOP / "docs/transcripts"
LIGHT = TerminalTheme(
    (255, 255, 255), (27, 31, 36),
    [(27, 31, 36), (176, 0, 32), (20, 102, 54), (133, 77, 14), (11, 87, 164), (120, 40, 140), (14, 100, 110), (87, 96, 106)],
)  # fmt: skip
FRAME = """<svg class="rich-terminal" viewBox="0 0 {width} {height}" xmlns="http://www.w3.org/2000/svg" role="img">
<style>
.{unique_id}-matrix {{ font-family: ui-monospace, "Cascadia Mono", "DejaVu Sans Mono", Consolas, monospace; font-size: {char_height}px; line-height: {line_height}px; font-variant-east-asian: full-width; }}
{styles}
</style>
<defs>{lines}</defs>
<rect width="{width}" height="{height}" fill="BACKGROUND" stroke="#8888" rx="6"/>
<g transform="translate(12, 10)">{backgrounds}<g class="{unique_id}-matrix">{matrix}</g></g>
</svg>
"""


def make_pictures() -> dict[str, str]:
    """File name -> SVG, two for each run."""
    with ThreadPoolExecutor(2) as pool:
        said = dict(zip(RUNS, pool.map(run, RUNS.values()), strict=True))
    typed = {name: shown(words) for name, words in RUNS.items()}
    for path in sorted(TRANSCRIPTS.glob("*.txt")):
        typed[path.stem], _, said[path.stem] = path.read_text(encoding="utf-8").partition("\n")
    pictures = {}
    for name, text in said.items():
        pictures[f"{name}-light.svg"] = draw(f"{typed[name]}\n{text}", LIGHT, "#ffffff", name + "l")
        pictures[f"{name}-dark.svg"] = draw(f"{typed[name]}\n{text}", DIMMED_MONOKAI, "#1b1f24", name + "d")
    return pictures


def shown(words: tuple[str, ...]) -> str:
    """The command as a user types it: the recording stands in for his machine."""
    in_powershell = words[0] == "explain" or any("recordings/windows-" in word for word in words)
    prompt = "PS> " if in_powershell else "$ "
    return prompt + "wslgpu " + " ".join(words[: words.index("--replay")] if "--replay" in words else words)


def run(words: tuple[str, ...]) -> str:
    """What wslgpu prints on a terminal of COLUMNS, colours and all. Doctor's findings make its exit code no matter."""
    ours, theirs = pty.openpty()
    env = {**os.environ, "COLUMNS": str(COLUMNS), "TERM": "xterm-256color", "LANG": "C.UTF-8"}
    argv = [sys.executable, "-m", "wslgpu", *words]
    child = subprocess.Popen(argv, cwd=TOP, env=env, stdin=subprocess.DEVNULL, stdout=theirs, stderr=subprocess.PIPE)
    os.close(theirs)
    said = bytearray()
    while True:
        try:
            piece = os.read(ours, 65536)
        except OSError:  # Linux' way to say that the other end is closed
            break
        if not piece:
            break
        said += piece
    os.close(ours)
    error = child.communicate(timeout=60)[1]
    if child.returncode not in (0, 1, 4, 5):
        raise RuntimeError(f"{' '.join(argv)} ended with {child.returncode}: {error.decode(errors='replace')}")
    return said.decode("utf-8").replace("\r\n", "\n")


def draw(text: str, theme: TerminalTheme, background: str, unique: str) -> str:
    """One terminal as SVG. rich's own frame would fetch a font from a third party."""
    console = Console(record=True, width=COLUMNS, file=io.StringIO(), force_terminal=True, legacy_windows=False)
    console.print(Text.from_ansi(text.rstrip()), soft_wrap=False, overflow="fold")
    frame = FRAME.replace("BACKGROUND", background)
    return console.export_svg(theme=theme, code_format=frame, unique_id=f"t{unique}")
