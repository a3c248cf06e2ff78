"""What a bundle leaves of a wish: the profile, TensorFlow, Python and machine that its locks are for.

A bundle's own lock comes before what else its wheels could be resolved to: it is the team's environment.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from wslgpu.facts.bundle import Bundle
from wslgpu.facts.locks import read_lock
from wslgpu.facts.model import Facts
from wslgpu.knowledge.compat import find_release
from wslgpu.plan.choices import choose_target, own_tensorflow, usable_gpu
from wslgpu.plan.desired import Desired
from wslgpu.plan.model import Refusal
from wslgpu.plan.own import OwnNeeds
from wslgpu.plan.python_wish import allows, is_range
from wslgpu.system.answers import Unknown

TENSORFLOW = ("tensorflow", "tensorflow-cpu")
ANEW = "make a bundle for this machine: `wslgpu team bundle`, where there is a network"


@dataclass(frozen=True)
class Offer:
    """One lock of a bundle: its TensorFlow, and the Pythons ("3.12") and machines of its wheels; () is any."""

    name: str
    text: str
    tensorflow: str
    pythons: tuple[str, ...]
    machines: tuple[str, ...]


def narrow_to_bundle(facts: Facts, desired: Desired, own: OwnNeeds, bundle: Bundle) -> Desired | Refusal:
    """The wish with what the bundle's lock leaves of it. The same wish where the bundle holds no lock that it fits."""
    offers = _offers(bundle)
    if not offers:
        return desired
    profiles = sorted({offer.name.split("-")[0] for offer in offers})
    if desired.profile != "auto" and desired.profile not in profiles:
        why = f"the bundle in {bundle.folder} is for the profile {' and '.join(profiles)}, not for {desired.profile}"
        return Refusal("bundle-other-profile", why, ("leave --profile out", ANEW), usage=True)
    gpu, why_not = usable_gpu(facts)
    if profiles == ["gpu"] and gpu is None and desired.smoke:
        why = f"the bundle in {bundle.folder} is for the profile gpu, which could not be proved here: {why_not}"
        ways = ("`wslgpu doctor` says what is missing", "--no-smoke installs it all the same", ANEW)
        return Refusal("gpu-profile-impossible", why, ways)
    if len(profiles) == 1:
        offers = [offer for offer in offers if offer.name.split("-")[0] == profiles[0]]
        desired = replace(desired, profile="gpu" if profiles == ["gpu"] else "cpu")
    target = choose_target(facts, desired, own.lines)
    profile = desired.profile if isinstance(target, Refusal) else target.profile
    fitting = [offer for offer in offers if offer.name.startswith(profile)]
    wished = [offer for offer in fitting if _asks_for(offer.tensorflow, desired, own)]
    if not wished:
        if any(wheel.name in TENSORFLOW and _asks_for(wheel.version, desired, own) for wheel in bundle.wheels):
            return desired  # the wheels hold what no lock of it names
        held = " and ".join(dict.fromkeys(offer.tensorflow for offer in fitting or offers))
        why = f"the bundle in {bundle.folder} has TensorFlow {held}, and another one was asked for"
        return Refusal("bundle-other-release", why, (f"ask for {held}, or leave it open", ANEW), usage=True)
    return _for_this_machine(facts, desired, bundle, wished)


def _offers(bundle: Bundle) -> list[Offer]:
    """The locks whose TensorFlow is among the wheels, too."""
    found = []
    for name, text in bundle.locks.items():
        locked = read_lock(text)
        for package in TENSORFLOW:
            wheels = [w for w in bundle.wheels if w.name == package and w.version == locked.get(package)]
            if wheels:
                pythons = () if any(not w.pythons for w in wheels) else tuple(p for w in wheels for p in w.pythons)
                machines = () if any(not w.machines for w in wheels) else tuple(m for w in wheels for m in w.machines)
                found.append(Offer(name, text, locked[package], pythons, tuple(dict.fromkeys(machines))))
    return found


def _asks_for(version: str, desired: Desired, own: OwnNeeds) -> bool:
    """Whether a TensorFlow is one that was asked for; every one is where none was named."""
    if desired.tensorflow is not None:
        release = find_release(desired.tensorflow)
        return (release.version if release else desired.tensorflow) == version
    requirement = own_tensorflow((*own.lines, *desired.packages))
    return requirement is None or requirement.specifier.contains(version, prereleases=True)


def _for_this_machine(facts: Facts, desired: Desired, bundle: Bundle, offers: list[Offer]) -> Desired | Refusal:
    """The first of the offers that this machine, its card and one of its interpreters can install."""
    here = facts.machine.architecture
    able = [offer for offer in offers if isinstance(here, Unknown) or not offer.machines or here in offer.machines]
    if not able:
        machines = " and ".join(dict.fromkeys(machine for offer in offers for machine in offer.machines))
        why = f"the bundle in {bundle.folder} is for {machines}, and this machine is {here}"
        return Refusal("bundle-other-machine", why, (ANEW,))
    narrowed = replace(desired, tensorflow=able[0].tensorflow, bundled=True)
    pythons = able[0].pythons
    if pythons:
        python = _choose_python(facts, narrowed, pythons)
        if python is None:
            return _refuse_python(facts, desired, bundle, pythons)
        exact = desired.python is not None and not is_range(desired.python)
        narrowed = narrowed if exact else replace(narrowed, python=python)
    target = choose_target(facts, narrowed, ())
    if not isinstance(target, Refusal) and target.lock not in bundle.locks:
        why = f"the bundle in {bundle.folder} holds {able[0].name}.lock, and this card needs {target.lock}.lock"
        return Refusal("bundle-other-cards", why, (ANEW,))
    return narrowed


def _choose_python(facts: Facts, desired: Desired, pythons: tuple[str, ...]) -> str | None:
    """One of the versions that is wished and here; whether it can make a venv is judged with the plan."""
    found = facts.pythons.found
    here = set() if isinstance(found, Unknown) else {f"{python.version[0]}.{python.version[1]}" for python in found}
    wished = [p for p in pythons if desired.python is None or allows(desired.python, tuple(map(int, p.split("."))))]
    return next((python for python in wished if python in here or isinstance(found, Unknown)), None)


def _refuse_python(facts: Facts, desired: Desired, bundle: Bundle, pythons: tuple[str, ...]) -> Refusal:
    found = facts.pythons.found
    versions = [] if isinstance(found, Unknown) else sorted({python.version[:2] for python in found})
    here = ", ".join(f"{major}.{minor}" for major, minor in versions) or "none"
    asked = f"Python {desired.python} was asked for, " if desired.python else ""
    why = (
        f"the wheels of the bundle in {bundle.folder} are for Python {' and '.join(pythons)}; {asked}found here: {here}"
    )
    way = f"ask for Python {pythons[0]}" if desired.python else f"get Python {pythons[0]}, then this command again"
    return Refusal("bundle-other-python", why, (way, ANEW))
