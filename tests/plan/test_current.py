"""When setup has nothing to do, and when it has."""

from __future__ import annotations

import json

import pytest

from wslgpu.plan.build import build_plan
from wslgpu.plan.current import digest_wish, find_current
from wslgpu.plan.desired import Desired, UpToDate
from wslgpu.plan.model import Plan, ProveStanding

FOLDER = "/home/u/train"
VENV = {
    "project.venv": {
        "value": {"kind": "folder", "size": 1, "writable": True, "target": ".wslgpu/venvs/a", "real": "/x"}
    },
    "project.venv_python": {"value": {"kind": "file", "size": 1, "writable": False, "real": "/usr/bin/python3.12"}},
}


def standing(facts_of, desired=None, **changes):
    """A machine with the environment that `desired` makes on it."""
    desired = desired or Desired(FOLDER)
    plan = build_plan(facts_of(), desired, today="2026-01-02")
    assert isinstance(plan, Plan)
    state = {**plan.describe_made(), "smoked": True, **changes}
    return facts_of({**VENV, "project.state": {"text": json.dumps(state)}})


def quick(facts, desired):
    return find_current(desired, facts.project, digest_wish(desired, facts.project, facts.cuda, facts.machine))


def test_the_same_wish_on_the_same_machine_has_nothing_to_do(facts_of):
    facts = standing(facts_of)
    assert isinstance(quick(facts, Desired(FOLDER)), UpToDate)
    assert isinstance(build_plan(facts, Desired(FOLDER), today="2026-01-03"), UpToDate)


def test_another_way_to_say_the_same_has_nothing_to_do_either(facts_of):
    facts, desired = standing(facts_of), Desired(FOLDER, profile="cpu", tensorflow="2.21")
    assert quick(facts, desired) is None
    assert isinstance(build_plan(facts, desired, today="2026-01-03"), UpToDate)


@pytest.mark.parametrize("wish", [{"tensorflow": "2.20"}, {"python": "3.13"}])
def test_another_wish_makes_a_plan(facts_of, wish):
    desired = Desired(FOLDER, **wish)
    assert quick(standing(facts_of), desired) is None
    assert not isinstance(build_plan(standing(facts_of), desired, today="2026-01-03"), UpToDate)


def test_an_unproved_environment_is_not_enough_unless_no_proof_is_asked_for(facts_of):
    facts = standing(facts_of, smoked=False)
    assert quick(facts, Desired(FOLDER)) is None
    assert isinstance(quick(facts, Desired(FOLDER, smoke=False)), UpToDate)
    plan = build_plan(facts, Desired(FOLDER), today="2026-01-03")
    assert isinstance(plan, Plan)
    assert plan.steps == (ProveStanding(f"{FOLDER}/.wslgpu/venvs/a", "cpu"),)


def test_a_venv_whose_interpreter_is_gone_is_made_anew(facts_of):
    facts = standing(facts_of)
    gone = {"value": {"kind": "broken", "size": 0, "writable": False, "real": "/x", "target": "/usr/bin/python3.12"}}
    state = {"text": json.dumps(dict(facts.project.state))}
    broken = facts_of({**VENV, "project.venv_python": gone, "project.state": state})
    assert quick(broken, Desired(FOLDER)) is None
    assert isinstance(build_plan(broken, Desired(FOLDER), today="2026-01-03"), Plan)
