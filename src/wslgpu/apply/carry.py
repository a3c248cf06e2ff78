"""wslgpu's own sources as an archive, made of what is installed here, and the script that unpacks and runs them.

wslgpu is on no package index; what runs on Windows is what is carried into the distribution, and provision/ubuntu.sh
installs it there as it does from a clone.
"""

from __future__ import annotations

import base64
import gzip
import io
import tarfile
from collections.abc import Iterator, Sequence
from pathlib import Path
from shlex import quote

import wslgpu
from wslgpu.packaged import packaged_folder

PACKAGE = Path(wslgpu.__file__).resolve().parent
FOLDERS = {"templates": "templates", "provision": "provision", "findings": "docs/findings"}
TOP_FILES = ("pyproject.toml", "README.md", "LICENSE")
LEFT_OUT = ("__pycache__", "_packaged")

# One compound command: a shell that gets a part of it does nothing. Read from stdin, so that no quoting of Windows'
# command line has a say; the archive comes along as text.
SCRIPT = """{{
d=$(mktemp -d) || exit 1
trap 'rm -rf "$d"' EXIT
trap 'exit 130' INT TERM HUP
base64 -d >"$d/sources.tar.gz" <<'END_OF_SOURCES' || exit 1
{archive}
END_OF_SOURCES
mkdir "$d/wslgpu" && tar -xzf "$d/sources.tar.gz" -C "$d/wslgpu" || exit 1
sh "$d/wslgpu/provision/ubuntu.sh" --yes {arguments} </dev/null
exit $?
}}
"""
ADD_PYTHON = """{
export DEBIAN_FRONTEND=noninteractive
apt-get update -qq && apt-get install -y -qq --no-install-recommends python3 python3-venv ca-certificates </dev/null
exit $?
}
"""

# As root: the old file stays beside the new one, which comes with one rename.
WRITE_FILE = """{{
f={path}
if [ -e "$f" ]; then cp -p "$f" "$f.wslgpu-{when}" || exit 1; fi
base64 -d >"$f.wslgpu-new" <<'END_OF_FILE' || exit 1
{data}
END_OF_FILE
chmod 644 "$f.wslgpu-new" && mv "$f.wslgpu-new" "$f"
exit $?
}}
"""


def write_file_script(path: str, data: bytes, when: str) -> bytes:
    """The script for `wsl.exe -d NAME -u root -e sh` that puts `data` at `path` and keeps what stood there."""
    text = base64.encodebytes(data).decode("ascii").strip()
    return WRITE_FILE.format(path=quote(path), when=when, data=text).encode("utf-8")


def pack_sources() -> bytes:
    """A .tar.gz of the tree that provision/ubuntu.sh expects. FileNotFoundError where a part of it is not installed."""
    packed = io.BytesIO()
    # No time in it: the same sources are the same bytes, and a machine that has them is not changed.
    with gzip.GzipFile("", "wb", fileobj=packed, mtime=0) as zipped, tarfile.open(fileobj=zipped, mode="w") as archive:
        for name, path in sorted(_files()):
            data = path.read_bytes()
            if path.suffix in (".sh", ".py", ".j2", ".toml", ".md"):
                data = data.replace(b"\r\n", b"\n")  # a checkout of Windows
            entry = tarfile.TarInfo(name)
            entry.size, entry.mode = len(data), 0o755 if path.suffix == ".sh" else 0o644
            archive.addfile(entry, io.BytesIO(data))
    return packed.getvalue()


def write_script(arguments: Sequence[str]) -> bytes:
    """The script for `wsl.exe -d NAME -e sh`; `arguments` are those of `wslgpu setup` in there."""
    archive = base64.encodebytes(pack_sources()).decode("ascii").strip()
    return SCRIPT.format(archive=archive, arguments=" ".join(map(_quote, arguments))).encode("utf-8")


def _quote(word: str) -> str:
    return '"$HOME"' + quote(word[1:]) if word == "~" or word.startswith("~/") else quote(word)


def _files() -> Iterator[tuple[str, Path]]:
    for path in PACKAGE.rglob("*"):
        inside = path.relative_to(PACKAGE)
        if path.is_file() and not set(inside.parts) & set(LEFT_OUT):
            yield f"src/wslgpu/{inside.as_posix()}", path
    for name, place in FOLDERS.items():
        folder = packaged_folder(name)
        for path in folder.rglob("*"):
            if path.is_file() and "__pycache__" not in path.parts:
                yield f"{place}/{path.relative_to(folder).as_posix()}", path
    top = packaged_folder("source")
    if not (top / "pyproject.toml").is_file():
        raise FileNotFoundError(f"this installation of wslgpu lacks its pyproject.toml (looked in {top})")
    for name in TOP_FILES:
        if (top / name).is_file():
            yield name, top / name
