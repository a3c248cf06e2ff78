"""This folder as a wheel, so that `from wslgpu.feeds import fork_feed` works in a venv without wslgpu itself.

The wheel `wslgpu-feeds` holds wslgpu/feeds/ and no wslgpu/__init__.py: there `wslgpu` is a namespace package, and where
wslgpu itself is installed too, its own files stand in the same place and say the same. Pure Python, no build tool.
"""

from __future__ import annotations

import base64
import hashlib
import os
import zipfile

NAME = "wslgpu_feeds"
TIME = (1980, 1, 1, 0, 0, 0)  # the same files give the same bytes


def write_wheel(folder: str, version: str) -> str:
    """Write the wheel into `folder` (it must exist). Its path. The version is wslgpu's own."""
    here = os.path.dirname(os.path.abspath(__file__))  # noqa: PTH100, PTH120 (os.path: this folder is copied around)
    info = f"{NAME}-{version}.dist-info"
    files = {}
    for name in sorted(os.listdir(here)):
        if name.endswith(".py") or name == "py.typed":
            with open(os.path.join(here, name), "rb") as file:  # noqa: PTH118
                files["wslgpu/feeds/" + name] = file.read()
    files[info + "/METADATA"] = (
        f"Metadata-Version: 2.1\nName: wslgpu-feeds\nVersion: {version}\n"
        "Summary: fork_feed, threadsafe and to_dataset for training scripts; part of wslgpu\n"
        "License: Apache-2.0\nRequires-Python: >=3.7\nRequires-Dist: numpy\n"
    ).encode()
    files[info + "/WHEEL"] = b"Wheel-Version: 1.0\nGenerator: wslgpu\nRoot-Is-Purelib: true\nTag: py3-none-any\n"
    record = "".join(f"{name},{_digest(data)},{len(data)}\n" for name, data in files.items())
    files[info + "/RECORD"] = (record + info + "/RECORD,,\n").encode()
    path = os.path.join(folder, f"{NAME}-{version}-py3-none-any.whl")  # noqa: PTH118
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as wheel:
        for name, data in files.items():
            entry = zipfile.ZipInfo(name, TIME)
            entry.external_attr = 0o644 << 16
            entry.compress_type = zipfile.ZIP_DEFLATED
            wheel.writestr(entry, data)
    return path


def _digest(data: bytes) -> str:
    digest = base64.urlsafe_b64encode(hashlib.sha256(data).digest()).rstrip(b"=")
    return "sha256=" + digest.decode()
