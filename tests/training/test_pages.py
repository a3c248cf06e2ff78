"""The measured pages are made from their evidence, and say what was not run."""

from __future__ import annotations

import runpy
from pathlib import Path
from typing import Any

import pytest

DOCS = Path(__file__).resolve().parents[2] / "docs"


def load(name: str) -> dict[str, Any]:
    return runpy.run_path(str(DOCS / f"{name}.py"))


@pytest.mark.parametrize(
    ("script", "page", "makes"),
    [
        ("make_matrix_page", "measured-matrix.md", "measured"),
        ("make_windows_page", "windows-training.md", "measured"),
        ("make_run_tables", "run.md", "page_with_tables"),
        ("make_smoke_table", "smoke.md", "page_with_tables"),
    ],
)
def test_nothing_on_the_page_is_typed(script: str, page: str, makes: str) -> None:
    assert (DOCS / page).read_text(encoding="utf-8") == load(script)[makes]()


def test_a_cell_says_what_it_is() -> None:
    describe = load("make_matrix_page")["describe_cell"]
    assert describe("fork", {"ran": False, "outcome": "not run: no Python 3.7 on this machine"}).startswith("not run")
    passed = {"ran": True, "outcome": "passed", "seconds_of": {"fork": 2.0}, "default_start_method": "forkserver"}
    assert describe("forkserver", passed) == "passed (fork 2.0 s, default still forkserver)"
    failed = {"ran": True, "outcome": "failed", "sentence": "Way fork: no batch came."}
    assert "**failed**: Way fork" in describe("fork", failed)
    hung = {"outcome": "hung", "limit_s": 90.0, "in_a_thread": "TypeError: cannot pickle it"}
    raised = {"outcome": "raised", "error": "TypeError: cannot pickle it"}
    assert describe("spawn", {"ran": True, "outcome": "", "ways": {"sequence": hung, "sequence-lock": raised}}) == (
        "plain: **hung** (no batch for 90 s); TypeError: cannot pickle it<br>with a lock: raised TypeError: cannot pickle it"
    )


def test_a_way_on_windows_says_what_it_is() -> None:
    page = load("make_windows_page")
    assert page["outcome"]({"outcome": "hung", "in_a_thread": "TypeError: x"}).startswith(
        "**hangs**: TypeError: x in a"
    )
    doubled = {"outcome": "trained", "in_order": False, "each_once_an_epoch": False, "batches": 16, "distinct": 5}
    assert page["order"](doubled).startswith("**16 came, 5 different")
    assert page["outcome"](None) == "not run"


@pytest.mark.parametrize(
    ("out", "hung", "outcome", "in_order"),
    [
        ('WAYS {"event": "imported", "import_s": 3.0}', True, "hung", None),
        ('WAYS {"event": "imported", "import_s": 3.0}', False, "ended", None),
        ('WAYS {"event": "ended", "outcome": "raised", "kind": "E", "text": "TypeError: no", "seconds": 1, "here": 1, "seen": []}', False, "raised", False),
        ('WAYS {"event": "ended", "outcome": "trained", "seconds": 1, "here": 1, "seen": %s}' % [[i, 2] for i in [*range(8), *range(8)]], False, "trained", True),
        ('WAYS {"event": "ended", "outcome": "trained", "seconds": 1, "here": 1, "seen": %s}' % [[i, 2] for i in [0, 0, *range(8)]], False, "trained", False),
    ],
)  # fmt: skip
def test_a_way_is_read_off_its_lines(out: str, hung: bool, outcome: str, in_order: bool | None) -> None:
    ways = runpy.run_path(str(DOCS.parent / "tests" / "benchmarks" / "ways.py"))
    said = ways["describe_way"](out, "wslgpu: [keras-pickle] cannot pickle /a/b/c\n", hung, 0, 1.0, 60)
    assert (said["outcome"], said.get("in_order")) == (outcome, in_order)
    assert said["named"] == [{"slug": "keras-pickle", "sentence": "cannot pickle ..."}]


def test_the_error_of_a_hang_is_the_thread_s_and_not_a_worker_s() -> None:
    ways = runpy.run_path(str(DOCS.parent / "tests" / "benchmarks" / "ways.py"))
    err = (
        "Exception in thread Thread-2:\nTypeError: cannot pickle it\nTraceback\nOSError: [WinError 6] Invalid handle\n"
    )
    said = ways["describe_way"]('WAYS {"event": "imported", "import_s": 3.0}', err, True, 0, 1.0, 60)
    assert said["in_a_thread"] == "TypeError: cannot pickle it"
    assert said["other_errors"] == ["OSError: [WinError 6] Invalid handle"]


IMPORTED, IMPORTING = ["starts", "imported"], ["starts"]


@pytest.mark.parametrize(
    ("looks", "says"),
    [
        pytest.param([(1, {}), (239, {"1": IMPORTING})], ["", ""], id="the import takes its time"),
        pytest.param([(1, {}), (241, {"1": IMPORTING})], ["", "late"], id="it is never imported"),
        pytest.param([(9, {"1": IMPORTED}), (71, {"1": IMPORTED})], ["", "hung"], id="nothing comes"),
        pytest.param(
            [(9, {"1": IMPORTED, "2": IMPORTING}), (200, {"1": IMPORTED, "2": IMPORTING}), (300, {"1": IMPORTED, "2": IMPORTED})],
            ["", "", "hung"], id="a worker's import stops the clock, and only that",
        ),
        pytest.param(
            [(9, {"1": IMPORTED}), (60, {"1": [*IMPORTED, "batch"]}), (115, {"1": [*IMPORTED, "batch"]})],
            ["", "", ""], id="a batch sets it back",
        ),
        pytest.param(
            [(at, {"1": IMPORTED, "2": IMPORTING}) for at in (9, 245, 250, 311)],
            ["", "", "", "hung"], id="a worker that died while it imported stops it for a while only",
        ),
        pytest.param(
            [(at, {"1": IMPORTED, **dict.fromkeys(range(at // 10), IMPORTED), at // 10: IMPORTING}) for at in range(10, 200, 10)],
            [""] * 13 + ["hung"] * 6, id="workers that are made anew for ever are a hang",
        ),
    ],
)  # fmt: skip
def test_a_hang_is_told_from_a_slow_import(looks: list[tuple[float, dict[str, list[str]]]], says: list[str]) -> None:
    progress = runpy.run_path(str(DOCS.parent / "tests" / "benchmarks" / "progress.py"))["Progress"](60.0, 0.0)
    said = [progress.look(notes, at) for at, notes in looks]
    assert said == says


def test_a_page_says_which_python_was_not_there() -> None:
    missing = load("make_matrix_page")["_render_missing"]
    cells = {"2.21.0 3.13 fork": {"outcome": "not run"}, "2.21.0 3.14 fork": {"outcome": "no wheel"}}
    assert missing({"cells": cells, "no_interpreter": ["3.13", "3.14"]}).endswith("TensorFlows has a wheel for 3.14.")
    assert missing({"cells": cells}) == ""
