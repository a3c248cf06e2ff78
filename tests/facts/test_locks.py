"""What a lock says, and in what an environment is not what it says."""

from __future__ import annotations

import pytest

from wslgpu.facts.locks import Drift, find_drift, read_lock, read_lock_header

LOCK = """# Made by wslgpu 0.1.0 from cpu.in: every package with its version and hashes.
# wslgpu-inputs: 0a1b
# wslgpu-python: >=3.11
Flask_Thing==1.0 \\
    --hash=sha256:aa
    # via x==3
numpy[extra]==2.2.6 ; python_full_version < '3.14' \\
    --hash=sha256:bb
numpy==2.5.5 ; python_full_version >= '3.14' \\
    --hash=sha256:cc
colorama==0.4.6 ; sys_platform == 'win32' \\
    --hash=sha256:dd
odd==1.0 ; this is no marker \\
    --hash=sha256:ee
"""


@pytest.mark.parametrize(
    ("python", "numpy"), [((3, 11), "2.2.6"), ((3, 13, 5), "2.2.6"), ((3, 14, 0), "2.5.5"), ((3, 14), "2.5.5")]
)
def test_a_lock_is_read_for_one_python_on_linux(python, numpy):
    assert read_lock(LOCK, python) == {"flask-thing": "1.0", "numpy": numpy, "odd": "1.0"}


def test_a_header_tells_what_a_lock_was_made_from():
    assert read_lock_header(LOCK) == ("0a1b", ">=3.11")
    assert read_lock_header("numpy==2.0\n") == (None, None)


@pytest.mark.parametrize(
    ("installed", "drift"),
    [
        ({"flask-thing": "1.0", "numpy": "2.2.6", "odd": "1.0"}, Drift("cpu")),
        ({"flask-thing": "1.0.0", "numpy": "2.2.6", "odd": "1", "wslgpu-feeds": "9"}, Drift("cpu")),
        ({"flask-thing": "1.1", "numpy": "2.2.6", "odd": "1.0"}, Drift("cpu", other=(("flask-thing", "1.0", "1.1"),))),
        ({"flask-thing": "1.0", "odd": "1.0"}, Drift("cpu", missing=(("numpy", "2.2.6"),))),
        (
            {"flask-thing": "1.0", "numpy": "2.2.6", "odd": "1.0", "pandas": "2.3.3"},
            Drift("cpu", extra=(("pandas", "2.3.3"),)),
        ),
    ],
)
def test_drift_is_told_package_by_package(installed, drift):
    found = find_drift("cpu", LOCK, installed, (3, 12))
    assert found == drift
    assert found.differs == bool(drift.other or drift.missing)
    assert len(found.lines()) == len(drift.other) + len(drift.missing) + len(drift.extra)
