"""What pasting does to a transcript, undone: colours, odd blanks, prompts, quote marks. Pure; linear in the text."""

from __future__ import annotations

import json
import re
from functools import lru_cache
from typing import Any

from wslgpu.facts.transcripts.line_marks import strip_line_marks
from wslgpu.facts.transcripts.words import NO_COMMAND

__all__ = ["clean", "clean_lines", "is_prompt", "missing_command", "prompt_command", "strip_marks"]

_ANSI = re.compile(r"\x1b\[[0-?]*[ -/]*[@-~]|\x1b\][^\x07\x1b]*(?:\x07|\x1b\\)?|\x1b[@-Z\\^_=>]")
_BLANKS = {ord(char): " " for char in "\u00a0\u2007\u202f\u3000\t"}
_NOTHING = {ord(char): None for char in "\u200b\u200c\u200d\u2060\ufeff\u200e\u200f\x00\x08"}
_PROMPT = re.compile(
    r"^\s{0,40}(?:\([\w. -]{1,60}\)\s{0,3})?"
    r"(?:PS(?: [A-Za-z]:[^>\n]{0,260}| [^>\n]{0,260})?>|[A-Za-z]:\\[^>\n]{0,260}>|>>>|>(?=\s|[a-z])|>$"
    r"|\[?[\w.+-]{1,64}@[\w.-]{1,64}[: ][^$#\n]{0,260}[$#](?=\s|$)|[$%❯➜](?=\s))\s{0,8}(.*)$"
)
_COMMAND = re.compile(
    r"(?:wsl(?:config)?|nvidia-smi|ver|uname|systeminfo|cmd|powershell|bash|ubuntu\w*|pip3?|python3?|docker|sudo|cat|cd|dir"
    r"|ls|exit|echo|flutter|winver|reg|wmic)(?:\.exe)?(?=\s|$)"
)
_JSON_KEY = re.compile(r"^\s{0,20}\{\s{0,20}\"\w{1,40}\"\s{0,4}:\s{0,4}\"")
_TAGS = re.compile(r"</?(?:pre|code|samp|kbd|p|div|span|br|details|summary) ?(?: [^<>\n]{0,120})?/?>")
_ENTITIES = (("&lt;", "<"), ("&gt;", ">"), ("&quot;", '"'), ("&#39;", "'"), ("&nbsp;", " "), ("&amp;", "&"))
_ESCAPED = re.compile(r"\\u([0-9a-fA-F]{4})")
_MARKS = " \t>#|*•·–—-`\"'│┃"


@lru_cache(maxsize=4)  # all readers ask for the same paste
def clean(text: str) -> str:
    """``text`` without terminal colours, invisible characters and odd blanks; line ends as LF."""
    if "\x1b" in text:
        text = _ANSI.sub("", text)
    if text[:200].lstrip("\ufeff \t\r\n").startswith(("{", "[")):
        text = _unquote_json(text)
    if text.count("\\u") >= 4:  # one could be a folder's name
        text = _join_surrogates(_ESCAPED.sub(lambda hit: chr(int(hit.group(1), 16)), text))
    for shown in ("^@", "\\x00", "\\u0000"):  # UTF-16's NUL bytes as less, Python and JSON show them
        text = text.replace(shown, "")
    text = text.replace("\r\n", "\n").replace("\r", "\n").translate(_BLANKS).translate(_NOTHING)
    if "\\r\\n" in text or ("\\n" in text and "\n" not in text.strip()):  # quoted by Go, Python or JSON
        text = _JSON_KEY.sub("", text.replace("\\r\\n", "\n").replace("\\n", "\n"))
    if "<" in text:
        text = _TAGS.sub("", text)
    if "&" in text:
        for entity, char in _ENTITIES:
            text = text.replace(entity, char)
    lines = text.split("\n")
    if " " in text:
        lines = [_close_up(line) for line in lines]
    return "\n".join(strip_line_marks(lines))


def _unquote_json(text: str) -> str:
    """The texts of several lines that a JSON document holds, one behind the other; the text itself where it holds none.

    A document without such texts says with its keys what its values are.
    """
    try:
        document = json.loads(text.strip("\ufeff \t\r\n"))
    except (ValueError, RecursionError):
        return text
    found: list[str] = []
    waiting: list[Any] = [document]
    while waiting:
        value = waiting.pop()
        if isinstance(value, dict):
            waiting.extend(reversed(list(value.values())))
        elif isinstance(value, list):
            waiting.extend(reversed(value))
        elif isinstance(value, str):
            found.append(value)
    return _join_surrogates("\n".join(found)) if any("\n" in value for value in found) else text


def _join_surrogates(text: str) -> str:
    """Characters beyond U+FFFF that were written as two halves; a half alone becomes U+FFFD: no stream takes it."""
    return text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")


def _close_up(line: str) -> str:
    """`W S L   v e r s i o n` is UTF-16 that was shown byte by byte: every other character is a blank."""
    if len(line) < 10:
        return line
    for blanks, letters in ((line[1::2], line[0::2]), (line[0::2], line[1::2])):
        if not blanks.strip() and len(letters.split()) and len(letters) - letters.count(" ") > 4:
            return letters
    return line


def clean_lines(text: str) -> list[str]:
    """The lines of ``clean(text)`` without the blanks at their ends and without Markdown's bold and code marks."""
    return list(_lines(text))


@lru_cache(maxsize=4)
def _lines(text: str) -> tuple[str, ...]:
    return tuple(line.rstrip() for line in _without_markdown(clean(text)).split("\n"))


def _without_markdown(text: str) -> str:
    return text.replace("**", "").replace("`", "").replace("\\*", "*")


def strip_marks(line: str) -> str:
    """``line`` without what posters put before it: quote marks, bullets, comment signs, box borders."""
    return line.strip(_MARKS)


def prompt_command(line: str) -> str | None:
    """The command behind a shell's prompt ("" for a bare prompt); None where the line is not a prompt."""
    found = _PROMPT.match(line)
    if found is None:
        return None
    command = found.group(1).strip()
    start = line.lstrip()
    if start.startswith(">") and not start.startswith(">>>") and command and not _COMMAND.match(command):
        return None  # Markdown's quote mark
    return command


def is_prompt(line: str) -> bool:
    """Whether the line begins with a shell's prompt."""
    return prompt_command(line) is not None


# The words of shells for "no such command". cmd.exe, PowerShell and bash translate them; cmd.exe always opens with the
# quoted name, and PowerShell always prints CommandNotFoundException, whatever the language.


def missing_command(text: str, program: str) -> bool:
    """Whether a shell, of any language, says in the first 20 lines of ``text`` that there is no ``program``.

    cmd.exe opens with the quoted name in every language, and PowerShell prints CommandNotFoundException; bash is told
    by its words.
    """
    for line in clean_lines(text)[:20]:
        lowered = line.strip().lower()
        at = _find_word(lowered, program) if len(lowered) <= 600 else -1
        if at < 0:
            continue
        if "://" in lowered or "error code" in lowered or "wsl/" in lowered:
            continue
        before, after = lowered[:at], lowered[at + len(program) :].removeprefix(".exe")
        if re.match(r" (?:-|\d)", after):  # advice that names a command (`wsl --update`), or "WSL 2"
            continue
        quoted = before.endswith(("'", '"', "“", "„", "«", "「", "‘", "« ", "`")) or before == ""
        if quoted and before.strip("'\"“„«「‘` ") == "" and after[:1] in ("'", '"', "”", "“", "»", "」", "’", "`"):
            return True  # cmd.exe: 'name' and then a sentence, in any language
        if any(words in lowered for words in NO_COMMAND) and not is_prompt(line):
            return True
    return False


def _find_word(line: str, word: str) -> int:
    """Where ``word`` (perhaps with .exe) stands alone in ``line``; -1 where it does not. `wsl2` is not `wsl`."""
    found = re.search(rf"(?<![a-z0-9_-]){re.escape(word)}(?:\.exe)?(?![a-z0-9_-])", line)
    return found.start() if found else -1
