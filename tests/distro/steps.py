"""Steps that several scenarios share: the two commands of the README, run again, and what doctor must say."""

from __future__ import annotations

from tests.distro.scenario import Step

FIRST = Step("first command", "cd {checkout} && sh provision/ubuntu.sh --yes", says=("smoke passed",))
IMPORT = Step(
    "import tensorflow",
    "{home}/wslgpu-train/.venv/bin/python -c 'import tensorflow as tf; print(\"TensorFlow\", tf.__version__)'",
    says=("TensorFlow 2.21.0",),
    deadline_s=300,
)


def again(options: str) -> Step:
    """A run with nothing to do: it says so, and neither the environment's link nor the tool's has moved."""
    look = "$(readlink {home}/wslgpu-train/.venv; readlink {tool}; ls {tools})"
    return Step(
        "second run is a no-op",
        f'cd {{checkout}} && was={look} && sh provision/ubuntu.sh {options} && is={look} && [ "$was" = "$is" ]',
        says=("nothing to install", "nothing to do"),
        never=("installing", "Traceback"),
        deadline_s=300,
    )


WHOLE = (FIRST, IMPORT, again("--yes"))
# Where what is odd about the machine cannot touch the training, which is proved elsewhere.
INSTALL = Step(
    "first command, without the smoke",
    "cd {checkout} && sh provision/ubuntu.sh --yes --no-smoke",
    says=("TensorFlow 2.21.0 (cpu)", "not proved"),
)
INSTALLED = (INSTALL, again("--yes --no-smoke"))
# The whole second command runs on CI's own machine; repeated on each bed it would take an hour.
TRAINING_TESTS = Step(
    "second command, with real trainings",
    "cd {checkout} && sh provision/test.sh tests/cli tests/training/test_smoke.py",
    says=(" passed",),
)
FEW_TESTS = Step(
    "second command, some of the tests",
    "cd {checkout} && sh provision/test.sh tests/cli tests/plan",
    says=(" passed",),
)
# What cuInit of the synthetic driver does -> the finding that doctor must name.
DRIVER_STATES = (
    ("100", "cuda-no-device"),
    ("34", "libcuda-stub"),
    ("999", "cuda-init-failed"),
    ("803", "cuda-init-failed"),
    ("804", "cuda-init-failed"),
    ("crash", "cuda-init-crashed"),
    ("hang", "cuda-init-hangs"),
)


def doctor_says(state: str, slug: str) -> Step:
    """Doctor, through the real ctypes path, names a state of the driver and ends with 1."""
    command = f"WSLGPU_STUB_CUDA={state} {{tool}}/bin/wslgpu doctor --only {slug}"
    return Step(f"cuInit {state}: {slug}", command, exit_code=1, says=(f"[{slug}]",), deadline_s=300)


# No interface but a loopback that is down, and nothing that another run has fetched.
OFFLINE = (
    "unshare -n env HOME={home}/other XDG_DATA_HOME={home}/other/data UV_CACHE_DIR={home}/other/uv "
    "PIP_CACHE_DIR={home}/other/pip "
)
DEAD_PROXY = "http://127.0.0.1:9/"
