"""This machine as a host: each kind of question, and what happens to those that hang, are refused, or have no answer."""

from __future__ import annotations

import os
import sys
import time
from pathlib import Path

import pytest

from wslgpu.system.answers import Absent, Content, Ran, Unknown, Value
from wslgpu.system.local import LocalHost, deadline_of, may_wait
from wslgpu.system.wants import (
    FindPrograms,
    Inspect,
    ListFolder,
    Machine,
    ReadFile,
    Registry,
    Run,
    RunPython,
    Space,
    Variable,
    Want,
)

HOST = LocalHost()
posix = pytest.mark.skipif(sys.platform == "win32", reason="asks for files of Linux")


def ask(want: Want) -> object:
    return HOST.ask([want])[want.id]


def test_a_file(tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(b"12345")
    assert ask(ReadFile("x", str(tmp_path / "a"))) == Content(b"12345")
    assert ask(ReadFile("x", str(tmp_path / "a"), limit=3)) == Content(b"123", truncated=True)
    assert ask(ReadFile("x", str(tmp_path / "none"))) == Absent()
    assert ask(ReadFile("x", str(tmp_path / "a" / "below"))) == Absent()
    folder = ask(ReadFile("x", str(tmp_path)))
    assert isinstance(folder, Unknown)


def test_only_the_blocks_that_match(tmp_path: Path) -> None:
    (tmp_path / "status").write_bytes(b"Package: a\nStatus: ok\n\nPackage: nvidia-x\nStatus: ok\n\nPackage: b\n")
    want = ReadFile("x", str(tmp_path / "status"), blocks=r"^Package: nvidia")
    assert ask(want) == Content(b"Package: nvidia-x\nStatus: ok")


@posix
def test_what_stands_at_a_path(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"1")
    (tmp_path / "link").symlink_to("file")
    (tmp_path / "broken").symlink_to("nowhere")
    kinds = {}
    for name in ("file", "link", "broken", "none", "."):
        answer = ask(Inspect("x", str(tmp_path / name)))
        kinds[name] = answer.value["kind"] if isinstance(answer, Value) else None
    assert kinds == {"file": "file", "link": "file", "broken": "broken", "none": None, ".": "folder"}
    device = ask(Inspect("x", "/dev/null"))
    assert isinstance(device, Value)
    assert device.value["kind"] == "device"


def test_names_in_a_folder(tmp_path: Path) -> None:
    for name in ("b.so", "a.so", "c.txt"):
        (tmp_path / name).touch()
    assert ask(ListFolder("x", str(tmp_path), "*.so")) == Value(["a.so", "b.so"])
    assert ask(ListFolder("x", str(tmp_path), limit=1)) == Value(["a.so"])
    assert ask(ListFolder("x", str(tmp_path / "none"))) == Absent()


def test_a_variable(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WSLGPU_TEST", "1")
    assert ask(Variable("x", "WSLGPU_TEST")) == Value("1")
    monkeypatch.delenv("WSLGPU_TEST")
    assert ask(Variable("x", "WSLGPU_TEST")) == Absent()


def test_room_of_a_folder_that_is_not_there_yet(tmp_path: Path) -> None:
    answer = ask(Space("x", str(tmp_path / "a" / "b")))
    assert isinstance(answer, Value)
    assert 0 < answer.value["free"] <= answer.value["total"]


def test_programs(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    answer = ask(FindPrograms("x", ("no-such-program-here",)))
    assert answer == Value({"no-such-program-here": None})


@posix
def test_programs_that_are_scripts_or_doubles_are_passed_over(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "real").write_bytes(b"\x7fELF")
    (tmp_path / "shim").write_text("#!/bin/sh\n")
    for name in ("real", "shim"):
        (tmp_path / name).chmod(0o755)
    (tmp_path / "double").symlink_to("real")
    monkeypatch.setenv("PATH", str(tmp_path))
    names = ("real", "double", "shim")
    every = ask(FindPrograms("x", names))
    assert every == Value({name: str(tmp_path / name) for name in names})
    compiled = ask(FindPrograms("x", names, compiled=True))
    assert compiled == Value({"real": str(tmp_path / "real"), "double": None, "shim": None})


def test_a_program_that_is_not_there() -> None:
    assert ask(Run("x", ("no-such-program-here",))) == Absent()


def test_a_script_for_python() -> None:
    answer = ask(RunPython("x", "import sys; print(sys.argv[1]); sys.exit(3)", ("a b",)))
    assert isinstance(answer, Ran)
    assert (answer.exit, answer.stdout.strip()) == (3, b"a b")


def test_a_python_script_sees_no_folder_and_no_variable_of_python(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PYTHONPATH", "/somewhere")
    answer = ask(RunPython("x", "import sys; print('/somewhere' in sys.path, '' in sys.path)"))
    assert isinstance(answer, Ran)
    assert answer.stdout.split() == [b"False", b"False"]


@posix
def test_a_program_that_hangs_is_ended_and_costs_the_others_nothing() -> None:
    wants = (Run("slow", ("sleep", "600"), deadline_s=0.5), Run("quick", ("true",)), Variable("v", "PATH"))
    answers = HOST.ask(wants)
    slow, quick = answers["slow"], answers["quick"]
    assert isinstance(slow, Unknown)
    assert slow.reason == "timed_out"
    assert isinstance(quick, Ran)
    assert quick.exit == 0
    assert isinstance(answers["v"], Value)


@posix
def test_a_program_that_ignores_its_end_is_ended_with_its_children(tmp_path: Path) -> None:
    note = tmp_path / "pid"
    script = f"trap '' TERM INT; sleep 600 & echo $! > {note}; wait"
    for deadline_s in (1.0, 5.0, 30.0, 120.0):  # on a slow machine the child has not begun after a second
        answer = ask(Run("x", ("sh", "-c", script), deadline_s=deadline_s))
        assert isinstance(answer, Unknown)
        if note.exists() and note.read_text():
            break
    child = int(note.read_text())
    for _ in range(1200):
        try:
            state = Path(f"/proc/{child}/stat").read_text().rpartition(")")[2].split()[0]
        except FileNotFoundError:
            break
        if state == "Z":  # ended; whoever is process 1 here may never reap it
            break
        time.sleep(0.05)
    else:
        pytest.fail("a grandchild lives on")


@pytest.mark.skipif(sys.platform == "win32" or os.getuid() == 0, reason="file modes do not stop this user")
def test_what_is_refused_is_unknown(tmp_path: Path) -> None:
    (tmp_path / "secret").write_bytes(b"1")
    (tmp_path / "secret").chmod(0)
    answer = ask(ReadFile("x", str(tmp_path / "secret")))
    assert isinstance(answer, Unknown)
    assert answer.reason == "denied"


@posix
def test_there_is_no_registry_here() -> None:
    answer = ask(Registry("x", "HKLM", "SOFTWARE"))
    assert isinstance(answer, Unknown)
    assert answer.reason == "not_applicable"


def test_this_machine() -> None:
    answer = ask(Machine())
    assert isinstance(answer, Value)
    assert answer.value["machine"]
    assert abs(answer.value["time"] - time.time()) < 60
    assert 1 <= answer.value["usable_cpus"] <= answer.value["cpus"]


def test_a_question_about_a_slow_mount_can_be_left_unanswered() -> None:
    assert may_wait(ReadFile("x", "/mnt/c/Users/x/.wslconfig"))
    assert may_wait(ListFolder("x", "/usr/lib/wsl/drivers"))
    assert not may_wait(ReadFile("x", "/etc/os-release"))
    assert deadline_of(ReadFile("x", "/mnt/c/x")) < 30
