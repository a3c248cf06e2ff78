"""Reading the probe's answer: every shape that a machine or a recording by hand may give."""

from __future__ import annotations

import json

import pytest

from wslgpu.facts.libraries import WANT_ID, Library, Link, VenvLibraries, ask_libraries, links_needed, read_libraries
from wslgpu.system.answers import Absent, Answer, Answers, Ran, Unknown

NVIDIA = "/venv/lib/python3.12/site-packages/nvidia"


def read(answer: Answer) -> VenvLibraries | Unknown | None:
    return read_libraries(Answers({WANT_ID: answer}))


def told(**report: object) -> VenvLibraries:
    found = read(Ran(0, json.dumps(report).encode()))
    assert isinstance(found, VenvLibraries)
    return found


def test_the_want_runs_the_venvs_own_python() -> None:
    want = ask_libraries("/venv/bin/python")
    assert (want.id, want.python) == (WANT_ID, "/venv/bin/python")
    compile(want.script, "probe", "exec")
    assert len(want.script.encode()) < 100_000  # it travels as one argument; Linux takes 128 KiB
    for line in want.script.splitlines():
        assert not line.startswith(("import wslgpu", "from wslgpu", "from __future__"))


def test_a_python_that_is_gone_is_none() -> None:
    assert read(Absent()) is None


@pytest.mark.parametrize(
    ("answer", "reason"),
    [
        (Unknown("timed_out", "10 s"), "timed_out"),
        (Ran(1, b"", b"Traceback\nModuleNotFoundError: No module named 'ast'\n"), "crashed"),
        (Ran(-11), "crashed"),
        (Ran(0, b"no JSON"), "malformed"),
        (Ran(0, b"[1, 2]"), "malformed"),
        (Ran(0, b"\xff\xfe"), "malformed"),
    ],
)
def test_what_could_not_be_told_is_unknown(answer: Answer, reason: str) -> None:
    found = read(answer)
    assert isinstance(found, Unknown)
    assert found.reason == reason


def test_an_answer_that_is_not_there_is_not_recorded() -> None:
    found = read_libraries(Answers({}))
    assert isinstance(found, Unknown)
    assert found.reason == "not_recorded"


def test_an_empty_report_has_nothing_and_raises_nothing() -> None:
    found = told()
    assert (found.tensorflow, found.libraries, found.ptxas, found.hinders) == (None, (), (), ())
    assert links_needed(found) == ()


@pytest.mark.parametrize(
    "junk", [None, 3, "text", [], [3], {"name": 4}, [{"soname": 5, "origin": "elsewhere"}], [None]]
)
def test_junk_in_any_field_raises_nothing(junk: object) -> None:
    for key in ("python", "tensorflow", "libraries", "tools", "distributions", "ld_library_path", "ld_preload"):
        links_needed(told(**{key: junk}))


def test_a_library_as_it_is_told() -> None:
    row = {
        "name": "cudnn",
        "soname": "libcudnn.so.9",
        "path": f"{NVIDIA}/cudnn/lib/libcudnn.so.9",
        "origin": "wheel",
        "version": "9.3.0.75",
        "essential": True,
    }
    library = told(libraries=[row]).find("cudnn")
    assert library == Library(
        "cudnn", "libcudnn.so.9", f"{NVIDIA}/cudnn/lib/libcudnn.so.9", "wheel", "9.3.0.75", 9, essential=True
    )
    assert library.usable


@pytest.mark.parametrize(
    ("change", "usable"),
    [({}, True), ({"origin": "missing"}, False), ({"fault": "is empty"}, False), ({"stub": True}, False)],
)
def test_usable(change: dict[str, object], usable: bool) -> None:
    row = {"name": "cufft", "soname": "libcufft.so.11", "origin": "ld_cache", "essential": True, **change}
    found = told(libraries=[row])
    assert found.libraries[0].usable is usable
    assert (found.hinders == ()) is usable


def missing(name: str, soname: str, folder: str, searched: list[str], essential: bool = True) -> dict[str, object]:
    present = f"{NVIDIA}/{folder}/lib/{soname}"
    return {
        "name": name,
        "soname": soname,
        "origin": "missing",
        "present_at": present,
        "searched": searched,
        "essential": essential,
    }


def test_a_link_goes_where_tensorflow_looks_and_stays_inside_the_environment() -> None:
    searched = ["/usr/local/cuda/lib64", "/other/nvidia/cublas/lib", f"{NVIDIA}/cublas/lib", f"{NVIDIA}/cudnn/lib"]
    found = told(libraries=[missing("cusolver", "libcusolver.so.11", "cusolver", searched)])
    assert links_needed(found) == (
        Link(f"{NVIDIA}/cublas/lib/libcusolver.so.11", "../../cusolver/lib/libcusolver.so.11"),
    )


def test_no_link_where_nothing_is_installed_or_nobody_looks_or_nobody_asks() -> None:
    nowhere = missing("cusolver", "libcusolver.so.11", "cusolver", ["/usr/local/cuda/lib64"])
    curand = missing("curand", "libcurand.so.10", "curand", [f"{NVIDIA}/cublas/lib"], essential=False)
    absent = {**missing("cufft", "libcufft.so.11", "cufft", [f"{NVIDIA}/cublas/lib"]), "present_at": None}
    assert links_needed(told(libraries=[nowhere, curand, absent])) == ()
