"""Which profile, release and interpreter setup chooses, and why it refuses."""

from __future__ import annotations

import pytest

from tests.conftest import cuda_answer, python_answer
from wslgpu.plan.build import build_plan
from wslgpu.plan.desired import Desired
from wslgpu.plan.model import (
    FetchPython,
    Install,
    LinkLibraries,
    MakeVenv,
    Plan,
    Refusal,
    Resolve,
    SetAside,
    Smoke,
    Swap,
    UseLock,
)

FOLDER = "/home/u/train"


def plan_of(facts, **wish):
    return build_plan(facts, Desired(FOLDER, **wish), today="2026-01-02")


@pytest.mark.parametrize(
    ("cuda", "profile", "because"),
    [
        (cuda_answer(("NVIDIA GeForce RTX 3080", (8, 6))), "gpu", "RTX 3080"),
        (cuda_answer(code=100), "cpu", "cuInit says 100"),
        (cuda_answer(code=999), "cpu", "cuInit says 999"),
        (cuda_answer(), "cpu", "shows no card"),
        (
            {"exit": -6, "stdout": '{"step": "load", "name": "libcuda.so.1"}\n', "stderr": "munmap_chunk()"},
            "cpu",
            "munmap",
        ),
        ({"unknown": "timed_out", "detail": "20 s"}, "cpu", "timed out"),
        (
            {"exit": 0, "stdout": '{"step": "load", "name": null, "errors": ["no such file"]}\n'},
            "cpu",
            "no CUDA driver",
        ),
    ],
)
def test_profile_auto_takes_the_gpu_only_where_cuda_answers(facts_of, cuda, profile, because):
    plan = plan_of(facts_of({"cuda.probe": cuda}))
    assert isinstance(plan, Plan)
    assert plan.profile == profile
    assert because in plan.choices[0]
    assert any(isinstance(step, LinkLibraries) for step in plan.steps) == (profile == "gpu")


def test_a_card_without_kernels_in_any_wheel_gets_the_cpu_profile_and_says_why(facts_of):
    plan = plan_of(facts_of({"cuda.probe": cuda_answer(("NVIDIA GeForce RTX 5080", (12, 0)))}))
    assert isinstance(plan, Plan)
    assert plan.profile == "cpu"
    assert any("12.0" in choice or "Blackwell" in choice for choice in plan.choices)


def test_an_old_card_gets_the_pin_that_it_needs(facts_of):
    plan = plan_of(facts_of({"cuda.probe": cuda_answer(("NVIDIA GeForce GTX 1080", (6, 1)))}))
    assert isinstance(plan, Plan)
    assert plan.profile == "gpu"
    resolve = next(step for step in plan.steps if isinstance(step, Resolve))
    assert "nvidia-cudnn-cu12<9.11" in resolve.text


def test_gpu_asked_for_without_a_gpu_is_refused_before_it_costs_anything(facts_of):
    refused = plan_of(facts_of(), profile="gpu")
    assert isinstance(refused, Refusal)
    assert any("--no-smoke" in way for way in refused.ways)
    assert isinstance(plan_of(facts_of(), profile="gpu", smoke=False), Plan)


def test_python_3_14_never_ends_in_a_release_candidate(facts_of):
    only_314 = {
        "python.programs": {"value": {"python3.14": "/usr/bin/python3.14"}},
        "python.probe.python3.14": python_answer("3.14.2"),
        "python.probe.python3.12": {"absent": True},
    }
    with_uv = plan_of(facts_of(only_314))
    assert isinstance(with_uv, Plan)
    assert isinstance(with_uv.steps[0], FetchPython)
    assert set(with_uv.steps[0].versions) <= {"3.10", "3.11", "3.12", "3.13"}
    assert with_uv.tensorflow == "2.21.0"
    without = plan_of(facts_of({**only_314, "python.uv": {"value": {"uv": None}}}))
    assert isinstance(without, Refusal)
    assert len(without.ways) == 2
    assert "3.14" in without.why


@pytest.mark.parametrize("flaw", [{"is_conda": True}, {"bits": 32}, {"prerelease": True}, {"implementation": "PyPy"}])
def test_an_interpreter_that_cannot_serve_is_passed_over(facts_of, flaw):
    plan = plan_of(facts_of({"python.probe.python3.12": python_answer("3.12.3", **flaw)}))
    assert isinstance(plan, Plan)
    assert isinstance(plan.steps[0], FetchPython)


def test_a_python_of_conda_is_named_for_what_it_is(facts_of):
    """The plan said that TensorFlow had no wheels for the 3.12 that was there."""
    conda = {"python.probe.python3.12": python_answer("3.12.3", is_conda=True)}
    plan = plan_of(facts_of(conda), python="3.12")
    assert isinstance(plan, Plan)
    told = "because no Python 3.12 that can be used is here; found: 3.12 (conda's, which is not used)"
    assert any(told in choice for choice in plan.choices)
    refused = plan_of(facts_of({**conda, "python.uv": {"value": {"uv": None}}}))
    assert isinstance(refused, Refusal)
    assert "conda's" in refused.why


def test_without_uv_only_a_python_that_can_make_venvs_serves(facts_of):
    no_venv = {"python.probe.python3.12": python_answer("3.12.3", ensurepip=False)}
    assert isinstance(plan_of(facts_of({**no_venv, "python.uv": {"value": {"uv": None}}})), Refusal)
    assert isinstance(plan_of(facts_of(no_venv)), Plan)


def test_an_unknown_tensorflow_is_refused_with_the_nearest(facts_of):
    refused = plan_of(facts_of(), tensorflow="2.99")
    assert isinstance(refused, Refusal)
    assert refused.usage
    assert "2.21" in refused.ways[0]


def test_a_python_that_the_release_has_no_wheels_for_is_refused(facts_of):
    refused = plan_of(facts_of(), python="3.8")
    assert isinstance(refused, Refusal)
    assert refused.usage
    assert "3.12" in refused.why


def test_the_projects_own_requirement_chooses_the_release(facts_of):
    plan = plan_of(facts_of({"project.requirements": {"text": "tensorflow<2.20  # for now\nnumpy\n"}}))
    assert isinstance(plan, Plan)
    assert plan.tensorflow == "2.19.1"
    assert any("tensorflow<2.20" in choice for choice in plan.choices)


def test_the_plan_of_a_bare_machine(facts_of):
    plan = plan_of(facts_of())
    assert isinstance(plan, Plan)
    assert [type(step) for step in plan.steps][:3] == [MakeVenv, Resolve, Install]
    make, swap = plan.steps[0], plan.steps[-1]
    assert isinstance(make, MakeVenv)
    assert isinstance(swap, Swap)
    assert make.path.startswith(f"{FOLDER}/.wslgpu/venvs/")
    assert swap == Swap(f"{FOLDER}/.venv", make.path.removeprefix(f"{FOLDER}/"))
    assert any(isinstance(step, Smoke) for step in plan.steps)
    assert plan.download
    assert plan.disk


@pytest.mark.parametrize(
    ("changes", "slug"),
    [
        (
            {"project.folder": {"value": {"kind": "file", "size": 1, "writable": True, "real": FOLDER}}},
            "folder-not-usable",
        ),
        (
            {"project.folder": {"value": {"kind": "folder", "size": 1, "writable": False, "real": FOLDER}}},
            "folder-not-usable",
        ),
        (
            {"project.folder": {"value": {"kind": "folder", "size": 1, "writable": True, "real": "/mnt/c/u"}}},
            "venv-on-drvfs",
        ),
        (
            {"mounts": {"text": "22 1 8:1 / / rw - ext4 /dev/sdc rw\n30 22 0:50 / /home rw,noexec - ext4 /dev/sdd rw\n"}},
            "folder-not-usable",
        ),
        (
            {"project.venv": {"value": {"kind": "folder", "size": 1, "writable": True, "real": f"{FOLDER}/.venv"}}},
            "venv-foreign",
        ),
    ],
)
def test_a_folder_that_cannot_serve_is_refused_as_bad_input(facts_of, changes, slug):
    refused = plan_of(facts_of(changes))
    assert isinstance(refused, Refusal)
    assert refused.slug == slug
    assert refused.usage
    assert refused.ways


def test_a_foreign_venv_is_moved_aside_when_that_is_asked_for(facts_of):
    foreign = {"project.venv": {"value": {"kind": "folder", "size": 1, "writable": True, "real": f"{FOLDER}/.venv"}}}
    plan = plan_of(facts_of(foreign), replace=True)
    assert isinstance(plan, Plan)
    assert SetAside(f"{FOLDER}/.venv", f"{FOLDER}/.venv.before-wslgpu-2026-01-02") in plan.steps


def test_too_little_room_is_refused_before_anything_is_spent(facts_of):
    refused = plan_of(facts_of({"project.space": {"value": {"free": 1_000_000, "total": 2_000_000}}}))
    assert isinstance(refused, Refusal)
    assert refused.slug == "disk-full"


def test_a_lock_made_from_the_same_inputs_is_used_and_its_python_kept(facts_of):
    two = {
        "python.programs": {"value": {"python3.12": "/usr/bin/python3.12", "python3.13": "/usr/bin/python3.13"}},
        "python.probe.python3.13": python_answer("3.13.1"),
    }
    first = plan_of(facts_of(two))
    assert isinstance(first, Plan)
    lock = {"project.lock_cpu": {"text": f"# wslgpu-inputs: {first.inputs}\n# wslgpu-python: 3.13\nnumpy==2.0\n"}}
    second = plan_of(facts_of({**two, **lock}))
    assert isinstance(second, Plan)
    assert second.python == "3.13"
    assert any(isinstance(step, UseLock) for step in second.steps)
    stale = {"project.lock_cpu": {"text": "# wslgpu-inputs: 0\n# wslgpu-python: 3.13\nnumpy==2.0\n"}}
    third = plan_of(facts_of({**two, **stale}))
    assert isinstance(third, Plan)
    assert any(isinstance(step, Resolve) for step in third.steps)
