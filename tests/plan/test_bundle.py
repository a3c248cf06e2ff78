"""`setup --offline` over a bundle: its own lock is used where it fits, and what cannot be installed here is refused."""

from __future__ import annotations

import pytest

from tests.conftest import cuda_answer, python_answer
from wslgpu.facts.bundle import Bundle, Wheel, read_bundle, read_wheel, wants_of_bundle
from wslgpu.plan.build import build_plan
from wslgpu.plan.desired import Desired
from wslgpu.plan.model import MakeVenv, Plan, Refusal, Resolve, UseLock
from wslgpu.system.recording import read_recording

FOLDER, STICK = "/home/u/train", "/mnt/usb/bundle"
CARD = {"cuda.probe": cuda_answer(("NVIDIA GeForce RTX 3080", (8, 6)))}
PASCAL = {"cuda.probe": cuda_answer(("NVIDIA GeForce GTX 1080", (6, 1)))}
HEAD = "# wslgpu-inputs: 0123\n# wslgpu-python: >=3.11\n"


def lock(*pins):
    return HEAD + "".join(f"{pin} \\\n    --hash=sha256:00\n" for pin in ("pip==26.0", *pins))


CPU = lock("tensorflow-cpu==2.20.0", "numpy==2.0.0", "pandas==2.3.1", 'tomli==2.0.1 ; python_version < "3.11"')
GPU = lock("tensorflow==2.21.0", "nvidia-cudnn-cu12==9.14.0.64", "numpy==2.0.0")


def bundle_of(tag="cp312-cp312-manylinux_2_27_x86_64", **locks):
    files = [f"tensorflow_cpu-2.20.0-{tag}.whl"] if "cpu" in locks else []
    files += [f"tensorflow-2.21.0-{tag}.whl", "nvidia_cudnn_cu12-9.14.0.64-py3-none-manylinux_2_27_x86_64.whl"] * (
        "gpu" in locks
    )
    files += ["numpy-2.0.0-cp312-cp312-manylinux_2_17_x86_64.manylinux2014_x86_64.whl", "pip-26.0-py3-none-any.whl"]
    files += ["pandas-2.3.1-py3-none-any.whl"]
    return Bundle(
        STICK, tuple(filter(None, map(read_wheel, files))), {n.replace("_", "-"): t for n, t in locks.items()}
    )


def plan_of(facts, bundle, **wish):
    return build_plan(facts, Desired(FOLDER, offline=STICK, **wish), today="2026-01-02", bundle=bundle)


def lock_step(plan):
    return next(step for step in plan.steps if isinstance(step, (UseLock, Resolve)))


@pytest.mark.parametrize(
    ("file", "wheel"),
    [
        (
            "tensorflow_cpu-2.21.0-cp312-cp312-manylinux_2_27_x86_64.whl",
            Wheel("tensorflow-cpu", "2.21.0", ("3.12",), ("x86_64",)),
        ),
        ("numpy-2.0.0-cp311-cp311-manylinux_2_17_aarch64.manylinux2014_aarch64.whl",
         Wheel("numpy", "2.0.0", ("3.11",), ("aarch64",))),
        ("h5py-3.1-1-cp39.cp310-abi3-linux_x86_64.whl", Wheel("h5py", "3.1", (), ("x86_64",))),
        ("six-1.17.0-py2.py3-none-any.whl", Wheel("six", "1.17.0", (), ())),
        ("notes.whl", None),
    ],
)  # fmt: skip
def test_a_wheel_says_by_its_name_whom_it_is_for(file, wheel):
    assert read_wheel(file) == wheel


def test_the_bundles_lock_decides_where_the_project_says_nothing(facts_of):
    """The newest TensorFlow that wslgpu knows is another one: the team's is taken."""
    plan = plan_of(facts_of(), bundle_of(cpu=CPU))
    assert isinstance(plan, Plan)
    assert (plan.tensorflow, plan.profile, plan.python) == ("2.20.0", "cpu", "3.12")
    assert lock_step(plan) == UseLock(f"{FOLDER}/requirements/cpu.lock", f"{STICK}/cpu.lock")
    assert "profile cpu: what the bundle holds" in plan.choices
    assert "TensorFlow 2.20.0: what the bundle holds" in plan.choices
    assert plan.download == 0


def test_a_machine_with_a_card_takes_the_profile_that_the_bundle_is_for(facts_of):
    assert plan_of(facts_of(CARD), bundle_of(cpu=CPU)).profile == "cpu"
    assert plan_of(facts_of(CARD), bundle_of(cpu=CPU, gpu=GPU)).profile == "gpu"
    assert lock_step(plan_of(facts_of(CARD), bundle_of(gpu=GPU))).source == f"{STICK}/gpu.lock"


def test_the_python_is_the_one_that_the_wheels_are_for(facts_of):
    machine = {
        "python.programs": {"value": {"python3.12": "/usr/bin/python3.12", "python3.13": "/usr/bin/python3.13"}},
        "python.probe.python3.13": python_answer("3.13.1"),
    }
    plan = plan_of(facts_of(machine), bundle_of("cp312-cp312-manylinux_2_27_x86_64", cpu=CPU), python=">=3.11")
    assert plan.python == "3.12"
    assert next(step for step in plan.steps if isinstance(step, MakeVenv)).python == "/usr/bin/python3.12"


def test_the_wish_is_remembered_as_it_was_typed(facts_of):
    """So that the short look finds at once that there is nothing to do."""
    from wslgpu.plan.current import digest_wish

    facts = facts_of()
    asked = Desired(FOLDER, offline=STICK)
    assert plan_of(facts, bundle_of(cpu=CPU)).wish == digest_wish(asked, facts.project, facts.cuda, facts.machine)


@pytest.mark.parametrize(
    ("requirements", "lacking"),
    [
        ("pandas>=2\nnumpy\n", ""),
        ("pandas>=3\n", "pandas>=3"),
        ("scipy\n", "scipy"),
        ("scipy; python_version < '3.0'\n", ""),
        ("-r base.txt\n", "-r base.txt"),
        ("tensorflow>=2.19\n", ""),
    ],
)
def test_a_project_with_needs_of_its_own_gets_the_lock_only_where_it_holds_them(facts_of, requirements, lacking):
    plan = plan_of(facts_of({"project.requirements": {"text": requirements}}), bundle_of(cpu=CPU))
    assert isinstance(plan, Plan)
    step = lock_step(plan)
    assert isinstance(step, Resolve if lacking else UseLock)
    assert not lacking or any(f"does not hold `{lacking}`" in choice for choice in plan.choices)


def test_the_projects_own_lock_comes_first(facts_of):
    first = plan_of(facts_of(), bundle_of(cpu=CPU))
    own = f"# wslgpu-inputs: {first.inputs}\n# wslgpu-python: 3.12\ntensorflow-cpu==2.20.0\n"
    plan = plan_of(facts_of({"project.lock_cpu": {"text": own}}), bundle_of(cpu=CPU))
    assert lock_step(plan) == UseLock(f"{FOLDER}/requirements/cpu.lock")


def test_another_lock_gives_way_to_the_bundles_and_the_same_one_is_not_spoken_of(facts_of):
    source = f"{STICK}/cpu.lock"
    for text, told in ((CPU, False), (CPU.replace("0123", "4567"), True)):
        plan = plan_of(facts_of({"project.lock_cpu": {"text": text}}), bundle_of(cpu=CPU))
        assert lock_step(plan).source == source
        assert any("requirements/cpu.lock gives way" in choice for choice in plan.choices) is told


def test_a_folder_filled_by_hand_is_resolved_from(facts_of):
    plan = plan_of(facts_of(), bundle_of())
    assert isinstance(lock_step(plan), Resolve)
    assert plan.tensorflow != "2.20.0"


@pytest.mark.parametrize(
    ("machine", "bundle", "wish", "said"),
    [
        (
            {},
            bundle_of("cp312-cp312-manylinux_2_27_aarch64", cpu=CPU),
            {},
            "is for aarch64, and this machine is x86_64",
        ),
        ({}, bundle_of("cp313-cp313-manylinux_2_27_x86_64", cpu=CPU), {}, "are for Python 3.13; found here: 3.12"),
        ({}, bundle_of(cpu=CPU), {"python": "3.11"}, "are for Python 3.12; Python 3.11 was asked for"),
        ({}, bundle_of(cpu=CPU), {"profile": "gpu"}, "is for the profile cpu, not for gpu"),
        ({}, bundle_of(cpu=CPU), {"tensorflow": "2.21"}, "has TensorFlow 2.20.0, and another one was asked for"),
        ({}, bundle_of(gpu=GPU), {}, "is for the profile gpu, which could not be proved here"),
        (PASCAL, bundle_of(gpu=GPU), {}, "holds gpu.lock, and this card needs gpu-pascal.lock"),
        ({}, bundle_of(cpu=CPU + "scipy==1.0\n"), {}, "is not whole: of its cpu.lock it lacks scipy 1.0"),
    ],
    ids=["machine", "python", "python asked for", "profile", "release", "no card", "old card", "cut short"],
)
def test_what_cannot_be_installed_here_is_refused_in_a_sentence(facts_of, machine, bundle, wish, said):
    refused = plan_of(facts_of(machine), bundle, **wish)
    assert isinstance(refused, Refusal)
    assert STICK in refused.why
    assert said in refused.why
    assert any("wslgpu team bundle" in way for way in refused.ways)


def test_a_release_that_lies_there_beside_the_lock_may_be_asked_for(facts_of):
    bundle = bundle_of(cpu=CPU)
    more = read_wheel("tensorflow_cpu-2.21.0-cp312-cp312-manylinux_2_27_x86_64.whl")
    plan = plan_of(facts_of(), Bundle(STICK, (*bundle.wheels, more), bundle.locks), tensorflow="2.21.0")
    assert isinstance(lock_step(plan), Resolve)


def test_a_bundle_is_read_off_a_folder():
    answers = {
        "bundle.wheels": {"value": ["pip-26.0-py3-none-any.whl", "odd.whl"]},
        "bundle.lock_gpu_pascal": {"text": HEAD},
    }
    host = read_recording({"schema": "wslgpu.recording/1", "side": "wsl", "answers": answers}, "test")
    bundle = read_bundle(host.ask(wants_of_bundle(STICK)), STICK)
    assert bundle == Bundle(STICK, (Wheel("pip", "26.0", (), ()),), {"gpu-pascal": HEAD})
