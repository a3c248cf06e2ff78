"""The card and its driver as Windows sees them."""

from __future__ import annotations

import re

from wslgpu.checks.model import Check, Judgement, found, known, skip, well
from wslgpu.checks.windows import windows_of
from wslgpu.facts.model import Facts
from wslgpu.facts.windows_driver import WindowsDriver
from wslgpu.knowledge.card_names import capability_of_name
from wslgpu.knowledge.drivers import driver_floor, driver_key, windows_driver_version
from wslgpu.knowledge.releases import TensorFlowRelease, newest_stable
from wslgpu.system.answers import Unknown


def version_of(driver: WindowsDriver) -> str | Unknown | None:
    """NVIDIA's own form, from whoever told it; None where Windows has no NVIDIA driver."""
    if driver.raw is not None:
        try:
            told: str | None = windows_driver_version(driver.raw)
        except ValueError:
            told = None
        return driver.version if isinstance(driver.version, str) else told
    return driver.version


def judge_card(facts: Facts) -> Judgement:
    """A device of maker 10DE of class display, by the registry; not by a driver, which may be missing."""
    if facts.profile == "cpu":
        return skip("this environment is for the CPU")
    driver = windows_of(facts).driver
    if (isinstance(driver.cards, tuple) and driver.cards) or isinstance(version_of(driver), str):
        return well()
    if known(driver.hardware):
        return well()
    return found(others=", ".join(driver.others) or "none")


def judge_switched_off(facts: Facts) -> Judgement:
    """Device Manager, a laptop's Eco mode, an external card unplugged (microsoft/WSL#5604)."""
    driver = windows_of(facts).driver
    hardware = driver.hardware
    if not driver.disabled or (isinstance(hardware, tuple) and len(driver.disabled) < len(hardware)):
        return well()
    return found(card=driver.disabled[0])


def judge_driver(facts: Facts) -> Judgement:
    """A card without NVIDIA's driver runs on Microsoft's basic one (microsoft/WSL#9821)."""
    driver = windows_of(facts).driver
    version = known(version_of(driver))
    if version is not None:
        names = ", ".join(card.name for card in driver.cards) if isinstance(driver.cards, tuple) else ""
        return well(driver=version, card=names or "NVIDIA")
    hardware = known(driver.hardware)
    return found(card=hardware[0]) if hardware else skip("no NVIDIA card")


def judge_age(facts: Facts) -> Judgement:
    """Against the floor of the TensorFlow that is there or would be taken, and of the card by its name."""
    driver = windows_of(facts).driver
    version = known(version_of(driver))
    if version is None or not re.fullmatch(r"\d+(\.\d+)*", version):
        return skip("no NVIDIA driver whose version could be read")
    names = [card.name for card in driver.cards] if isinstance(driver.cards, tuple) else []
    if not names and isinstance(driver.hardware, tuple):
        names = list(driver.hardware)
    capability = max((c for name in names if (c := capability_of_name(name))), default=None)
    floor = driver_floor(_release(facts), "windows", capability)
    if floor is not None and driver_key(version) < driver_key(floor.version):
        return found(driver=version, floor=floor.version, reason=floor.reason)
    return well(driver=version, floor=floor.version if floor else "?")


def _release(facts: Facts) -> TensorFlowRelease:
    """That of the venv, where somebody looked inside; else what setup would take."""
    if windows_of(facts).visit.reached is not True:
        return newest_stable()
    from wslgpu.checks.cards import release_of

    return release_of(facts)


def judge_mode(facts: Facts) -> Judgement:
    """WSL reaches cards in WDDM and MCDM mode; one in TCC spoils the others, too (microsoft/WSL#12835)."""
    cards = windows_of(facts).driver.cards
    if cards is None or isinstance(cards, Unknown):
        return skip("nvidia-smi.exe named no card")
    in_tcc = next((card for card in cards if card.model == "TCC"), None)
    return found(card=in_tcc.name, index=in_tcc.index) if in_tcc else well()


CHECKS = (
    Check("no-nvidia-gpu", "gpu", ("windows",), judge_card, vital=True),
    Check("gpu-switched-off", "gpu", ("windows",), judge_switched_off),
    Check("win-driver-missing", "gpu", ("windows",), judge_driver, vital=True),
    Check("win-driver-too-old", "gpu", ("windows",), judge_age),
    Check("gpu-tcc-mode", "gpu", ("windows",), judge_mode),
)
