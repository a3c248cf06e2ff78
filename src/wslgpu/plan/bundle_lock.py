"""Whether an environment is installed from a bundle's own lock: does it hold what is asked for, and is it whole?"""

from __future__ import annotations

from packaging.requirements import InvalidRequirement, Requirement
from packaging.version import InvalidVersion, Version

from wslgpu.facts.bundle import Bundle
from wslgpu.facts.locks import holds, plain_name, read_lock, read_lock_header
from wslgpu.facts.model import Facts
from wslgpu.plan.bundle import ANEW
from wslgpu.plan.choices import Target
from wslgpu.plan.desired import Desired
from wslgpu.plan.model import Refusal
from wslgpu.plan.own import OwnNeeds
from wslgpu.system.answers import Unknown


def why_not_its_lock(
    facts: Facts, desired: Desired, target: Target, own: OwnNeeds, inputs: str, python: str, bundle: Bundle
) -> str:
    """Why a bundle's lock is not what a target's environment is installed from; "" where it is. `python`: "3.12"."""
    text = bundle.locks.get(target.lock)
    if text is None:
        return f"the bundle has no {target.lock}.lock, so its wheels are resolved"
    if read_lock_header(text)[0] == inputs:
        return ""
    numbers, machine = tuple(map(int, python.split("."))), _machine(facts)
    locked = read_lock(text, numbers, machine)
    locked["tensorflow"] = locked.get("tensorflow") or locked.get("tensorflow-cpu", "")  # the same files
    asked = (*target.pins.lines, *desired.packages, *own.lines, *_options(facts))
    lacking = next((line for line in asked if not _is_met(line, locked, numbers, machine)), "")
    return f"the bundle's {target.lock}.lock is not used: it does not hold `{lacking}`" if lacking else ""


def refuse_cut_short(facts: Facts, target: Target, python: str, bundle: Bundle) -> Refusal | None:
    """Wheels that a bundle's lock names and its folder lacks: a copy that did not come to its end."""
    there = {(wheel.name, _plain(wheel.version)) for wheel in bundle.wheels}
    wanted = read_lock(bundle.locks[target.lock], tuple(map(int, python.split("."))), _machine(facts))
    lacking = [f"{name} {version}" for name, version in wanted.items() if (name, _plain(version)) not in there]
    if not lacking:
        return None
    named = ", ".join(lacking[:3]) + (f" and {len(lacking) - 3} more" if len(lacking) > 3 else "")
    why = f"the bundle in {bundle.folder} is not whole: of its {target.lock}.lock it lacks {named}"
    return Refusal("bundle-cut-short", why, ("copy it once more", ANEW))


def _options(facts: Facts) -> tuple[str, ...]:
    """Lines of a requirements.txt that name further files (`-r base.txt`): what they ask for is not known here."""
    text = facts.project.requirements
    lines = text.splitlines() if isinstance(text, str) else []
    return tuple(line.strip() for line in lines if line.startswith(("-r", "-c", "-e", "--requirement", "--constraint")))


def _is_met(line: str, locked: dict[str, str], python: tuple[int, ...], machine: str) -> bool:
    """Whether a lock (canonical name -> version) holds what a line asks for; one that cannot be read is not met."""
    try:
        requirement = Requirement(line)
        if requirement.marker is not None and not holds(str(requirement.marker), python, machine):
            return True
        version = locked.get(plain_name(requirement.name).replace("tensorflow-cpu", "tensorflow"))
        return requirement.url is None and version is not None and requirement.specifier.contains(version, True)
    except (InvalidRequirement, InvalidVersion):
        return False


def _machine(facts: Facts) -> str:
    return "x86_64" if isinstance(facts.machine.architecture, Unknown) else facts.machine.architecture


def _plain(version: str) -> Version | str:
    try:
        return Version(version.replace("_", "+"))
    except InvalidVersion:
        return version
