"""NumPy and protobuf within the bounds of the installed TensorFlow: what breaks its import."""

from __future__ import annotations

import re

from wslgpu.checks.model import BOTH, Check, Judgement, found, known, skip, well
from wslgpu.checks.venv_release import NO_TENSORFLOW, known_release
from wslgpu.facts.model import Facts
from wslgpu.knowledge.releases import TensorFlowRelease


def _bounds(release: TensorFlowRelease, package: str) -> str:
    own = release.numpy if package == "numpy" else release.protobuf
    extra = [pin.requirement for pin in release.extra_pins if re.match(rf"{package}(?![\w-])", pin.requirement)]
    return ",".join([own, *(requirement[len(package) :] for requirement in extra)])


def _judge_bounds(facts: Facts, package: str) -> Judgement:
    from packaging.specifiers import InvalidSpecifier, SpecifierSet  # loads longer than most looks take
    from packaging.version import InvalidVersion, Version

    release = known_release(facts)
    if release is None:
        return skip(NO_TENSORFLOW)
    installed, bounds = known(facts.environment.version(package)), _bounds(release, package)
    try:
        fits = installed is None or SpecifierSet(bounds).contains(Version(installed), prereleases=True)
    except (InvalidSpecifier, InvalidVersion):
        return well(installed=installed or "none")
    if fits:
        return well(installed=installed or "none")
    return found(installed=installed, wants=bounds, tensorflow=release.version)


def judge_numpy(facts: Facts) -> Judgement:
    """TensorFlow to 2.17 was built for NumPy 1 (tensorflow/tensorflow#90245)."""
    return _judge_bounds(facts, "numpy")


def judge_protobuf(facts: Facts) -> Judgement:
    """Generated code and runtime of protobuf must fit (tensorflow/tensorflow#56266)."""
    return _judge_bounds(facts, "protobuf")


CHECKS = (
    Check("numpy2-abi", "venv", BOTH, judge_numpy),
    Check("protobuf-clash", "venv", BOTH, judge_protobuf),
)
