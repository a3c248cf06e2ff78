"""The smoke, really run: with a TensorFlow, and on pythons and machines where it cannot come to an end."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import jsonschema
import pytest

from wslgpu.system.guardian import read_processes
from wslgpu.training.smoke import run_smoke
from wslgpu.training.smoke_steps import TITLES

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="the smoke trains through fork")
SOURCE = Path(__file__).resolve().parents[2] / "src"
PYTHON = Path(sys.executable)
SCHEMA = json.loads((SOURCE.parent / "docs" / "smoke.schema.json").read_text("utf-8"))


def wslgpu(*arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    variables = {**os.environ, "PYTHONPATH": str(SOURCE), **environment}
    argv = [sys.executable, "-m", "wslgpu", *arguments]
    return subprocess.run(argv, env=variables, capture_output=True, text=True, timeout=600, check=False)


def project(tmp_path: Path, python: Path) -> Path:
    """A folder whose .venv has `python`, as far as the smoke needs it."""
    binaries = tmp_path / "project" / ".venv" / "bin"
    binaries.mkdir(parents=True)
    launcher = binaries / "python"
    launcher.write_text(f'#!/bin/sh\nexec {python} "$@"\n')
    launcher.chmod(0o755)
    return tmp_path / "project"


def test_python_that_is_not_there(tmp_path: Path) -> None:
    result = run_smoke(tmp_path / "python", deadline_s=300)
    assert (result.status, result.problems[0][0]) == ("fail", "smoke-python-missing")


def test_python_without_tensorflow(tmp_path: Path) -> None:
    bare = tmp_path / "bare"
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", str(bare)], check=True, timeout=60)
    result = run_smoke(bare / "bin" / "python", deadline_s=300)
    assert result.status == "fail"
    assert [slug for slug, _ in result.problems] == ["smoke-no-tensorflow"]


def fake_tensorflow(tmp_path: Path, text: str) -> Path:
    """A venv whose `numpy` and `tensorflow` are one line of Python each."""
    venv = tmp_path / "fake"
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", str(venv)], check=True, timeout=60)
    packages = next((venv / "lib").glob("python*")) / "site-packages"
    (packages / "numpy.py").write_text("")
    (packages / "tensorflow.py").write_text(text)
    return venv / "bin" / "python"


@pytest.mark.parametrize(
    ("text", "slug"),
    [
        ("raise ImportError('libcudart.so.12: cannot open shared object file')", "smoke-import-failed"),
        ("import os, signal; os.kill(os.getpid(), signal.SIGILL)", "smoke-crashed"),
        ("raise SystemExit(0)", "smoke-error"),
        ("raise RuntimeError('broken')", "smoke-error"),
    ],
)
def test_a_tensorflow_that_cannot_be_imported(tmp_path: Path, text: str, slug: str) -> None:
    result = run_smoke(fake_tensorflow(tmp_path, text), deadline_s=300)
    assert result.status == "fail"
    assert [found for found, _ in result.problems] == [slug]


def test_the_deadline_shows_where_an_import_stood(tmp_path: Path) -> None:
    stands = tmp_path / "stands"
    python = fake_tensorflow(tmp_path, f"import time; open({str(stands)!r}, 'w').close()\n\ntime.sleep(600)")
    for deadline_s in (4, 15, 60, 200):  # on a slow machine the import has not come so far after four seconds
        result = run_smoke(python, deadline_s=deadline_s)
        if stands.exists():
            break
    assert (result.status, result.problems) == ("unknown", ())
    # The fake stands in tensorflow.py or in a package; its line is the innermost frame of the main thread's stack.
    innermost = result.stderr_tail.partition("(most recent call first):\n")[2].splitlines()[0]
    assert re.search(r"tensorflow\S*\", line 3 in <module>", innermost), result.stderr_tail


def test_an_interrupt_leaves_nothing(tmp_path: Path) -> None:
    stands = tmp_path / "stands"
    python = fake_tensorflow(tmp_path, f"import time; open({str(stands)!r}, 'w').close(); time.sleep(600)")

    def interrupt() -> None:
        while not stands.exists():
            time.sleep(0.05)
        os.kill(os.getpid(), signal.SIGINT)

    with pytest.raises(KeyboardInterrupt):  # noqa: PT012 (the signal may come before the next line)
        threading.Thread(target=interrupt, daemon=True).start()
        run_smoke(python, deadline_s=300)
    lines = [Path(f"/proc/{pid}/cmdline") for pid, (_, _, state) in read_processes().items() if state not in "ZX"]
    assert not [line for line in lines if line.exists() and str(python).encode() in line.read_bytes()]


@pytest.mark.parametrize("kind", ["file", "empty", "dangling"])
def test_a_folder_without_an_environment_is_usage(tmp_path: Path, kind: str) -> None:
    folder = tmp_path / "project"
    if kind == "file":
        folder.write_text("")
    else:
        folder.mkdir()
    if kind == "dangling":
        (folder / ".venv").symlink_to(folder / "gone")
    done = wslgpu("smoke", str(folder))
    assert done.returncode == 2
    assert str(folder) in done.stderr
    assert "wslgpu setup" in done.stderr
    assert done.stdout == ""
    assert "Traceback" not in done.stderr


def test_script_is_a_program_and_nothing_else() -> None:
    done = wslgpu("smoke", "--script")
    assert done.returncode == 0
    compile(done.stdout, "script", "exec")
    assert "wslgpu" not in done.stdout
    assert 30 <= len(done.stdout.splitlines()) <= 60


@pytest.mark.tensorflow
def test_trains_through_fork(each_tf_python: Path, tmp_path: Path) -> None:
    # As in a bare container: no HOME, the C locale, one core.
    environment = {"LANG": "C", "LC_ALL": "C", "HOME": "", "PYTHONPATH": str(SOURCE), "PATH": os.environ["PATH"]}
    folder = project(tmp_path, each_tf_python)
    code = (
        "import os, sys; os.sched_setaffinity(0, {min(os.sched_getaffinity(0))});"
        "from wslgpu.cli.main import main;"
        "sys.argv[1:] = ['smoke', sys.argv[1], '--device', 'cpu', '--format', 'json']; main()"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, str(folder)],
        env=environment,
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    report = json.loads(done.stdout)
    evidence = report["evidence"]
    assert report["status"] == "ok"
    assert evidence["start_method"] == "fork"
    assert evidence["workers_side_by_side"] == 2
    assert evidence["convolutions_ran_on"] == ["CPU:0"]
    assert evidence["deliveries"]["fork"] == evidence["deliveries"]["single"] == {"training": 75, "validation": 21}
    assert all(worker["parent"] == evidence["main_pid"] for worker in evidence["workers"])
    assert evidence["left_behind"] == []
    jsonschema.validate(report, SCHEMA)
    assert {step["name"]: step["status"] for step in report["steps"]} == dict.fromkeys([*TITLES, "nothing-left"], "ok")
    fork, single = evidence["timeline"]["fork"], evidence["timeline"]["single"]
    assert [batch["index"] for batch in fork["batches"]] == list(range(25))
    for batch in (*fork["batches"], *single["batches"]):
        assert batch["began_s"] <= batch["ended_s"] <= batch["arrived_s"] <= batch["done_s"]
    assert len(evidence["batch_losses"]["fork"]) == 75


@pytest.mark.tensorflow
def test_compare_measures_each_way(tf_python: Path, tmp_path: Path) -> None:
    done = wslgpu("smoke", str(project(tmp_path, tf_python)), "--device", "cpu", "--compare", "--format", "json")
    assert done.returncode == 0, done.stderr
    report = json.loads(done.stdout)
    jsonschema.validate(report, SCHEMA)
    comparison = report["evidence"]["comparison"]
    assert comparison["unfinished"] == []
    ways = {way["name"]: way for way in comparison["ways"]}
    assert {name: way["why_not"] for name, way in ways.items()} == dict.fromkeys(ways, "")
    assert all(way["each_once"] for way in ways.values())
    # With a lock around a generator no order is promised; every other way keeps it.
    assert all(way["in_order"] for name, way in ways.items() if name != "locked-generator")
    assert {name for name, way in ways.items() if way["processes"]} == {"fork", "fork-feed"}
    assert [method["why_not"] for method in comparison["start_methods"]] == ["", "", ""]
    if comparison["memory_why_not"]:
        pytest.skip(f"memory: {comparison['memory_why_not']}")
    outcomes = {case["case"]: case["outcome"] for case in comparison["memory"]}
    assert outcomes.pop("spawn", "copied") == "copied"  # left out where memory is short
    assert outcomes == {"nothing": "", "array-read": "shared", "array-written": "copied", "list-read": "copied"}


@pytest.mark.tensorflow
def test_a_gpu_that_is_asked_for_is_not_assumed(tf_python: Path, tmp_path: Path) -> None:
    if Path("/dev/nvidiactl").exists() or Path("/dev/dxg").exists():
        pytest.skip("this machine may have a GPU")
    done = wslgpu("smoke", str(project(tmp_path, tf_python)), "--device", "gpu", "--format", "json")
    assert done.returncode == 1, done.stderr
    assert [problem["slug"] for problem in json.loads(done.stdout)["problems"]] == ["smoke-device"]


@pytest.mark.tensorflow
def test_the_script_shows_the_same(tf_python: Path, tmp_path: Path) -> None:
    script = tmp_path / "show.py"
    script.write_text(wslgpu("smoke", "--script").stdout)
    done = subprocess.run([str(tf_python), str(script)], capture_output=True, text=True, timeout=600, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "PASSED" in done.stdout
