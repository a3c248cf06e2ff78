"""The feeds stand alone: every Python from 3.7 on, numpy only, and a wheel of their own."""

from __future__ import annotations

import ast
import glob
import os
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

FEEDS = Path(__file__).resolve().parents[2] / "src" / "wslgpu" / "feeds"
VERSIONS = ["3.7", "3.8", "3.9", "3.10", "3.11", "3.12", "3.13", "3.14"]


def find_pythons(version):
    """Interpreters of a version: on PATH, under pyenv, and where WSLGPU_TEST_PYTHONS (folders) says."""
    folders = [
        *os.environ.get("PATH", "").split(os.pathsep),
        *os.environ.get("WSLGPU_TEST_PYTHONS", "").split(os.pathsep),
    ]
    roots = {os.environ.get("PYENV_ROOT", ""), str(Path.home() / ".pyenv")}
    candidates = [Path(folder) / f"python{version}" for folder in folders if folder]
    for root in roots:
        candidates += [Path(path) for path in glob.glob(f"{root}/versions/{version}.*/bin/python")] if root else []
    found = []
    for path in candidates:
        if path.exists() and "shims" not in path.parts:
            asked = subprocess.run(
                [path, "-c", "import sys; print('%d.%d' % sys.version_info[:2])"], capture_output=True, text=True
            )
            if asked.stdout.strip() == version:
                found.append(path)
    return found


@pytest.mark.parametrize("version", VERSIONS)
def test_the_files_compile_on_every_python(version, tmp_path):
    pythons = find_pythons(version)
    if not pythons:
        pytest.skip(f"no Python {version} found")
    for path in FEEDS.glob("*.py"):
        shutil.copy(path, tmp_path)
    done = subprocess.run([pythons[0], "-m", "compileall", "-q", str(tmp_path)], capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr


KILLS = """
import os, random, signal, sys
import numpy as np
from wslgpu.feeds import fork_feed, in_order

class Sequence:
    def __init__(self):
        self.places = np.arange(80)
    def __len__(self):
        return 80
    def __getitem__(self, index):
        return np.full((30_000,), self.places[index]), {"name": "n%d" % index, "many": [np.float32(index), None]}
    def on_epoch_end(self):
        np.random.shuffle(self.places)

sequence = Sequence()
chance = random.Random(3)
kills = 0
with fork_feed(sequence, 3, retries=50) as feed:
    for epoch in range(3):
        got = []
        for index, (x, more) in enumerate(feed):
            got.append(int(x[7]))
            assert more["name"] == "n%d" % index
            pids = [seat.pid for seat in feed._crew.seats if seat.pid]
            if pids and chance.random() < 0.1:
                try:
                    os.kill(chance.choice(pids), signal.SIGKILL)
                    kills += 1
                except OSError:
                    pass
        assert got == sequence.places.tolist()
        feed.on_epoch_end()
assert kills
assert list(in_order(str, range(5))) == list("01234")
assert "wslgpu.errors" not in sys.modules and "tensorflow" not in sys.modules and "keras" not in sys.modules
print("held")
"""


@pytest.mark.parametrize("version", VERSIONS)
def test_a_wheel_of_their_own_works_on_every_python_with_numpy(version, tmp_path):
    pythons = [
        path
        for path in find_pythons(version)
        if subprocess.run([path, "-c", "import numpy"], capture_output=True).returncode == 0
    ]
    if not pythons:
        pytest.skip(f"no Python {version} with numpy found (WSLGPU_TEST_PYTHONS names folders to look in)")
    if not sys.platform.startswith("linux"):
        pytest.skip("fork workers are for Linux")
    unpack_wheel(tmp_path)
    script = tmp_path / "script.py"
    script.write_text(KILLS)
    environment = {key: value for key, value in os.environ.items() if not key.startswith("PYTHON")}
    done = subprocess.run(
        [pythons[0], str(script)],
        capture_output=True,
        text=True,
        timeout=120,
        env={**environment, "PYTHONPATH": tmp_path},
    )
    assert (done.returncode, done.stdout) == (0, "held\n"), done.stderr


def unpack_wheel(folder):
    pytest.importorskip("numpy")
    from wslgpu.feeds.wheel import write_wheel

    path = write_wheel(str(folder), "1.2.3")
    with zipfile.ZipFile(path) as wheel:
        wheel.extractall(folder)
    return path


def test_the_wheel_is_whole_and_always_the_same(tmp_path):
    path = Path(unpack_wheel(tmp_path))
    assert path.name == "wslgpu_feeds-1.2.3-py3-none-any.whl"
    with zipfile.ZipFile(path) as wheel:
        names = set(wheel.namelist())
        record = wheel.read("wslgpu_feeds-1.2.3.dist-info/RECORD").decode()
    assert {line.split(",")[0] for line in record.splitlines()} == names
    assert {f"wslgpu/feeds/{source.name}" for source in FEEDS.glob("*.py")} <= names
    assert "wslgpu/__init__.py" not in names
    first = path.read_bytes()
    unpack_wheel(tmp_path)
    assert path.read_bytes() == first


@pytest.mark.parametrize("path", sorted(FEEDS.glob("*.py")), ids=lambda path: path.stem)
def test_nothing_but_numpy_and_the_standard_library_is_imported(path):
    allowed = set(sys.stdlib_module_names) | {"numpy"}
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            assert {name.name.split(".")[0] for name in node.names} <= allowed
        elif isinstance(node, ast.ImportFrom) and node.level == 0:
            assert (node.module or "").split(".")[0] in allowed
