"""A stand-in for uv that makes real venvs of one tiny synthetic package, so that setup's own moves can be tested."""

from __future__ import annotations

import os
import stat
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from wslgpu.plan.model import Install, MakeVenv, Plan, Resolve, Smoke, Step, Swap, Tidy, Verify

STAND_IN = """#!{python} -IS
import os, sys, time
from pathlib import Path
words = sys.argv[1:]
trouble = os.environ.get("STAND_IN_TROUBLE", "")
def option(name):
    return words[words.index(name) + 1]
def at(point):
    if trouble == f"fail {{point}}":
        sys.exit(f"error: the stand-in fails at {{point}}")
    if trouble == f"hang {{point}}":
        Path(os.environ["STAND_IN_MARK"]).touch()
        time.sleep(600)
    if trouble == f"slow {{point}}":
        sys.stderr.write("Resolved 2 packages in 3ms\\nDownloading tensorflow (584.7MiB)\\nDownloading keras (1.5MiB)\\n Downloaded keras\\n")
        sys.stderr.flush()
        with open(os.environ["STAND_IN_MARK"] + ".data", "wb") as file:
            file.write(b"x" * 7_000_000)
        until = time.monotonic() + 60
        while not os.path.exists(os.environ["STAND_IN_MARK"]) and time.monotonic() < until:
            time.sleep(0.05)
if words[0] == "venv":
    at("venv")
    # What `python -m venv` makes, without the second that it takes.
    venv, base = Path(words[-1]), Path(sys.executable).resolve()
    for folder in ("bin", "lib/python%d.%d/site-packages" % sys.version_info[:2]):
        (venv / folder).mkdir(parents=True)
    (venv / "pyvenv.cfg").write_text(f"home = {{base.parent}}\\ninclude-system-site-packages = false\\nversion = {{sys.version.split()[0]}}\\n")
    (venv / "bin/python").symlink_to(base)
    (venv / "bin/activate").touch()
elif words[:2] == ["pip", "compile"]:
    at("compile")
    Path(option("-o")).write_text("tensorflow-cpu==9.9.0 \\\\\\n    --hash=sha256:00\\n")
elif words[:2] == ["pip", "install"] and "-r" not in words:
    at("feeds")
elif words[:2] == ["pip", "install"] and "--offline" in words:
    sys.exit("error: the stand-in has no cache")
elif words[:2] == ["pip", "install"]:
    at("install")
    venv = Path(option("--python")).parent.parent
    site = next(venv.glob("lib/python3*/site-packages"))
    for name in ("tensorflow", "keras"):
        (site / name).mkdir()
        (site / name / "__init__.py").touch()
    info = site / "tensorflow_cpu-9.9.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\\nName: tensorflow-cpu\\nVersion: 9.9.0\\n")
    at("installed")
"""


@pytest.fixture
def stand_in(tmp_path: Path) -> str:
    """The path of the stand-in."""
    program = tmp_path / "uv"
    program.write_text(STAND_IN.format(python=sys.executable))
    program.chmod(program.stat().st_mode | stat.S_IXUSR)
    return str(program)


@pytest.fixture
def plan_for(stand_in: str) -> Callable[..., Plan]:
    """plan_for(folder, "a"): the plan that makes venv `a` there."""

    def make(folder: Path, name: str, *, old: str = "", smoke: bool = True) -> Plan:
        venv, lock = f"{folder}/.wslgpu/venvs/{name}", f"{folder}/requirements/cpu.lock"
        steps: list[Step] = [
            MakeVenv(venv, sys.executable, "3", "# activation\n", "print('first')\n", "test"),
            Resolve(f"{folder}/requirements/cpu.in", "tensorflow-cpu==9.9.0\n", lock, "# wslgpu-inputs: x\n", "3", ()),
            Install(lock, None, None),
            Verify("9.9.0"),
            *([Smoke("cpu")] if smoke else []),
            Swap(f"{folder}/.venv", f".wslgpu/venvs/{name}"),
            *([Tidy(f"{folder}/.wslgpu/venvs", (name, old))] if old else []),
        ]
        return Plan(str(folder), "cpu", "9.9.0", "3", (), (), tuple(steps), None, None, "x", uv=stand_in)

    return make


@pytest.fixture(autouse=True)
def _own_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing of the tester's home is read or written."""
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    os.environ.pop("STAND_IN_TROUBLE", None)
