"""A distribution answers through one sh: the same answers as a look at this machine, in every shell that is here."""

from __future__ import annotations

import os
import shutil
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from wslgpu.facts.gather import first_wants
from wslgpu.system.answers import Absent, Content, Ran, Unknown, Value
from wslgpu.system.distribution import VISIT_ID, DistributionHost
from wslgpu.system.distribution_reply import read_reply
from wslgpu.system.distribution_script import render_script
from wslgpu.system.local import LocalHost
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
)

SHELLS = [(name,) for name in ("dash", "bash", "sh") if shutil.which(name)]
if shutil.which("busybox"):
    SHELLS.append(("busybox", "sh"))


@pytest.fixture(params=SHELLS, ids=" ".join)
def host(request: pytest.FixtureRequest) -> Iterator[DistributionHost]:
    found = DistributionHost(request.param)
    yield found
    found.close()


def test_files_folders_and_links_read_as_they_do_here(host: DistributionHost, tmp_path: Path) -> None:
    folder = tmp_path / "it's a folder"
    folder.mkdir()
    (folder / "odd").write_bytes(b"\x00\xff\r\n@wslgpu-end\nno line end")
    (folder / "empty").touch()
    (folder / "link").symlink_to("odd")
    (folder / "broken").symlink_to("nowhere")
    wants = [
        ReadFile("odd", str(folder / "odd")),
        ReadFile("short", str(folder / "odd"), limit=3),
        ReadFile("empty", str(folder / "empty")),
        ReadFile("none", str(folder / "none")),
        ReadFile("blocks", "/etc/passwd", blocks="^root"),
        ReadFile("proc", "/proc/sys/kernel/osrelease"),
        ListFolder("all", str(folder)),
        ListFolder("some", str(folder), pattern="*t*"),
        ListFolder("no folder", str(folder / "none")),
        *(Inspect(name, str(folder / name)) for name in ("link", "broken")),
        Inspect("device", "/dev/null"),
        Inspect("nothing", str(folder / "none")),
    ]
    here, there = LocalHost().ask(wants), host.ask(wants)
    for want in wants:
        mine, its = here[want.id], there[want.id]
        if isinstance(want, Inspect) and isinstance(mine, Value) and isinstance(its, Value):
            same = ("kind", "target") if mine.value["kind"] == "broken" else ("kind", "real", "target")
            assert {key: its.value.get(key) for key in same} == {key: mine.value.get(key) for key in same}
        else:
            assert its == mine, want


@pytest.mark.parametrize("shell", SHELLS, ids=" ".join)
def test_a_file_that_this_user_may_not_open_is_there_all_the_same(shell: tuple[str, ...]) -> None:
    """dpkg's lock is root's alone: every user of a fresh Ubuntu meets it."""
    as_nobody = ("setpriv", "--reuid=65534", "--regid=65534", "--clear-groups")
    root = os.geteuid() == 0
    if root and not shutil.which("setpriv"):
        pytest.skip("no setpriv here, and root may open everything")
    with tempfile.TemporaryDirectory() as folder:
        Path(folder).chmod(0o755)
        path = Path(folder, "lock")
        path.write_bytes(b"12345")
        path.chmod(0o640 if root else 0)
        host = DistributionHost((*(as_nobody if root else ()), *shell))
        try:
            found = host.ask([Inspect("lock", str(path)), ReadFile("text", str(path))])
        finally:
            host.close()
    assert isinstance(found["lock"], Value), found["lock"]
    assert {key: found["lock"].value[key] for key in ("kind", "size", "writable")} == {
        "kind": "file",
        "size": 5,
        "writable": False,
    }
    assert isinstance(found["text"], Unknown)
    assert found["text"].reason == "denied"


def test_programs_variables_and_the_machine(host: DistributionHost, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WSLGPU_TEST", "a 'quoted' $VALUE\nof two lines")
    wants = [
        Variable("set", "WSLGPU_TEST"),
        Variable("unset", "WSLGPU_NONE"),
        FindPrograms("programs", ("sh", "no-such-program")),
        Run("ran", ("sh", "-c", "echo out; echo err >&2; exit 7")),
        Run("signal", ("sh", "-c", "kill -11 $$")),
        Run("missing", ("no-such-program",)),
        Run("env", ("sh", "-c", "echo $A"), env=(("A", "b c"),)),
        Space("space", "/"),
        Machine(),
    ]
    here, there = LocalHost().ask(wants), host.ask(wants)
    for name in ("set", "unset", "programs", "missing"):
        assert there[name] == here[name], name
    ran, signal, env = there["ran"], there["signal"], there["env"]
    assert isinstance(ran, Ran)
    assert (ran.exit, ran.stdout, ran.stderr) == (7, b"out\n", b"err\n")
    assert isinstance(signal, Ran)
    assert signal.exit == -11
    assert isinstance(env, Ran)
    assert env.stdout == b"b c\n"
    space, machine = there["space"], there["machine"]
    assert isinstance(space, Value)
    assert space.value["total"] > 0
    mine = here["machine"]
    assert isinstance(machine, Value)
    assert isinstance(mine, Value)
    same = ("system", "machine", "cpus", "usable_cpus", "uid", "home")
    assert {key: machine.value[key] for key in same} == {key: mine.value[key] for key in same}


def test_a_late_program_is_ended_with_its_children_and_costs_the_others_nothing(host: DistributionHost) -> None:
    mark = f"317.{time.monotonic_ns() % 10**6}"
    wants = [Run("late", ("sh", "-c", f"sleep {mark} & sleep {mark}"), deadline_s=1.0), Variable("home", "HOME")]
    answers = host.ask(wants)
    late = answers["late"]
    assert isinstance(late, Unknown)
    assert late.reason == "timed_out"
    assert isinstance(answers["home"], Value)
    if shutil.which("setsid"):
        end = time.monotonic() + 60  # they are killed, and end as soon as they get a core
        while (alive := _named(mark)) and time.monotonic() < end:
            time.sleep(0.05)
        assert not alive


def _named(mark: str) -> list[Path]:
    return [path for path in Path("/proc").glob("[0-9]*/cmdline") if mark.encode() in _read(path)]


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError:
        return b""


def test_a_second_question_needs_no_second_start_and_nothing_is_left(host: DistributionHost) -> None:
    before = set(Path("/tmp").glob("wslgpu.*"))
    first = host.ask([Run("pid", ("sh", "-c", "echo $PPID"))])
    again = host.ask([RunPython("python", "print(6 * 7)"), Registry("key", "HKLM", "X")])
    assert isinstance(first["pid"], Ran)
    python = again["python"]
    assert python == Absent() or (isinstance(python, Ran) and python.stdout == b"42\n")
    assert isinstance(again["key"], Unknown)
    assert set(Path("/tmp").glob("wslgpu.*")) <= before


def test_everything_that_doctor_asks_gets_an_answer(host: DistributionHost) -> None:
    wants = first_wants("/")
    answers = host.ask(wants)
    silent = [want.id for want in wants if isinstance(answers[want.id], Unknown)]
    assert [want_id for want_id in silent if answers[want_id].reason == "malformed"] == []  # type: ignore[union-attr]


@pytest.mark.parametrize(
    ("script", "code", "said"),
    [
        ("printf 'Error code: Wsl/Service/E_FAIL\\r\\n'; exit 255", 255, b"Error code: Wsl/Service/E_FAIL\r\n"),
        ("printf 'on stderr' >&2; exit 1", 1, b"on stderr"),
        # It says nothing more and has not ended yet: on a busy machine that is how any refusal may be met.
        ("printf 'on stderr' >&2; exec >&-; sleep 0.5; exit 1", 1, b"on stderr"),
    ],
)
def test_a_refusal_keeps_what_was_said(script: str, code: int, said: bytes) -> None:
    host = DistributionHost(("sh", "-c", script))
    answers = host.ask([Variable(VISIT_ID, "WSL_DISTRO_NAME"), Variable("home", "HOME")])
    visit = answers[VISIT_ID]
    assert isinstance(visit, Ran)
    assert (visit.exit, visit.stdout) == (code, said)
    assert isinstance(answers["home"], Unknown)
    assert isinstance(host.ask([Variable("user", "USER")])["user"], Unknown)  # and it is not tried again


def test_a_hang_is_ended() -> None:
    host = DistributionHost(("sleep", "317"), start_s=0.5)
    visit = host.ask([Variable(VISIT_ID, "WSL_DISTRO_NAME")])[VISIT_ID]
    assert isinstance(visit, Unknown)
    assert visit.reason == "timed_out"


def test_no_such_program() -> None:
    visit = DistributionHost(("no-such-wsl.exe",)).ask([Variable(VISIT_ID, "X")])[VISIT_ID]
    assert isinstance(visit, Unknown)


def test_words_before_the_reply_and_a_torn_reply() -> None:
    want = Variable("v", "V")
    whole = b"wsl: a warning\r\n\n@wslgpu-begin-t\n@0 text 3 0\nabc\n@1 text 2 0\nxy\n\n@wslgpu-end-t\n"
    assert read_reply(whole, [want, Variable("w", "W")], "t") == {"v": Value("abc"), "w": Value("xy")}
    for cut in range(len(whole)):
        assert set(read_reply(whole[:cut], [want, Variable("w", "W")], "t")) <= {"v", "w"}
    assert read_reply(b"nothing of ours", [want], "t") == {}


def test_a_script_that_arrives_in_part_runs_nothing(tmp_path: Path) -> None:
    import subprocess

    mark = tmp_path / "ran"
    script = render_script([Run("touch", ("touch", str(mark)))], "t")
    half = script[: script.rindex("collect")]
    subprocess.run(["sh"], input=half.encode(), capture_output=True, check=False)
    assert not mark.exists()


def test_content_is_cut_at_its_limit(host: DistributionHost, tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"abcdef")
    answers = host.ask([ReadFile("file", str(tmp_path / "file"), limit=4)])
    assert answers["file"] == Content(b"abcd", truncated=True)


def test_a_shell_that_stops_answering_keeps_what_it_said(tmp_path: Path) -> None:
    import os

    os.mkfifo(tmp_path / "blocks")
    for answer_s in (1.5, 15.0, 120.0):  # on a slow machine not even the first answer is there after so little
        host = DistributionHost(("sh",), answer_s=answer_s)
        try:
            host.ask([Variable(VISIT_ID, "WSL_DISTRO_NAME")])
            answers = host.ask(
                [Variable("home", "HOME"), ReadFile("fifo", str(tmp_path / "blocks")), Variable("user", "USER")]
            )
            assert isinstance(answers["fifo"], Unknown)
            assert answers["fifo"].reason == "timed_out"
            later = host.ask([Variable("path", "PATH")])["path"]
            assert isinstance(later, Unknown)
            assert later.reason == "unreachable"
        finally:
            host.close()
        if isinstance(answers["home"], Value):
            break
    assert isinstance(answers["home"], Value)
