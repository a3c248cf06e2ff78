"""Plays a scenario: makes its machine, runs its steps, says what differs from what was promised."""

from __future__ import annotations

import contextlib
import os
import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from tests.distro.bases import USER, build_base, cache, copy_tree
from tests.distro.checkout import unpack_checkout
from tests.distro.machine import Machine, Result, add_driver, write_pose
from tests.distro.python_server import serve_python
from tests.distro.scenario import Scenario, Step


@dataclass(frozen=True)
class Outcome:
    step: str
    seconds: float
    problems: tuple[str, ...]
    output: str


class Unplayable(Exception):
    """This machine cannot play the scenario; the text is the reason for a skip."""


def play(scenario: Scenario, log: Path | None = None, tell: Callable[[str], None] = lambda _: None) -> list[Outcome]:
    """Runs the steps in order, until one of them does not keep its promise."""
    outcomes: list[Outcome] = []
    with contextlib.ExitStack() as stack:
        folder = stack.enter_context(scratch(scenario.name))
        if scenario.python_server:
            index = stack.enter_context(serve_python(folder / "pythons"))
            if index is None:
                raise Unplayable("no C compiler, or no CPython 3.12 or 3.13 of its own prefix here, to serve to uv")
            scenario = replace(scenario, environment={**scenario.environment, "UV_PYTHON_DOWNLOADS_JSON_URL": index})
        machine, paths = make_machine(scenario, folder)
        for step in scenario.steps:
            command = step.command
            for name, path in paths.items():
                command = command.replace("{" + name + "}", path)
            if log:
                with log.open("a") as out:
                    out.write(f"\n=== {scenario.name}: {step.name}\n$ {command}\n")
            actor = replace(machine, user="root") if step.as_root else machine
            result = actor.run(command, step.deadline_s, log)
            outcomes.append(Outcome(step.name, result.seconds, judge(step, result), result.output))
            tell(f"{scenario.name}: {step.name}: {result.seconds:.0f} s, {'; '.join(outcomes[-1].problems) or 'ok'}")
            if outcomes[-1].problems:
                break
    return outcomes


def judge(step: Step, result: Result) -> tuple[str, ...]:
    if result.exit_code is None:
        return (f"did not end within {step.deadline_s:.0f} s",)
    problems = [f"exit {result.exit_code}, not {step.exit_code}"] if result.exit_code != step.exit_code else []
    problems += [f"does not say {text!r}" for text in step.says if text not in result.output]
    problems += [f"says {text!r}" for text in step.never if text in result.output]
    return tuple(problems)


@contextlib.contextmanager
def scratch(name: str) -> Iterator[Path]:
    runs = cache() / "runs"
    runs.mkdir(parents=True, exist_ok=True)
    for stale in runs.iterdir():  # of a run that was killed
        if not Path("/proc", stale.name.rpartition("-")[2]).exists():
            shutil.rmtree(stale, ignore_errors=True)
    folder = runs / f"{name}-{os.getpid()}"
    folder.mkdir()
    try:
        yield folder
    finally:
        if not os.environ.get("WSLGPU_BED_KEEP"):
            shutil.rmtree(folder, ignore_errors=True)


def make_machine(scenario: Scenario, folder: Path) -> tuple[Machine, dict[str, str]]:
    """The machine and the paths that its commands speak of. All of it lies in `folder`."""
    environment = dict(scenario.environment)
    if scenario.suite is None:
        home = folder / "home"
        home.mkdir()
        unpack_checkout(folder / "checkout")
        machine = Machine(root=None, user="root", environment={**environment, "HOME": str(home)})
        return machine, name_paths(str(home), str(folder / "checkout"))

    root = folder / "root"
    copy_tree(build_base(scenario.suite, sudo=scenario.sudo), root)
    inside = "/root" if scenario.user == "root" else f"/home/{USER}"
    uid = 0 if scenario.user == "root" else 1000
    binds: list[tuple[str, str, str]] = []
    if scenario.checkout == "readonly":
        checkout = "/opt/wslgpu"
        unpack_checkout(folder / "checkout")
        binds.append((str(folder / "checkout"), checkout, "ro"))
    else:
        checkout = f"{inside}/wslgpu"
        unpack_checkout(root / checkout.lstrip("/"), crlf=scenario.checkout == "crlf")
        own(root / checkout.lstrip("/"), uid)
    if scenario.shared_cache:
        # packages that another scenario has fetched; each uid has its own, as their modes differ
        shared = cache() / f"packages-{uid}"
        for name in ("uv", "pip"):
            (shared / name).mkdir(parents=True, exist_ok=True)
            environment.setdefault(f"{name.upper()}_CACHE_DIR", f"/var/cache/bed/{name}")
        own(shared, uid)
        binds.append((str(shared), "/var/cache/bed", "rw"))
    if scenario.driver:
        if not (shutil.which("gcc") or shutil.which("cc")):
            raise Unplayable("no C compiler here, for the stub libcuda")
        add_driver(root, scenario.driver)
    machine = Machine(
        root=root,
        user=scenario.user,
        home=inside if scenario.home_known else None,
        environment=environment,
        pose=write_pose(folder / "pose", ubuntu=scenario.ubuntu) if scenario.wsl else None,
        dxg=scenario.driver is not None,
        container_caps=scenario.container_caps,
        one_core=scenario.one_core,
        shm=scenario.shm,
        binds=tuple(binds),
    )
    return machine, name_paths(inside, checkout)


def name_paths(home: str, checkout: str) -> dict[str, str]:
    data = f"{home}/.local/share/wslgpu"
    return {"home": home, "checkout": checkout, "tool": f"{data}/tool", "tools": f"{data}/tools"}


def own(top: Path, uid: int) -> None:
    for path in [top, *top.rglob("*")]:
        os.lchown(path, uid, uid)
