"""The locks that a team shares: one a profile, and one a generation of cards where they differ."""

from __future__ import annotations

from dataclasses import dataclass, replace

from wslgpu.facts.cuda import Gpu
from wslgpu.facts.locks import read_lock_header
from wslgpu.facts.model import Facts
from wslgpu.knowledge.compat import TensorFlowRelease, generations, judge_gpu, pythons_of, spell
from wslgpu.plan.build import inputs_of, resolve_step
from wslgpu.plan.choices import Target, choose_target
from wslgpu.plan.desired import Desired, WishedProfile
from wslgpu.plan.model import Refusal, Resolve
from wslgpu.plan.own import read_own_needs
from wslgpu.plan.python_wish import allows, is_range


@dataclass(frozen=True)
class TeamLock:
    """One lock: its name, how it is resolved, the lowest Python ("3.11"), whom it is for, whether it is up to date."""

    name: str
    step: Resolve
    lowest: str
    told: str
    current: bool


def plan_locks(
    facts: Facts, desired: Desired, profiles: tuple[WishedProfile, ...], *, today: str
) -> tuple[tuple[TeamLock, ...], tuple[str, ...]] | Refusal:
    """The locks, and what is worth a note. `facts` of any machine: its card and driver have no say."""
    own = read_own_needs(facts.project)
    locks: list[TeamLock] = []
    notes: list[str] = []
    for profile in profiles:
        targets = _targets(facts, replace(desired, profile=profile, smoke=False), own.lines, notes)
        if isinstance(targets, Refusal):
            if len(profiles) == 1 or not locks:
                return targets
            notes.append(f"no {profile} lock: {targets.why}")
            continue
        for target, told in targets:
            lock = _plan(facts, desired, target, told, today)
            if isinstance(lock, Refusal):
                return lock
            locks.append(lock)
    return tuple(locks), tuple(notes)


def _targets(
    facts: Facts, desired: Desired, own: tuple[str, ...], notes: list[str]
) -> list[tuple[Target, str]] | Refusal:
    """For the CPU one; for cards one a lock, told with the generations that it is for.

    Only the release that the newest cards get: an older one for older cards is no longer the team's same environment.
    """
    if desired.profile == "cpu":
        target = choose_target(facts, desired, own)
        return target if isinstance(target, Refusal) else [(target, "machines without a card")]
    found: dict[str, tuple[Target, list[str]]] = {}
    release: TensorFlowRelease | None = None
    refused: Refusal | None = None
    left_out = []
    for generation in reversed(generations()):
        capability = generation.compute_capabilities[0]
        card = Gpu(0, f"a card of {generation.name}", capability, 0)
        cuda = replace(facts.cuda, init_code=0, gpus=(card,), driver=None)
        target = choose_target(replace(facts, cuda=cuda), desired, own)
        if isinstance(target, Refusal):
            refused = refused or target
            left_out.append(generation.name)
        elif not judge_gpu(target.release, capability).works or (release or target.release) != target.release:
            left_out.append(generation.name)
        else:
            release = target.release
            found.setdefault(target.lock, (target, []))[1].append(generation.name)
    if release is None:
        return refused or Refusal("gpu-profile-impossible", "no release has kernels for any card", ())
    if left_out:
        notes.append(f"no lock for {', '.join(left_out)}: TensorFlow {release.version} has no kernels for them")
    # A lock tells of the cards that it is for, not of the made-up one.
    return [
        (replace(target, reasons=(f"profile gpu: for {', '.join(names)}", *target.reasons[1:])), ", ".join(names))
        for target, names in found.values()
    ]


def _plan(facts: Facts, desired: Desired, target: Target, told: str, today: str) -> TeamLock | Refusal:
    own = read_own_needs(facts.project)
    architecture = facts.machine.architecture if isinstance(facts.machine.architecture, str) else "x86_64"
    served = pythons_of(target.release, profile=target.profile, machine=architecture)
    allowed = [version for version in served if desired.python is None or allows(desired.python, version)]
    if not allowed:
        why = f"TensorFlow {target.release.version} has no wheels for Python {desired.python}"
        ways = (f"it has them for {', '.join(map(spell, sorted(served)))}; change python in wslgpu.toml",)
        return Refusal("python-unsupported", why, ways, usage=True)
    lowest = spell(min(allowed))
    exact = desired.python is not None and not is_range(desired.python)
    wanted = lowest if exact else f">={lowest}"
    inputs = inputs_of(facts, desired, target, own)
    step = resolve_step(facts, replace(desired, profile=target.profile), target, own, inputs, wanted, today)
    current = read_lock_header(facts.project.locks.get(target.lock, "")) == (inputs, wanted)
    return TeamLock(target.lock, step, lowest, told, current)
