"""Whether a TensorFlow release suits one machine: Python, card, driver, C library, point by point."""

from __future__ import annotations

from dataclasses import dataclass

from wslgpu.knowledge.drivers import Side, driver_floor, driver_key
from wslgpu.knowledge.gpus import judge_gpu, spell
from wslgpu.knowledge.releases import (
    Profile,
    PythonVersion,
    TensorFlowRelease,
    choose_python,
    pythons_of,
    releases,
)


@dataclass(frozen=True)
class MachineSummary:
    """What of a machine decides; None is not known, an empty `pythons` means that there is none.

    `driver`: as nvidia-smi prints it, on side wsl Windows' own. `glibc`: "2.39"; None also where it does not matter.
    """

    side: Side = "wsl"
    machine: str = "x86_64"
    pythons: tuple[PythonVersion, ...] | None = None
    gpu_name: str | None = None
    compute_capability: tuple[int, int] | None = None
    driver: str | None = None
    glibc: str | None = None

    @property
    def profile(self) -> Profile:
        """gpu where a card is known."""
        return "gpu" if self.compute_capability else "cpu"


@dataclass(frozen=True)
class Fit:
    """One point of a release against one machine; `fits` None where it could not be told."""

    subject: str
    fits: bool | None
    text: str


def fit_release(release: TensorFlowRelease, machine: MachineSummary) -> tuple[Fit, ...]:
    """Every point in which a release can suit a machine or not."""
    fits = [_fit_python(release, machine)]
    if machine.compute_capability:
        judgement = judge_gpu(release, machine.compute_capability)
        fits.append(
            Fit(machine.gpu_name or "GPU", judgement.works, f"{judgement.title}; {'; '.join(judgement.because)}")
        )
    if machine.compute_capability or machine.driver:
        fits.append(_fit_driver(release, machine))
    if machine.glibc and release.glibc:
        fine = driver_key(machine.glibc) >= driver_key(release.glibc)
        fits.append(Fit("glibc", fine, f"{machine.glibc}, the wheels need {release.glibc}"))
    return tuple(fits)


def best_release(machine: MachineSummary) -> TensorFlowRelease | None:
    """The newest stable release with nothing known against this machine, and known to run on its card; or None."""
    for release in reversed(releases()):
        runs = not machine.compute_capability or judge_gpu(release, machine.compute_capability).works
        if runs and not release.prerelease and all(fit.fits is not False for fit in fit_release(release, machine)):
            return release
    return None


def _fit_python(release: TensorFlowRelease, machine: MachineSummary) -> Fit:
    wanted = pythons_of(release, profile=machine.profile, machine=machine.machine)
    if not wanted:
        return Fit("Python", False, f"there are no wheels for {machine.profile} on {machine.machine}")
    needs = f"needs {spell_pythons(wanted)}"
    if machine.pythons is None:
        return Fit("Python", None, needs)
    chosen = choose_python(machine.pythons, release, machine=machine.machine, profile=machine.profile)
    here = spell_pythons(machine.pythons) if machine.pythons else "none"
    if chosen is None:
        return Fit("Python", False, f"{needs}; here: {here}")
    return Fit("Python", True, f"{spell(chosen)} is here")


def _fit_driver(release: TensorFlowRelease, machine: MachineSummary) -> Fit:
    floor = driver_floor(release, machine.side, machine.compute_capability)
    subject = "Windows driver" if machine.side == "wsl" else "driver"
    if floor is None or machine.driver is None:
        return Fit(subject, None, f"needs {floor.version} or later" if floor else "no row says which it needs")
    fine = driver_key(machine.driver) >= driver_key(floor.version)
    return Fit(subject, fine, f"{machine.driver}, needed: {floor.version} ({floor.reason})")


def ways_out(release: TensorFlowRelease, machine: MachineSummary) -> tuple[str, ...]:
    """What else can be done where a release does not suit a machine, the least work first."""
    ways: list[str] = []
    better = best_release(machine)
    if better and better.version != release.version:
        ways.append(f"TensorFlow {better.version} is the newest release that fits this machine")
    for fit in fit_release(release, machine):
        if fit.fits is False and fit.subject == "Python":
            ways.append(f"a Python that it has wheels for: `uv python install {_advised_python(release, machine)}`")
        if fit.fits is False and fit.subject.endswith("driver"):
            ways.append("a newer NVIDIA driver" + (", installed in Windows" if machine.side == "wsl" else ""))
    if machine.compute_capability:
        ways += judge_gpu(release, machine.compute_capability).ways_out
    return tuple(dict.fromkeys(ways))


def _advised_python(release: TensorFlowRelease, machine: MachineSummary) -> str:
    wanted = pythons_of(release, profile=machine.profile, machine=machine.machine)
    chosen = choose_python(wanted, release, machine=machine.machine, profile=machine.profile)
    return spell(chosen) if chosen else "3.12"


def spell_pythons(pythons: tuple[PythonVersion, ...]) -> str:
    """3.10, 3.11 and so on, or none."""
    return ", ".join(spell(python) for python in sorted(set(pythons))) or "none"
