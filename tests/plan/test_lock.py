"""A team's locks: which, for whom, and which of them setup takes."""

from __future__ import annotations

import json

import pytest

from tests.conftest import FOLDER, cuda_answer, python_answer
from wslgpu.facts.locks import LOCK_NAMES
from wslgpu.facts.project import lock_id
from wslgpu.knowledge.compat import generations
from wslgpu.plan.build import build_plan
from wslgpu.plan.desired import Desired, UpToDate
from wslgpu.plan.lock import plan_locks
from wslgpu.plan.model import MakeVenv, Plan, Refusal, Resolve, UseLock
from wslgpu.plan.python_wish import allows, is_wish

TODAY = "2026-01-02"
BOTH = ("cpu", "gpu")
CARDS = {"gpu": ("RTX 3080", (8, 6)), "gpu-pascal": ("GTX 1080", (6, 1)), "gpu-volta": ("Titan V", (7, 0))}


def locks_of(facts, desired=None, profiles=BOTH):
    planned = plan_locks(facts, desired or Desired(FOLDER), profiles, today=TODAY)
    assert not isinstance(planned, Refusal)
    return {lock.name: lock for lock in planned[0]}


def as_answer(lock, packages="tensorflow-cpu==2.21.0 \\\n    --hash=sha256:00\n"):
    return {lock_id(lock.name): {"text": lock.step.header + packages}}


def test_there_is_one_lock_a_profile_and_one_a_generation_that_needs_other_packages(facts_of):
    locks = locks_of(facts_of())
    assert set(locks) == {"cpu", "gpu", "gpu-pascal", "gpu-volta"}
    assert "nvidia-cudnn-cu12<9.11" in locks["gpu-pascal"].step.text
    assert "nvidia-cudnn" not in locks["gpu"].step.text
    assert "Pascal" in locks["gpu-pascal"].told
    assert "a card of" not in locks["gpu-pascal"].step.text, "a made-up card is told of"


def test_cards_that_the_release_has_no_kernels_for_are_named(facts_of):
    planned = plan_locks(facts_of(), Desired(FOLDER), ("gpu",), today=TODAY)
    assert not isinstance(planned, Refusal)
    assert any("Blackwell" in note and "Maxwell" in note for note in planned[1])


def test_a_release_before_cudnn_moved_on_needs_one_lock_for_all_cards(facts_of):
    assert set(locks_of(facts_of(), Desired(FOLDER, tensorflow="2.18"))) >= {"cpu", "gpu"}
    assert "gpu-pascal" not in locks_of(facts_of(), Desired(FOLDER, tensorflow="2.18"))


@pytest.mark.parametrize(
    ("wish", "lowest", "python"),
    [
        (None, "3.10", ">=3.10"),
        (">=3.11", "3.11", ">=3.11"),
        (">=3.11,<3.13", "3.11", ">=3.11"),
        ("3.12", "3.12", "3.12"),
        ("3.12.4", "3.12", "3.12"),
    ],
)
def test_the_lowest_python_that_is_allowed_decides(facts_of, wish, lowest, python):
    lock = locks_of(facts_of(), Desired(FOLDER, python=wish))["cpu"]
    assert (lock.lowest, lock.step.python) == (lowest, python)


def test_a_python_without_wheels_is_refused(facts_of):
    refused = plan_locks(facts_of(), Desired(FOLDER, python="3.9"), BOTH, today=TODAY)
    assert isinstance(refused, Refusal)
    assert refused.usage


def test_every_name_that_setup_may_choose_is_read(facts_of):
    for generation in generations():
        for capability in generation.compute_capabilities:
            card = cuda_answer((generation.name, capability))
            plan = build_plan(facts_of({"cuda.probe": card}), Desired(FOLDER, smoke=False), today=TODAY)
            if isinstance(plan, Plan) and plan.profile == "gpu":
                special = f"gpu-{generation.name.lower()}"
                assert plan.lock in LOCK_NAMES
                assert plan.lock in ("gpu", special)


@pytest.mark.parametrize("name", sorted(CARDS))
@pytest.mark.parametrize("python", ["3.11.2", "3.13.5"])
def test_setup_takes_the_lock_of_its_card_for_any_python_that_it_is_for(facts_of, name, python):
    desired = Desired(FOLDER, python=">=3.11")
    locks = locks_of(facts_of(), desired)
    answers = {key: value for lock in locks.values() for key, value in as_answer(lock).items()}
    minor = python.rpartition(".")[0]
    facts = facts_of(
        {
            **answers,
            "cuda.probe": cuda_answer(CARDS[name]),
            "python.programs": {"value": {f"python{minor}": f"/usr/bin/python{minor}"}},
            "python.probe.python3.12": {"absent": True},
            f"python.probe.python{minor}": python_answer(python),
        }
    )
    plan = build_plan(facts, desired, today=TODAY)
    assert isinstance(plan, Plan)
    assert UseLock(f"{FOLDER}/requirements/{name}.lock") in plan.steps
    assert not any(isinstance(step, Resolve) for step in plan.steps)
    assert next(step for step in plan.steps if isinstance(step, MakeVenv)).version == minor


@pytest.mark.parametrize(
    ("changes", "why"),
    [({"packages": ("pandas",)}, "other requirements"), ({"python": ">=3.10"}, "it is for Python >=3.13")],
)
def test_a_lock_that_does_not_fit_is_made_anew_and_setup_says_why(facts_of, changes, why):
    lock = locks_of(facts_of(), Desired(FOLDER, python=">=3.13"))["cpu"]
    plan = build_plan(facts_of(as_answer(lock)), Desired(FOLDER, profile="cpu", **changes), today=TODAY)
    assert isinstance(plan, Plan)
    assert any(isinstance(step, Resolve) for step in plan.steps)
    assert any(why in choice for choice in plan.choices)


def test_a_lock_is_current_while_its_requirements_are_the_same(facts_of):
    lock = locks_of(facts_of())["cpu"]
    assert not lock.current
    again = facts_of(as_answer(lock))
    assert locks_of(again)["cpu"].current
    assert not locks_of(again, Desired(FOLDER, tensorflow="2.20"))["cpu"].current


@pytest.mark.parametrize(
    ("packages", "anew"),
    [
        ({"tensorflow-cpu": "2.21.0", "numpy": "2.2.6"}, ""),
        ({"tensorflow-cpu": "2.21.0", "numpy": "2.2.6", "pandas": "2.3.3"}, ""),
        ({"tensorflow-cpu": "2.21.0", "numpy": "2.1.0"}, "numpy is 2.1.0, the lock says 2.2.6"),
        ({"tensorflow-cpu": "2.21.0"}, "numpy 2.2.6 is missing"),
    ],
)
def test_setup_makes_an_environment_anew_that_is_not_what_its_lock_says(facts_of, packages, anew):
    lock = locks_of(facts_of())["cpu"]
    pinned = "tensorflow-cpu==2.21.0 \\\n    --hash=sha256:00\nnumpy==2.2.6 \\\n    --hash=sha256:00\n"
    desired = Desired(FOLDER)
    first = build_plan(facts_of(as_answer(lock, pinned)), desired, today=TODAY)
    assert isinstance(first, Plan)
    standing = {
        **as_answer(lock, pinned),
        "project.venv": {"value": {"kind": "folder", "target": ".wslgpu/venvs/a"}},
        "project.venv_python": {"value": {"kind": "file"}},
        "project.state": {"text": json.dumps({**first.describe_made(), "smoked": True})},
        "venv.config": {"text": "home = /usr/bin\nversion = 3.12.3\n"},
        "venv.lib": {"value": ["python3.12"]},
        "venv.packages": {"value": packages},
    }
    again = build_plan(facts_of(standing), desired, today=TODAY)
    if anew:
        assert isinstance(again, Plan)
        assert f"made anew: {anew}" in again.choices
        assert any(isinstance(step, UseLock) for step in again.steps)
    else:
        assert isinstance(again, UpToDate)


@pytest.mark.parametrize(
    ("wish", "version", "meant"),
    [
        ("3.12", (3, 12, 4), True),
        ("3.12.4", (3, 12, 4), True),
        ("3.12.4", (3, 12, 3), False),
        ("3.12.4", (3, 12), True),
        ("3.1", (3, 12), False),
        (">=3.11", (3, 13), True),
        (">=3.11", (3, 10, 9), False),
        (">=3.11.4", (3, 11), True),
        (">=3.11,<3.13", (3, 13), False),
    ],
)
def test_which_python_is_meant(wish, version, meant):
    assert is_wish(wish)
    assert allows(wish, version) is meant


@pytest.mark.parametrize("text", ["", "three", "3", ">=three", "3.12; rm", ">="])
def test_what_is_no_python(text):
    assert not is_wish(text)
