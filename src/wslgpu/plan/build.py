"""Facts and what is desired -> a plan, a refusal, or nothing to do."""

from __future__ import annotations

import re
from dataclasses import replace

from wslgpu import __version__
from wslgpu.facts.bundle import Bundle
from wslgpu.facts.locks import LOCK_MARK, LOCK_PYTHON, read_lock_header
from wslgpu.facts.model import Facts
from wslgpu.facts.pythons import Python
from wslgpu.knowledge.compat import footprint
from wslgpu.plan.bundle import narrow_to_bundle
from wslgpu.plan.bundle_lock import refuse_cut_short, why_not_its_lock
from wslgpu.plan.choices import Target, choose_interpreter, choose_target, fetchable_versions
from wslgpu.plan.current import digest_wish, stands, told
from wslgpu.plan.desired import Desired, UpToDate
from wslgpu.plan.digest import digest_inputs
from wslgpu.plan.model import (
    FetchPython,
    Install,
    LinkLibraries,
    MakeVenv,
    Plan,
    ProveStanding,
    Refusal,
    Resolve,
    SetAside,
    Smoke,
    Step,
    Swap,
    Tidy,
    UseLock,
    Verify,
)
from wslgpu.plan.own import OwnNeeds, read_own_needs
from wslgpu.plan.python_wish import allows
from wslgpu.plan.refuse import name_pythons, refuse_folder, refuse_python, refuse_room
from wslgpu.plan.whole import describe_damage, describe_drift
from wslgpu.system.answers import Unknown

CARRIED = ("pip",)  # a venv without pip sends a newcomer's `pip install` to the system's


def build_plan(
    facts: Facts, desired: Desired, *, today: str, bundle: Bundle | None = None
) -> Plan | Refusal | UpToDate:
    """Decide. `today`: an ISO date, for the rendered requirements' head. `bundle`: what desired.offline holds."""
    refusal = refuse_folder(facts, desired)
    if refusal is not None:
        return refusal
    own = read_own_needs(facts.project)
    wish = digest_wish(desired, facts.project, facts.cuda, facts.machine)  # as it was asked for
    if bundle is not None:
        narrowed = narrow_to_bundle(facts, desired, own, bundle)
        if isinstance(narrowed, Refusal):
            return narrowed
        desired = narrowed
    target = choose_target(facts, desired, own.lines)
    if isinstance(target, Refusal):
        return target
    inputs = inputs_of(facts, desired, target, own)
    current = up_to_date(facts, desired, inputs)
    if current is not None:
        return current
    if desired.smoke and up_to_date(facts, replace(desired, smoke=False), inputs) is not None:
        return _prove_standing(facts, desired, target, inputs)
    room = refuse_room(facts, target)
    if room is not None:
        return room
    uv = facts.pythons.uv if isinstance(facts.pythons.uv, str) else None
    lock_inputs, lock_python = read_lock_header(facts.project.locks.get(target.lock, ""))
    preferred = lock_python if lock_inputs == inputs else None
    python = choose_interpreter(facts, desired, target, with_uv=uv is not None, preferred=preferred)
    versions = () if desired.offline else fetchable_versions(facts, desired, target)
    if python is None and (uv is None or not versions):
        return refuse_python(facts, desired, target)
    minor = f"{python.version[0]}.{python.version[1]}" if python else versions[0]
    locked = _lock_step(facts, desired, target, own, inputs, minor, today, bundle)
    if isinstance(locked, Refusal):
        return locked
    plan = _assemble(facts, desired, target, own, inputs, python, minor, uv, today, versions, locked)
    return replace(plan, wish=wish)


def inputs_of(facts: Facts, desired: Desired, target: Target, own: OwnNeeds) -> str:
    """The digest of what decides what is installed."""
    machine = facts.machine.architecture
    where = "unknown" if isinstance(machine, Unknown) else machine
    wanted = (*target.pins.lines, *CARRIED, *desired.packages)
    return digest_inputs(wanted, own.lines, machine=where, profile=target.profile)


def up_to_date(facts: Facts, desired: Desired, inputs: str) -> UpToDate | None:
    """Whether the environment that stands there is the one that would be made."""
    state = facts.project.state
    if not stands(facts.project) or state is None or isinstance(state, Unknown) or state.get("inputs") != inputs:
        return None
    if desired.smoke and not state.get("smoked"):
        return None
    python = str(state.get("python", ""))
    if desired.python is not None and not allows(desired.python, _numbers(python)):
        return None
    return None if _difference(facts) else told(desired, facts.project)


def _difference(facts: Facts) -> str:
    """What happened to the environment since it was made."""
    damage = describe_damage(facts.libraries, facts.project)
    return damage or describe_drift(facts.project, facts.environment, facts.machine.architecture)


def _numbers(version: str) -> tuple[int, ...]:
    return tuple(int(part) for part in version.split(".") if part.isdigit())


def _assemble(
    facts: Facts,
    desired: Desired,
    target: Target,
    own: OwnNeeds,
    inputs: str,
    python: Python | None,
    minor: str,
    uv: str | None,
    today: str,
    versions: tuple[str, ...],
    locked: tuple[Step, str],
) -> Plan:
    folder, profile, release = desired.folder, target.profile, target.release
    venv_id = _free_id(f"tf{release.version}-{profile}-py{minor}-{inputs[:8]}", facts.project.venvs)
    venv = f"{folder}/.wslgpu/venvs/{venv_id}"
    lock = f"{folder}/requirements/{target.lock}.lock"
    size = footprint(release, profile)
    steps: list[Step] = []
    if python is None and uv is not None:
        steps.append(FetchPython(versions, uv))
    steps.append(_make_venv(facts, target, venv, python, minor))
    lock_step, about_lock = locked
    steps.append(lock_step)
    download = 0 if desired.offline else size.download_bytes
    steps.append(Install(lock, download, size.disk_bytes))
    steps.append(Verify(release.version))
    if profile == "gpu" and release.cuda_from == "wheels":
        steps.append(LinkLibraries())
    if desired.smoke:
        steps.append(Smoke(profile))
    link = f"{folder}/.venv"
    if facts.project.venv_kind == "foreign":
        steps.append(SetAside(link, f"{folder}/.venv.before-wslgpu-{today}"))
    steps.append(Swap(link, f".wslgpu/venvs/{venv_id}"))
    last_good = (facts.project.venv_target or "").removeprefix(".wslgpu/venvs/")
    if facts.project.venvs:
        steps.append(Tidy(f"{folder}/.wslgpu/venvs", tuple(name for name in (venv_id, last_good) if name)))
    told = _tell_python(facts, desired, target, python, minor)
    damage = _difference(facts) if stands(facts.project) else ""
    pinned = [f"pin: {pin.requirement} ({pin.reason})" for pin in target.pins.requirements[1:]]
    return Plan(
        folder=folder,
        profile=profile,
        tensorflow=release.version,
        python=minor,
        choices=(
            *target.reasons,
            told,
            *pinned,
            *([f"made anew: {damage}"] if damage else []),
            *([about_lock] if about_lock else []),
        ),
        notes=(*target.pins.notes, *((own.note,) if own.note else ())),
        steps=tuple(steps),
        download=download,
        disk=size.disk_bytes,
        inputs=inputs,
        uv=uv,
        variables=dict(desired.variables),
        offline=desired.offline,
        lock=target.lock,
    )


def _lock_step(
    facts: Facts,
    desired: Desired,
    target: Target,
    own: OwnNeeds,
    inputs: str,
    minor: str,
    today: str,
    bundle: Bundle | None,
) -> tuple[Step, str] | Refusal:
    """Where the versions come from, and what is to be said of it: the project's lock, the bundle's, or a new one."""
    lock = f"{desired.folder}/requirements/{target.lock}.lock"
    stale = _why_not_this_lock(facts, target, inputs, minor)
    if stale is None:
        return UseLock(lock), ""
    if bundle is not None and bundle.locks:
        why_not = why_not_its_lock(facts, desired, target, own, inputs, minor, bundle)
        if not why_not:
            refusal = refuse_cut_short(facts, target, minor, bundle)
            about = ""
            if facts.project.locks.get(target.lock) not in (None, bundle.locks[target.lock]):
                about = f"requirements/{target.lock}.lock gives way to the bundle's: other requirements made it"
            return refusal or (UseLock(lock, f"{bundle.folder}/{target.lock}.lock"), about)
        stale = f"{stale}; {why_not}" if stale else why_not
    return resolve_step(facts, desired, target, own, inputs, minor, today), stale


def _why_not_this_lock(facts: Facts, target: Target, inputs: str, minor: str) -> str | None:
    """None where the lock that stands there is used; "" where there is none; else why it is made anew."""
    made_from, python = read_lock_header(facts.project.locks.get(target.lock, ""))
    if made_from is None:
        return ""
    name = f"requirements/{target.lock}.lock"
    if made_from != inputs:
        return f"{name} is made anew: it was made from other requirements, or on another kind of machine"
    if python is None or not allows(python, _numbers(minor)):
        return f"{name} is made anew: it is for Python {python}"
    return None


def _tell_python(facts: Facts, desired: Desired, target: Target, python: Python | None, minor: str) -> str:
    if python is not None:
        return f"Python {'.'.join(map(str, python.version))}: {python.path}"
    release = f"none that TensorFlow {target.release.version} has wheels for"
    wanted = f"no Python {desired.python} that can be used" if desired.python else release
    why = f"{wanted} is here; found: {name_pythons(facts)}"
    return f"Python {minor}: uv fetches it, because {why}"


def _prove_standing(facts: Facts, desired: Desired, target: Target, inputs: str) -> Plan:
    venv = f"{desired.folder}/{facts.project.venv_target}"
    python = told(desired, facts.project).python
    return Plan(
        folder=desired.folder,
        profile=target.profile,
        tensorflow=target.release.version,
        python=python,
        choices=(
            *target.reasons,
            "the environment that stands there was made from the same, but never proved",
        ),
        notes=(),
        steps=(ProveStanding(venv, target.profile),),
        download=0,
        disk=0,
        inputs=inputs,
    )


def _make_venv(facts: Facts, target: Target, venv: str, python: Python | None, minor: str) -> MakeVenv:
    from wslgpu.plan.render import render

    return MakeVenv(
        path=venv,
        python=python.path if python else None,
        version=minor,
        activation=render("venv/activate.sh.j2"),
        first_script=render("venv/first_training.py.j2", keras_major=target.release.keras_major),
        prompt=_spell_prompt(facts.project.folder),
    )


def _spell_prompt(folder: str) -> str:
    """The folder's name. uv writes it between double quotes into bin/activate, where the shell would run `$(...)`."""
    return re.sub(r"[^\w .,+-]", "_", folder.rstrip("/").rpartition("/")[2]) or "wslgpu"


def resolve_step(
    facts: Facts, desired: Desired, target: Target, own: OwnNeeds, inputs: str, python: str, today: str
) -> Resolve:
    """Requirements and lock of a target; `python` is "3.12" for one venv, or a range for a lock that a team shares."""
    from wslgpu.plan.requirements import render_requirements

    folder = desired.folder
    return Resolve(
        requirements=f"{folder}/requirements/{target.lock}.in",
        text=render_requirements(facts, desired, target, python, today),
        lock=f"{folder}/requirements/{target.lock}.lock",
        header=f"# Made by wslgpu {__version__} from {target.lock}.in: every package with its version and hashes.\n"
        f"# Commit it, and everybody's `wslgpu setup` installs the same.\n{LOCK_MARK}{inputs}\n{LOCK_PYTHON}{python}\n",
        python=python,
        sources=own.files,
    )


def _free_id(wanted: str, taken: tuple[str, ...]) -> str:
    """A name that no venv has: one that is being replaced must stay whole until the swap."""
    if wanted not in taken:
        return wanted
    return next(name for number in range(2, 10_000) if (name := f"{wanted}-{number}") not in taken)
