"""An environment that lost a library, or whose packages were moved, is made anew; one that others disturb is not."""

from __future__ import annotations

import json
from typing import Any

import pytest

from wslgpu.facts.libraries import read_report
from wslgpu.plan.build import build_plan
from wslgpu.plan.desired import Desired, UpToDate
from wslgpu.plan.model import Plan
from wslgpu.plan.whole import describe_damage

VENV = {
    "project.venv": {"value": {"kind": "folder", "target": ".wslgpu/venvs/a"}},
    "project.venv_python": {"value": {"kind": "file"}},
}
LOCK = (
    "# lock\ntensorflow==2.21.0 \\\n    --hash=sha256:00\nnvidia-cudnn-cu12==9.3.0.75\nnvidia-cuda-nvcc-cu12==12.5.82\n"
)
PACKAGES = {"tensorflow": "2.21.0", "nvidia-cudnn-cu12": "9.3.0.75", "nvidia-cuda-nvcc-cu12": "12.5.82"}
TOOLS = {"ptxas": [{"path": "/v/ptxas", "origin": "wheel"}], "libdevice": [{"path": "/v/l.bc", "origin": "wheel"}]}


def report(library: dict[str, Any] | None = None, **changes: Any) -> dict[str, Any]:
    row = {"soname": "libcudnn.so.9", "origin": "wheel", "path": "/v/libcudnn.so.9", **(library or {})}
    return {"tensorflow": "2.21.0", "libraries": [row], "distributions": PACKAGES, "tools": TOOLS, **changes}


@pytest.mark.parametrize(
    ("told", "says"),
    [
        (report(), ""),
        (report({"origin": "missing", "path": None}), "libcudnn.so.9 is not found"),
        (report({"fault": "is empty"}), "libcudnn.so.9 is empty"),
        (report({"origin": "ld_library_path", "stub": True}), ""),
        (report({"origin": "ld_cache", "fault": "is empty"}), ""),
        (
            report(distributions={**PACKAGES, "nvidia-cudnn-cu12": "9.1.0.70"}),
            "nvidia-cudnn-cu12 is 9.1.0.70, the lock",
        ),
        (report(tools={**TOOLS, "ptxas": []}), "ptxas is gone"),
        (report(tools={**TOOLS, "libdevice": []}), "libdevice.10.bc is gone"),
        (report({"package": "nvidia-cudnn-cu12"}), ""),
        (report({"package": "nvidia-cudnn-cu13"}), "nvidia-cudnn-cu13 has written its libcudnn.so.9 over"),
        (report(tools=None), ""),
        (report(tensorflow=None), ""),
    ],
)
def test_damage_is_named(facts_of, told: dict[str, Any], says: str) -> None:
    project = facts_of({"project.lock_gpu": {"text": LOCK}}).project
    damage = describe_damage(read_report(told), project)
    assert says in damage
    assert bool(damage) is bool(says)


def test_what_was_not_asked_is_no_damage(facts_of) -> None:
    assert describe_damage(None, facts_of().project) == ""


@pytest.mark.parametrize("broken", [False, True])
def test_setup_makes_a_damaged_environment_anew(facts_of, broken: bool) -> None:
    desired = Desired("/home/u/train")
    plan = build_plan(facts_of(), desired, today="2026-01-02")
    assert isinstance(plan, Plan)
    state = {**plan.describe_made(), "smoked": True}
    told = report({"origin": "missing", "path": None} if broken else None, tools=None, distributions=None)
    answers = {**VENV, "project.state": {"text": json.dumps(state)}, "venv.libraries": {"value": told}}
    again = build_plan(facts_of(answers), desired, today="2026-01-02")
    if broken:
        assert isinstance(again, Plan)
        assert "made anew: libcudnn.so.9 is not found" in again.choices
    else:
        assert isinstance(again, UpToDate)
