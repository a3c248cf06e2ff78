"""The page's tables are those of the recorded measurement."""

from __future__ import annotations

import os
import re
import runpy
import subprocess
from pathlib import Path

import pytest

DOCS = Path(__file__).resolve().parents[2] / "docs"


def test_the_tables_of_the_page_are_made_from_the_record():
    script = runpy.run_path(str(DOCS / "make_feeds_table.py"))
    assert (DOCS / "feeds.md").read_text(encoding="utf-8") == script["page_with_tables"]()


def test_a_record_makes_a_table():
    script = runpy.run_path(str(DOCS / "make_feeds_table.py"))
    work = {
        "median": {"loader": {"single": 50.0, "feed2": 98.0}, "fit": {"single": 45.0}},
        "ratios": {"feed/fork": None, "feed/limit": 0.98},
        "parts": {"loader": {"date": "2026-01-01T10:00:00", "turns": 5, "seconds": 1.5}},
    }
    machine = {"cores": 2, "cpu": "synthetic", "memory_gib": 4, "kernel": "6", "python": "3.12", "load_before": [0.1]}
    run = {"date": "2026-01-02T10:00:00", "turns": 5, "seconds": 1.5, "quick": True}
    later = {**work, "parts": {"fit": run}}
    text = script["render_tables"]({"machine": machine, "workloads": {"heavy": work, "light": later}})
    assert "Measured 2026-01-01 and 2026-01-02 on 2 cores" in text
    assert "A quick run is among them" in text
    assert "| heavy | 50.0 | **98.0** |" in text
    assert "| heavy | - | 0.98 |" in text


@pytest.mark.tensorflow
def test_the_first_example_of_the_page_trains(tmp_path):
    python = os.environ.get("WSLGPU_TEST_TF_PYTHON")
    if not python:
        pytest.skip("WSLGPU_TEST_TF_PYTHON does not name a python that has TensorFlow")
    example = re.search(r"```python\n(.+?)```", (DOCS / "feeds.md").read_text(encoding="utf-8"), re.DOTALL).group(1)
    if "class Pictures" not in example:
        pytest.fail("the page no longer begins with a whole example")
    (tmp_path / "train.py").write_text(example, encoding="utf-8")
    environment = {**os.environ, "PYTHONPATH": str(DOCS.parent / "src"), "CUDA_VISIBLE_DEVICES": "-1"}
    done = subprocess.run(
        [python, "train.py"], cwd=tmp_path, env=environment, capture_output=True, text=True, timeout=120
    )
    assert done.returncode == 0, done.stderr[-2000:]
    assert "Epoch 2/2" in done.stdout
    assert "50/50" in done.stdout
