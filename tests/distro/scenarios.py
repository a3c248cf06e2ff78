"""The machines on which a stranger first tries wslgpu, as data. Adding a machine is adding an entry.

In the commands `{checkout}`, `{home}`, `{tool}` and `{tools}` stand for the machine's paths. `says` and `never` are
searched in stdout and stderr together.
"""

from __future__ import annotations

from typing import Any

from tests.distro.scenario import Scenario, Step
from tests.distro.steps import (
    DEAD_PROXY,
    DRIVER_STATES,
    FEW_TESTS,
    INSTALL,
    INSTALLED,
    OFFLINE,
    TRAINING_TESTS,
    WHOLE,
    doctor_says,
)


def container(
    name: str, why: str, *, suite: str = "trixie", steps: tuple[Step, ...] = WHOLE, **quirks: Any
) -> Scenario:
    """A plain container: root with no capability that matters, no terminal, not WSL, a tarball without .git."""
    return Scenario(name, why, suite, steps, user="root", wsl=False, container_caps=True, **quirks)


SCENARIOS: tuple[Scenario, ...] = (
    Scenario(
        "trixie-user",
        "a plain user with sudo, WSL 2, Python 3.13, from nothing",
        "trixie",
        WHOLE,
        sudo=True,
        shared_cache=False,
    ),
    Scenario("trixie-root", "root, WSL 2, Python 3.13", "trixie", WHOLE, user="root", shared_cache=False, every_run=False),
    Scenario("bookworm-root", "root, WSL 2, Python 3.11, pip 23", "bookworm", WHOLE, user="root"),
    Scenario(
        "noble-user",
        "posing as Ubuntu 24.04, a folder with a space, and a shell that is set up for another Python and other packages",
        "trixie",
        (
            Step(
                "first command",
                "cd {checkout} && sh provision/ubuntu.sh --yes --no-smoke '{home}/my project'",
            ),
            Step("it is there", "'{home}/my project/.venv/bin/python' -E -c 'import tensorflow'", deadline_s=300),
        ),
        sudo=True,
        ubuntu=True,
        environment=dict.fromkeys(("PYTHONHOME", "PYTHONPATH", "PIP_CONSTRAINT", "UV_CONSTRAINT"), "/nonexistent"),
    ),
    Scenario(
        "forky-refusal",
        "Python 3.14 alone, and uv can bring no other",
        "forky",
        (
            Step(
                "first command refuses",
                "cd {checkout} && sh provision/ubuntu.sh --yes",
                exit_code=1,
                says=(
                    "fetching Python 3.12 or 3.13 failed",
                    "UV_PYTHON_INSTALL_MIRROR",
                    "wsl --install -d Ubuntu-24.04",
                ),
                never=("2.22.0rc0", "Traceback (most recent call last)"),
            ),
            Step(
                "nothing half-made is left",
                '[ ! -e {home}/wslgpu-train/.venv ] && [ -z "$(ls {home}/wslgpu-train/.wslgpu/venvs 2>/dev/null)" ]',
            ),
            Step("wslgpu itself runs", "{tool}/bin/wslgpu --version", deadline_s=300),
        ),
        user="root",
        environment={"UV_PYTHON_INSTALL_MIRROR": DEAD_PROXY},
    ),
    Scenario(
        "forky-uv-python",
        "Python 3.14 alone, and uv brings an older one",
        "forky",
        WHOLE,
        user="root",
        python_server=True,
    ),
    Scenario(
        "python-without-venv",
        "Python and pip, but no venv module, and a user without sudo",
        "trixie",
        (
            Step(
                "an administrator installed python3-pip",
                "apt-get -q update && apt-get -q -y --no-install-recommends install python3 python3-pip ca-certificates",
                as_root=True,
            ),
            *INSTALLED,
        ),
    ),
    Scenario(
        "driver-states",
        "a (synthetic) driver in every state that users saw: each has its finding, and the plan follows it",
        "trixie",
        (
            Step(
                "fine: the plan takes the GPU",
                "cd {checkout} && sh provision/ubuntu.sh --yes --plan",
                says=("profile gpu: cuInit answers, Synthetic stub GPU",),
            ),
            Step("fine: no finding", "{tool}/bin/wslgpu doctor --only cuda-init-failed", says=("Synthetic stub GPU",)),
            *(doctor_says(state, slug) for state, slug in DRIVER_STATES),
            Step(
                "hang: the plan takes the CPU",
                "WSLGPU_STUB_CUDA=hang {tool}/bin/wslgpu setup {home}/train --plan",
                says=("profile cpu",),
                deadline_s=300,
            ),
        ),
        user="root",
        driver="fine",
    ),
    Scenario(
        "driver-crash",
        "a (synthetic) libcuda that aborts the process: the CPU, and no crash",
        "trixie",
        INSTALLED,
        user="root",
        driver="crash",
        every_run=False,
    ),
    container(
        "container",
        "all at once: no capabilities, LANG=C, no HOME nor USER, 64 MB /dev/shm, one core",
        suite="bookworm",
        steps=(*WHOLE, TRAINING_TESTS),
        environment={"LANG": "C", "USER": ""},
        home_known=False,
        shm="64m",
        one_core=True,
    ),
    container("container-no-caps", "no capability that matters", every_run=False),
    container("container-lang-c", "LANG=C", environment={"LANG": "C"}, every_run=False),
    container("container-no-home", "HOME and USER unset", environment={"USER": ""}, home_known=False, every_run=False),
    container("container-small-shm", "64 MB /dev/shm", shm="64m", every_run=False),
    container("container-one-core", "one core by affinity", one_core=True, every_run=False),
    container("clone-from-windows", "CRLF line ends and no x bits", steps=INSTALLED, checkout="crlf"),
    Scenario(
        "readonly-checkout",
        "a checkout that cannot be written, as a plain user",
        "trixie",
        (*INSTALLED, FEW_TESTS),
        sudo=True,
        checkout="readonly",
    ),
    Scenario(
        "no-sudo",
        "a plain user where sudo is not installed",
        "trixie",
        (
            Step(
                "refuses",
                "cd {checkout} && sh provision/ubuntu.sh --yes",
                exit_code=1,
                says=("no sudo", "apt-get install -y python3 python3-venv"),
                deadline_s=300,
            ),
            Step("leaves nothing", '[ ! -e {tool} ] && [ -z "$(ls {tools})" ]'),
        ),
    ),
    Scenario(
        "no-consent",
        "sudo, no terminal, and no --yes",
        "trixie",
        (
            Step(
                "refuses",
                "cd {checkout} && sh provision/ubuntu.sh",
                exit_code=2,
                says=("sh provision/ubuntu.sh --yes",),
                deadline_s=300,
            ),
        ),
        sudo=True,
    ),
    Scenario(
        "no-network",
        "the network is down: which step failed, and nothing half-made",
        "trixie",
        (
            Step(
                "first command",
                "cd {checkout} && sh provision/ubuntu.sh --yes",
                exit_code=1,
                says=("stopped at: installing python3", "the network did not answer"),
                deadline_s=300,
            ),
            Step("leaves nothing", '[ ! -e {tool} ] && [ -z "$(ls {tools})" ] && [ ! -e {home}/wslgpu-train ]'),
        ),
        user="root",
        environment={"http_proxy": DEAD_PROXY, "https_proxy": DEAD_PROXY},
    ),
    Scenario(
        "bundle-offline",
        "a bundle made with the network; then a machine with none at all (no interface but loopback), from nothing",
        "trixie",
        (
            INSTALL,
            Step(
                "team bundle",
                "{tool}/bin/wslgpu team bundle {home}/wslgpu-train -o {home}/bundle",
                says=("wslgpu/provision",),
            ),
            Step(
                "the network is gone",
                "mkdir {home}/other && "
                + OFFLINE
                + "sh -c '! grep -v -e lo: -e Inter -e face /proc/net/dev && ! getent hosts deb.invalid'",
            ),
            Step(
                "first command, from the bundle",
                OFFLINE
                + "sh {home}/bundle/wslgpu/provision/ubuntu.sh --yes --offline {home}/bundle {home}/other/train",
                says=("smoke passed", "TensorFlow 2.21.0 (cpu)"),
            ),
            Step(
                "the same versions",
                "for d in wslgpu-train other/train; do {home}/$d/.venv/bin/python -m pip list --format=freeze >/tmp/$(basename $d); done; "
                "cmp /tmp/wslgpu-train /tmp/train && echo the same",
                says=("the same",),
            ),
            Step(
                "from a bundle without uv, in a folder with a space: pip does the work",
                "mkdir '{home}/my stick' && cp -r {home}/bundle '{home}/my stick/' && rm '{home}/my stick/bundle/uv'-*.whl && "
                "rm -r {home}/other && mkdir {home}/other && "
                + OFFLINE
                + "sh '{home}/my stick/bundle/wslgpu/provision/ubuntu.sh' --yes --no-smoke --offline '{home}/my stick/bundle' "
                "'{home}/other/my train'",
                says=("pip does its work", "TensorFlow 2.21.0 (cpu)"),
            ),
        ),
        user="root",
        every_run=False,
    ),
    Scenario(
        "killed-and-again",
        "killed while the tool is built; the next run finishes",
        "trixie",
        (
            Step(
                "the first run is killed",
                "cd {checkout} && { sh provision/ubuntu.sh --yes --no-smoke & } && "
                'until [ -n "$(ls {tools} 2>/dev/null)" ]; do sleep 0.2; done; sleep 2; kill -9 $!; ls {tools}',
                exit_code=0,
                deadline_s=300,
            ),
            # Seen by chance first: the second run had the killed one's process number, and built into its half of a pip.
            Step(
                "what killed runs left has every number that the next can have",
                'cd {tools} && one=$(ls) && for n in $(seq 2 300); do lib="${one%-*}-$n/lib/python3.13/site-packages"; '
                'mkdir -p "$lib/pip" "$lib/pip-99.dist-info" && : >"$lib/pip/__init__.py" && '
                'printf "Metadata-Version: 2.1\\nName: pip\\nVersion: 99\\n" >"$lib/pip-99.dist-info/METADATA"; done',
            ),
            INSTALL,
            Step("only one tool is there", '[ "$(ls {tools} | wc -l)" = 1 ]'),
        ),
        user="root",
    ),
    Scenario(
        "this-machine", "the machine that runs the tests, with an empty home", None, WHOLE, user="root", wsl=False
    ),
)
