"""`wsl -l -v`, `wsl -l`, `wsl -l -q`, `wslconfig /l`, in any language."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from wslgpu.facts.transcripts.clean import clean_lines, is_prompt, prompt_command
from wslgpu.facts.transcripts.words import NONE_INSTALLED
from wslgpu.facts.transcripts.wsl_error import find_code

_STATES = {"Running", "Stopped", "Installing", "Uninstalling", "Converting", "Exporting"}
_HEADER = re.compile(r"^\W{0,20}NAME\s{1,40}STATE\s{1,40}VERSION(?=\s)")
_NAME = re.compile(r"[A-Za-z0-9][\w.+-]{0,120}$")
_NAME_DEFAULT = re.compile(r"([A-Za-z0-9][\w.+-]{0,120}) ?[(（]([^()（）\d]{1,40})[)）]$")
_KNOWN_NAME = re.compile(
    r"(?:ubuntu|debian|kali-linux|opensuse|suse|sles|fedora|almalinux|oraclelinux|archlinux|alpine|nixos|pengwin"
    r"|docker-desktop|rancher-desktop|podman-machine|legacy)[\w.-]*$",
    re.IGNORECASE,
)
_STORE = re.compile(r"aka\.ms/wslstore(?![a-z])")  # not wslstoreinfo, which praises the Store's WSL
_LIST_COMMAND = re.compile(r"wsl(?:\.exe)?\s.{0,80}?(?:-l\b|--list\b)|wslconfig(?:\.exe)?\s.{0,20}?/l", re.IGNORECASE)


@dataclass(frozen=True)
class Distribution:
    """One row. `version`: 1 or 2, None in the plain list; `state`: as printed, None in the plain list."""

    name: str
    state: str | None = None
    version: int | None = None
    default: bool = False


@dataclass(frozen=True)
class WslList:
    """The distributions listed; `none_installed` True where wsl.exe said that there are none; its code, if any."""

    distributions: tuple[Distribution, ...] = field(default=())
    none_installed: bool | None = None
    code: str | None = None


def read_wsl_list(text: str) -> WslList | None:
    """The distributions of a list; None where the text holds no list.

    The table's state and version are split off from the right (a name can be long); the plain list's default is the
    line with a bracket behind the name, in whatever language. What `wsl --list --online` prints is no list of these.
    """
    lines = clean_lines(text)
    rows = _read_table(lines) or _read_plain(lines) or _read_quiet(lines)
    if rows:
        return WslList(distributions=tuple(rows))
    if _says_none(text):
        return WslList(none_installed=True, code=find_code(text))
    return None


def read_wsl_list_quiet(text: str) -> tuple[str, ...]:
    """The names that `wsl -l -q` printed, for a caller that knows it ran just that; () for an empty answer."""
    return tuple(line.strip() for line in clean_lines(text) if _NAME.match(line.strip()))


def _rows(line: str) -> list[Distribution]:
    """The rows of a line: one, or several where a logger joined the lines; [] where anything else stands there, too."""
    text = line.replace("|", " ").replace("│", " ").replace("*", " * ").strip(" >/").lstrip("#")
    rows: list[Distribution] = []
    words: list[str] = []
    for word in text.split():
        if word in ("1", "2") and len(words) - words.count("*") >= 2:
            default = words[0] == "*"
            name, *state = words[1:] if default else words
            if not _NAME.match(name) or "*" in state or len(state) > 6:
                return []
            rows.append(Distribution(name, " ".join(state), int(word), default))
            words = []
        else:
            words.append(word)
    return [] if words else rows


def _is_header(line: str) -> bool:
    words = line.replace("|", " ").lstrip("# >*/").split()
    return len(words) == 3 and words[2].upper().startswith("VERSI") and not words[0][0].isdigit() and words[0].isalpha()


def _read_table(lines: list[str]) -> list[Distribution]:
    rows: list[Distribution] = []
    header = False
    for line in lines:
        if _is_header(line):
            if rows:
                break
            header = True
            continue
        found = [] if is_prompt(line) else _rows(_HEADER.sub("", line))
        if found and (header or _HEADER.search(line) or all(row.state in _STATES for row in found)):
            rows.extend(found)
        elif line.strip(" |-+=") and rows:
            break
        elif line.strip(" |-+=") and header:
            header = False
    return rows


def _is_plain_header(line: str) -> bool:
    lowered = line.strip().lower()
    return len(lowered) < 100 and "windows" in lowered and "linux" in lowered and lowered.endswith((":", "："))


def _entry(text: str) -> Distribution | None:
    marked = _NAME_DEFAULT.match(text)
    if marked:
        return Distribution(marked.group(1), default=True)
    return Distribution(text) if _NAME.match(text) else None


def _read_plain(lines: list[str]) -> list[Distribution]:
    for at, line in enumerate(lines):
        text = line.strip(" #>|*-")
        if _is_plain_header(text):
            return _entries(lines[at + 1 :])
        head, _, rest = text.replace("：", ":").partition(":")
        if rest and _is_plain_header(head + ":"):  # a logger joined the lines
            joined = re.sub(r" ?[(（]", "(", rest.strip()).replace("）", ")")
            words = _split_outside_brackets(joined)
            joined_entries = [entry for entry in map(_entry, words) if entry]
            if len(joined_entries) == len(words) and any(entry.default for entry in joined_entries):
                return joined_entries
    if any(_LIST_COMMAND.search(prompt_command(line) or "") for line in lines[:20]):
        return []
    entries = _entries(lines)
    marked = [entry for entry in entries if entry.default and _KNOWN_NAME.match(entry.name)]
    return entries if marked and len(marked) == 1 else []


def _split_outside_brackets(text: str) -> list[str]:
    words, depth, word = [], 0, ""
    for char in text[:2000]:
        depth += (char == "(") - (char == ")")
        if char == " " and depth <= 0:
            words.append(word)
            word = ""
        else:
            word += char
    return [word for word in [*words, word] if word]


def _entries(lines: list[str]) -> list[Distribution]:
    entries: list[Distribution] = []
    for line in lines:
        text = line.strip(" #|*>").removeprefix("- ").strip()
        if not text:
            continue
        entry = None if is_prompt(line) else _entry(text)
        if entry is None:
            break
        entries.append(entry)
    return entries


def _read_quiet(lines: list[str]) -> list[Distribution]:
    """Bare names: only behind a list command, or where each one is the name of a known distribution."""
    for at, line in enumerate(lines):
        if _LIST_COMMAND.search(prompt_command(line) or ""):
            if re.search(r"-o\b|--online", line):
                return []
            return _entries([text for text in lines[at + 1 :] if not _is_plain_header(text)])
    names = [line.strip() for line in lines if line.strip()]
    if names and len(names) <= 40 and all(_KNOWN_NAME.match(name) for name in names):
        return [Distribution(name) for name in names]
    return []


def _says_none(text: str) -> bool:
    lowered = "\n".join(clean_lines(text))[:20000].lower()
    if "wsl_e_default_distro_not_found" in lowered or _STORE.search(lowered):
        return True
    # The commands in the advice are the same in every language.
    if "--list --online" in lowered and "--install <distro>" in lowered:
        return True
    return any(words in lowered for words in NONE_INSTALLED)
