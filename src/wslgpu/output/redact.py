"""Take out of a text that will be pasted into public: user names, host names, paths below home, serial numbers.

What a helper needs stays: versions, names of cards, the paths of the system.
"""

from __future__ import annotations

import re

UUID = r"[0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{12}"
NAME = r"[^\s/\\:\"'`<>|,;()\[\]{}]+"
# Accounts that are everybody's, and so tell nothing.
COMMON = frozenset(
    ("root", "user", "public", "default", "all", "shared", "administrator", "username", "ubuntu", "USER", "...", "~")
)
RULES = (
    # ssh's and git's user@host, and e-mail addresses; not git's "git@" of an address of a repository
    (re.compile(r"\b(?!git@)[\w.+-]{1,64}@[A-Za-z][\w-]{0,62}(?:\.[\w-]{1,63})*\b"), "<user>@<host>"),
    (re.compile(rf"\b(?:GPU|MIG)-{UUID}"), "GPU-<uuid>"),
    (re.compile(rf"\{{?{UUID}\}}?"), "<uuid>"),
    # Only where the words before say that it is one: cuDNN 9.3.0.75 is none.
    (
        re.compile(r"(?i)(name ?servers?:?\s+|inet6? |://|address(?:es)?:?\s+|, )(?:\d{1,3}\.){3}\d{1,3}\b"),
        r"\1<address>",
    ),
    (re.compile(r"\b(?:[0-9A-Fa-f]{2}:){5}[0-9A-Fa-f]{2}\b"), "<address>"),
    (re.compile(r"(?i)(https?://)[^\s/@:]{1,64}:[^\s/@]{1,128}@"), r"\1<user>:<password>@"),
    (re.compile(r"(?i)(https?://)(?!git@|<)[^\s/@]{1,256}@"), r"\1<login>@"),  # a token without a user's name
)
HOME = re.compile(
    rf"(/home/|/Users/|(?i:[a-z]:(?:\\\\?|/)Users(?:\\\\?|/))|/mnt/[a-z]/Users/)({NAME})((?:(?:\\\\?|/){NAME})*)"
)


def redact(text: str, *, home: str = "", host: str = "") -> str:
    """The text without what names its owner. `home`, `host`: this machine's own, where they are known.

    Below a home folder the first name of the path stays when it begins with a dot (.venv, .local, .wslgpu), or is a
    part of a toolchain; the rest of the path is kept only below those.
    """
    for rule, instead in RULES:
        text = rule.sub(instead, text)
    user = re.split(r"[/\\]", home.rstrip("/\\"))[-1] if home else ""
    if home and home not in ("/", "/root"):
        text = text.replace(home, "~")
    names = {match[2] for match in HOME.finditer(text)} | ({user} if user else set())
    text = HOME.sub(_hide_home, text)
    for name in sorted(names - COMMON, key=len, reverse=True):
        if len(name) > 2:
            text = re.sub(rf"(?<![\w.-]){re.escape(name)}(?![\w-])", "<user>", text)
    if len(host) > 2 and host.lower() not in ("localhost", "wsl"):
        text = re.sub(rf"(?<![\w-]){re.escape(host)}(?![\w-])", "<host>", text)
    return _hide_below(text)


def _hide_home(match: re.Match[str]) -> str:
    root, name, rest = match.groups()
    if name in COMMON:
        return match[0]
    if root == "/home/":
        return f"~{rest}"
    telling = re.match(r"[/\\]+(\.|AppData)", rest) or not rest
    return f"{root}<user>{rest if telling else rest[:1] + '...'}"


BELOW = re.compile(rf"(?<![\w~])~/({NAME})((?:/{NAME})*)")


def _hide_below(text: str) -> str:
    """~/train/secret-project/x.py says too much; ~/.venv/bin/python and ~/miniconda3/lib do not."""

    def hide(match: re.Match[str]) -> str:
        first, rest = match.groups()
        if first.startswith((".", "<")) or re.match(r"(mini|ana|mamba|micromamba)(conda|forge)?\d?$", first):
            return match[0]
        kept = re.search(r"/(\.venv|\.wslgpu|venv|requirements\.txt|pyproject\.toml)(/.*)?$", rest)
        return "~/<folder>" + (kept[0] if kept else "/..." if rest else "")

    return BELOW.sub(hide, text)
