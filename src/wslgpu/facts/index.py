"""Which package index this machine's pip and uv were told of, by whom, and through which proxy. It is not asked."""

from __future__ import annotations

import configparser
import re
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import urlsplit

from wslgpu.system.answers import Answers
from wslgpu.system.wants import ReadFile, RunPython, Variable, Want

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

UV_VARIABLES = ("UV_DEFAULT_INDEX", "UV_INDEX_URL")
PIP_VARIABLES = ("PIP_INDEX_URL",)
OTHERS = ("PIP_CONFIG_FILE", "XDG_CONFIG_HOME", "HTTPS_PROXY", "https_proxy", "HTTP_PROXY", "http_proxy", "ALL_PROXY",
          "all_proxy", "NO_PROXY", "no_proxy", "HOME")  # fmt: skip
UV_FILES = {"uv.user": "~/.config/uv/uv.toml", "uv.system": "/etc/uv/uv.toml"}
PIP_FILES = {"pip.user": "~/.config/pip/pip.conf", "pip.old": "~/.pip/pip.conf", "pip.system": "/etc/pip.conf"}
# pip's own, where nobody was told of another; no source of wslgpu names one.
BUILT_IN = RunPython(
    "index.built_in", "from pip._internal.models.index import PyPI; print(PyPI.simple_url)", deadline_s=10.0
)


@dataclass(frozen=True)
class PipFile:
    """What pip.conf says of the network, of section [global] or [install]; None for what it leaves out."""

    path: str
    index: str | None = None
    extra: str | None = None
    certificate: str | None = None
    proxy: str | None = None


@dataclass(frozen=True)
class IndexSettings:
    """`url` may hold a login: show `shown` instead. `named_by`: a variable or a file, in words. None: nobody named one.

    `for_uv` says whether uv itself would take it; pip's settings it does not read. `proxy`: for that address.
    """

    url: str | None
    named_by: str
    for_uv: bool
    proxy: str | None
    pip_file: PipFile | None

    @property
    def shown(self) -> str:
        """Scheme and host alone: a path may hold a token."""
        return show(self.url) if self.url else "none"


def show(url: str) -> str:
    """An address without login, path and query."""
    there = urlsplit(url)
    if there.scheme == "file":
        return "a folder of this machine"
    return f"{there.scheme}://{there.hostname or '?'}{f':{there.port}' if there.port else ''}"


def wants_of_index(home: str) -> tuple[Want, ...]:
    """Variables and files; `home` is absolute. No connection is made."""
    names = (*UV_VARIABLES, *PIP_VARIABLES, *OTHERS)
    files = {**UV_FILES, **PIP_FILES}
    return (
        *(Variable(f"index.env.{name}", name) for name in names),
        *(ReadFile(f"index.{name}", path.replace("~", home)) for name, path in files.items()),
    )


def read_index(answers: Answers, team: tuple[str, str] | None = None) -> IndexSettings:
    """uv's own settings win, then pip's. `team`: variable and value of wslgpu.toml's index, which wins over all."""
    value = {name: _text(answers, f"index.env.{name}") for name in (*UV_VARIABLES, *PIP_VARIABLES, *OTHERS)}
    no_files = value["PIP_CONFIG_FILE"] == "/dev/null"  # pip's way to have none read
    pip_file = (
        None if no_files else next((f for name in PIP_FILES if (f := _read_pip(answers, name)) is not None), None)
    )
    found: tuple[str, str, bool] | None = None
    if team is not None:
        found = (team[1], f"the variable {team[0]}, which wslgpu.toml names", True)
    for name in UV_VARIABLES:
        if found is None and value[name]:
            found = (str(value[name]), f"the variable {name}", True)
    for name in UV_FILES:
        url = _read_uv(_text(answers, f"index.{name}")) if found is None else None
        if url:
            found = (url, UV_FILES[name], True)
    if found is None and value["PIP_INDEX_URL"]:
        found = (str(value["PIP_INDEX_URL"]), "the variable PIP_INDEX_URL", False)
    if found is None and pip_file is not None and pip_file.index:
        found = (pip_file.index, pip_file.path, False)
    url, named_by, for_uv = found or (None, "nobody", False)
    return IndexSettings(url, named_by, for_uv, _proxy_for(url, value) if url else None, pip_file)


def proxy_for(url: str, answers: Answers) -> str | None:
    """The proxy that the variables name for an address."""
    return _proxy_for(url, {name: _text(answers, f"index.env.{name}") for name in OTHERS})


def _proxy_for(url: str, value: Mapping[str, str | None]) -> str | None:
    there = urlsplit(url)
    host = there.hostname or ""
    for spared in re.split(r"[,\s]+", value.get("NO_PROXY") or value.get("no_proxy") or ""):
        bare = spared.lstrip("*.")
        if spared == "*" or (bare and (host == bare or host.endswith(f".{bare}"))):
            return None
    scheme = "HTTPS_PROXY" if there.scheme == "https" else "HTTP_PROXY"
    return next((v for name in (scheme.lower(), scheme, "all_proxy", "ALL_PROXY") if (v := value.get(name))), None)


def _read_pip(answers: Answers, name: str) -> PipFile | None:
    text = _text(answers, f"index.{name}")
    if not text:
        return None
    parser = configparser.RawConfigParser()
    try:
        parser.read_string(text)
    except configparser.Error:
        return None

    def option(key: str) -> str | None:
        for section in ("install", "global"):
            if parser.has_option(section, key):
                return parser.get(section, key).strip() or None
        return None

    found = PipFile(PIP_FILES[name], option("index-url"), option("extra-index-url"), option("cert"), option("proxy"))
    return found if any((found.index, found.extra, found.certificate, found.proxy)) else None


def _read_uv(text: str | None) -> str | None:
    try:
        document = tomllib.loads(text or "")
    except tomllib.TOMLDecodeError:
        return None
    rows = document.get("index")
    for row in rows if isinstance(rows, list) else ():
        if isinstance(row, dict) and row.get("default") and isinstance(row.get("url"), str):
            return str(row["url"])
    pip = document.get("pip")
    for table in (document, pip if isinstance(pip, dict) else {}):
        if isinstance(table.get("index-url"), str):
            return str(table["index-url"])
    return None


def _text(answers: Answers, want_id: str) -> str | None:
    text = answers.text(want_id)
    return text if isinstance(text, str) and text else None
