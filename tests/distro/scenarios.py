"""The machines on which a stranger first tries wslgpu, as data. Adding a machine is adding an entry.

In the commands `{checkout}`, `{home}`, `{tool}` and `{tools}` stand for the machine's paths. `says` and `never` are
searched in stdout and stderr together.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal


@dataclass(frozen=True)
class Step:
    name: str
    command: str
    exit_code: int = 0
    says: tuple[str, ...] = ()
    never: tuple[str, ...] = ("Traceback (most recent call last)",)
    deadline_s: float = 900


@dataclass(frozen=True)
class Scenario:
    name: str
    why: str
    suite: str | None
    """Debian's name of the distribution; None is this machine itself with an empty home."""
    steps: tuple[Step, ...]
    user: Literal["trainee", "root"] = "trainee"
    sudo: bool = False
    wsl: bool = True
    ubuntu: bool = False
    driver: str | None = None
    """What the synthetic libcuda answers; None: there is no driver."""
    environment: dict[str, str] = field(default_factory=dict)
    home_known: bool = True
    container_caps: bool = False
    shm: str = "50%"
    one_core: bool = False
    checkout: Literal["plain", "crlf", "readonly"] = "plain"
    python_server: bool = False
    shared_cache: bool = True
    """False where the scenario claims to start from nothing."""


FIRST = Step("first command", "cd {checkout} && sh provision/ubuntu.sh --yes", says=("smoke passed",))
IMPORT = Step(
    "import tensorflow",
    "{home}/wslgpu-train/.venv/bin/python -c 'import tensorflow as tf; print(\"TensorFlow\", tf.__version__)'",
    says=("TensorFlow 2.21.0",),
    deadline_s=120,
)
AGAIN = Step(
    "second run is a no-op",
    "cd {checkout} && was=$(readlink {home}/wslgpu-train/.venv; readlink {tool}; ls {tools}) && "
    "sh provision/ubuntu.sh --yes && "
    'is=$(readlink {home}/wslgpu-train/.venv; readlink {tool}; ls {tools}) && [ "$was" = "$is" ]',
    says=("nothing to install", "nothing to do"),
    never=("installing", "Traceback"),
    deadline_s=120,
)
WHOLE = (FIRST, IMPORT, AGAIN)
TESTS = Step("second command", "cd {checkout} && sh provision/test.sh", says=(" passed",), deadline_s=1800)
PLAN_GPU = Step(
    "plan with a driver that answers",
    "cd {checkout} && sh provision/ubuntu.sh --yes --plan",
    says=("tensorflow[and-cuda]",),
)
CONTAINER = {"container_caps": True, "user": "root", "wsl": False}

SCENARIOS: tuple[Scenario, ...] = (
    Scenario(
        "trixie-user",
        "a plain user with sudo, WSL 2, Python 3.13, from nothing",
        "trixie",
        WHOLE,
        sudo=True,
        shared_cache=False,
    ),
    Scenario("trixie-root", "root, WSL 2, Python 3.13, from nothing", "trixie", WHOLE, user="root", shared_cache=False),
    Scenario("bookworm-root", "root, WSL 2, Python 3.11, pip 23", "bookworm", WHOLE, user="root"),
    Scenario(
        "noble-user",
        "posing as Ubuntu 24.04, a path with a space",
        "trixie",
        (
            Step(
                "first command",
                "cd {checkout} && sh provision/ubuntu.sh --yes '{home}/my project'",
                says=("smoke passed",),
            ),
            Step("it is there", "'{home}/my project/.venv/bin/python' -c 'import tensorflow'", deadline_s=120),
        ),
        sudo=True,
        ubuntu=True,
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
                says=("3.14", "3.13"),
                never=("2.22.0rc0", "Traceback (most recent call last)"),
            ),
            Step(
                "nothing half-made is left",
                "[ ! -e {home}/wslgpu-train/.venv ] && [ ! -d {home}/wslgpu-train/.wslgpu/venvs ]",
            ),
            Step("wslgpu itself runs", "{tool}/bin/wslgpu --version", deadline_s=60),
        ),
        user="root",
        environment={"UV_PYTHON_INSTALL_MIRROR": "http://127.0.0.1:9/"},
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
        "driver-fine-plan",
        "a (synthetic) driver that answers: the plan takes the GPU",
        "trixie",
        (PLAN_GPU,),
        user="root",
        driver="fine",
    ),
    Scenario(
        "driver-crash",
        "a (synthetic) libcuda that aborts the process: the CPU, and no crash",
        "trixie",
        WHOLE,
        user="root",
        driver="crash",
    ),
    Scenario(
        "driver-hang",
        "a (synthetic) libcuda that never answers",
        "trixie",
        (
            Step(
                "plan", "cd {checkout} && sh provision/ubuntu.sh --yes --plan", says=("tensorflow-cpu",), deadline_s=300
            ),
        ),
        user="root",
        driver="hang",
    ),
    Scenario(
        "container",
        "all at once: root, no capabilities, LANG=C, no HOME nor USER, 64 MB /dev/shm, one core",
        "bookworm",
        (*WHOLE, TESTS),
        environment={"LANG": "C", "USER": ""},
        home_known=False,
        shm="64m",
        one_core=True,
        **CONTAINER,
    ),
    Scenario("container-no-caps", "a plain container's root", "trixie", WHOLE, **CONTAINER),
    Scenario("container-lang-c", "LANG=C", "trixie", WHOLE, environment={"LANG": "C"}, **CONTAINER),
    Scenario(
        "container-no-home",
        "HOME and USER unset",
        "trixie",
        WHOLE,
        environment={"USER": ""},
        home_known=False,
        **CONTAINER,
    ),
    Scenario("container-small-shm", "64 MB /dev/shm", "trixie", WHOLE, shm="64m", **CONTAINER),
    Scenario("container-one-core", "one core by affinity", "trixie", WHOLE, one_core=True, **CONTAINER),
    Scenario("clone-from-windows", "CRLF line ends and no x bits", "trixie", WHOLE, checkout="crlf", **CONTAINER),
    Scenario(
        "readonly-checkout",
        "a checkout that cannot be written, as a plain user",
        "trixie",
        (*WHOLE, TESTS),
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
                deadline_s=60,
            ),
            Step("leaves nothing", '[ ! -e {tool} ] && [ -z "$(ls {tools})" ]'),
        ),
    ),
    Scenario(
        "no-consent",
        "sudo, no terminal, and no --yes",
        "trixie",
        (Step("refuses", "cd {checkout} && sh provision/ubuntu.sh", exit_code=2, says=("--yes",), deadline_s=60),),
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
        ),
        user="root",
        environment={"http_proxy": "http://127.0.0.1:9/", "https_proxy": "http://127.0.0.1:9/"},
    ),
    Scenario(
        "this-machine", "the machine that runs the tests, with an empty home", None, WHOLE, user="root", wsl=False
    ),
)
