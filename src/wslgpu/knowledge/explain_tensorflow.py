"""What is known of a TensorFlow release, in words, and what of it fits one machine."""

from __future__ import annotations

import datetime
import re
from dataclasses import dataclass
from typing import Any

from wslgpu.errors import UserError
from wslgpu.knowledge.drivers import SIDES, driver_floor
from wslgpu.knowledge.fit import Fit, MachineSummary, best_release, fit_release, spell_pythons, ways_out
from wslgpu.knowledge.gpus import generations, judge_gpu, spell
from wslgpu.knowledge.pins import Pins, footprint, pins_for
from wslgpu.knowledge.releases import (
    PROFILES,
    TensorFlowRelease,
    find_release,
    nearest_releases,
    newest_stable,
    pythons_of,
    releases,
)
from wslgpu.knowledge.table import age_days, is_stale, updated

__all__ = ["Answer", "Fit", "MachineSummary", "describe"]
NAME = re.compile(r"^\s*(?:tensorflow(?:-cpu|-gpu)?|tf)(?:\[[\w,-]*\])?\s*(.*)$", re.IGNORECASE)


@dataclass(frozen=True)
class Answer:
    """`rows` are (label, value) of the release, or of every release; `fits` is empty without a machine.

    `ways_out` are for a machine that this release does not suit; `requirements` is what to install on it.
    """

    title: str
    release: TensorFlowRelease
    rows: tuple[tuple[str, str], ...]
    fits: tuple[Fit, ...] = ()
    ways_out: tuple[str, ...] = ()
    requirements: Pins | None = None
    notes: tuple[str, ...] = ()

    @property
    def suits(self) -> bool | None:
        """Whether the release suits the machine; None where no machine was asked about, or not enough is known."""
        if not self.fits:
            return None
        if any(fit.fits is False for fit in self.fits):
            return False
        return None if any(fit.fits is None for fit in self.fits) else True

    def document(self) -> dict[str, Any]:
        """The answer as JSON can hold it."""
        return {
            "title": self.title,
            "version": self.release.version,
            "rows": dict(self.rows),
            "suits": self.suits,
            "fits": [{"subject": fit.subject, "fits": fit.fits, "text": fit.text} for fit in self.fits],
            "ways_out": list(self.ways_out),
            "requirements": list(self.requirements.lines) if self.requirements else [],
            "notes": list(self.notes),
        }

    def lines(self) -> list[str]:
        """The answer as plain lines, ASCII where the words are ours."""
        width = max(len(label) for label, _ in self.rows)
        lines = [self.title, "", *(f"  {label:<{width}}  {value}" for label, value in self.rows)]
        if self.fits:
            mark = {True: "ok", False: "no", None: "?"}
            lines += ["", "This machine:", *(f"  [{mark[fit.fits]:>2}] {fit.subject}: {fit.text}" for fit in self.fits)]
        if self.requirements and self.suits is not False:
            lines += [
                "",
                "To install:",
                *(f"  {pin.requirement}    # {pin.reason}" for pin in self.requirements.requirements),
            ]
        if self.ways_out:
            lines += ["", "Ways out:", *(f"  - {way}" for way in self.ways_out)]
        if self.notes:
            lines += ["", *(f"Note: {note}" for note in self.notes)]
        return lines


def describe(spec: str, machine: MachineSummary | None = None, today: datetime.date | None = None) -> Answer:
    """What "tensorflow", "tensorflow==2.21" or "2.21" means, and whether it fits. UserError for an unknown release."""
    named = NAME.match(spec)
    version = (named[1] if named else spec).strip().lstrip("=~ ")
    if not version:
        return _describe_all(machine, today)
    release = find_release(version)
    if release is None:
        near = ", ".join(f"tensorflow=={row.version}" for row in nearest_releases(version))
        raise UserError(f"no TensorFlow {version} is known; the nearest: {near}")
    fits = fit_release(release, machine) if machine else ()
    failed = any(fit.fits is False for fit in fits)
    return Answer(
        title=f"TensorFlow {release.version}" + (" (a release candidate)" if release.prerelease else ""),
        release=release,
        rows=_rows(release),
        fits=fits,
        ways_out=ways_out(release, machine) if machine and failed else (),
        requirements=_pins(release, machine) if machine else None,
        notes=(*release.notes, *_age(today)),
    )


def _describe_all(machine: MachineSummary | None, today: datetime.date | None) -> Answer:
    newest = newest_stable()
    best = best_release(machine) if machine else newest
    rows = tuple((release.version, _one_line(release)) for release in reversed(releases()))
    shown = best or newest
    title = f"TensorFlow: {newest.version} is the newest stable release"
    if machine:
        title += f"; {best.version} is the newest one that fits here" if best else "; none fits here"
    fits = fit_release(shown, machine) if machine else ()
    return Answer(
        title=title,
        release=shown,
        rows=rows,
        fits=fits,
        ways_out=ways_out(newest, machine) if machine and best is None else (),
        requirements=_pins(shown, machine) if machine and best else None,
        notes=(
            *_generation_lines(),
            "`wslgpu explain 'tensorflow==X'` shows a row with its source, `wslgpu explain 'RTX 5080'` a card's; "
            f"all were compared with their sources up to {updated()}",
            *_age(today),
        ),
    )


def _rows(release: TensorFlowRelease) -> tuple[tuple[str, str], ...]:
    floors = {side: driver_floor(release, side) for side in SIDES}
    sizes = {profile: footprint(release, profile) for profile in PROFILES}
    origin = "brought along by its wheels" if release.cuda_from == "wheels" else "has to be on the machine"
    rows = [
        ("released", release.released.isoformat() if release.released else "not looked up"),
        ("Python", spell_pythons(release.python)),
        ("Python for the GPU", spell_pythons(pythons_of(release, profile="gpu"))),
        ("Python on aarch64", spell_pythons(pythons_of(release, profile="cpu", machine="aarch64")) + ", CPU only"),
        ("Keras", release.keras),
        ("CUDA", f"{release.cuda}, {origin}"),
        ("cuDNN", f"{release.cudnn} or later of the same major number"),
        ("kernels", ", ".join(release.kernels) or "not known"),
        ("oldest driver", ", ".join(f"{side} {floor.version}" for side, floor in floors.items() if floor)),
        (
            "numpy",
            ", ".join(
                (release.numpy, *(f"and {pin.requirement}" for pin in release.extra_pins if "numpy" in pin.requirement))
            ),
        ),
        ("protobuf", release.protobuf),
        ("GPU package", f"{release.gpu_package}=={release.version}"),
        *(
            (
                f"size, {profile}",
                f"{_spell_bytes(size.download_bytes)} to download, {_spell_bytes(size.disk_bytes)} on disk",
            )
            for profile, size in sizes.items()
        ),
        ("source", f"{release.source} ({release.checked})"),
    ]
    if not pythons_of(release, profile="cpu", machine="aarch64"):
        rows = [row for row in rows if row[0] != "Python on aarch64"]
    return tuple(rows)


def _pins(release: TensorFlowRelease, machine: MachineSummary) -> Pins:
    return pins_for(
        release,
        profile=machine.profile,
        machine=machine.machine,
        compute_capability=machine.compute_capability,
        driver=machine.driver,
        side=machine.side,
    )


def _one_line(release: TensorFlowRelease) -> str:
    oldest, newest = spell(release.python[0]), spell(release.python[-1])
    text = f"Python {oldest} to {newest}, Keras {release.keras_major}, CUDA {release.cuda}, cuDNN {release.cudnn}"
    return f"{text}, release candidate" if release.prerelease else text


def _generation_lines() -> tuple[str, ...]:
    newest = newest_stable()
    lines = []
    for generation in generations():
        judgement = judge_gpu(newest, generation.compute_capabilities[-1])
        lines.append(f"{generation.name} ({', '.join(generation.cards)}): {judgement.title}")
    return tuple(lines)


def _age(today: datetime.date | None) -> tuple[str, ...]:
    if today is None or not is_stale(today):
        return ()
    return (
        f"this table is of {updated()}, {age_days(today)} days old: look for newer releases, and for a newer wslgpu",
    )


def _spell_bytes(number: int | None) -> str:
    if number is None:
        return "not measured"
    return f"{number / 1e9:.1f} GB" if number >= 1e9 else f"{number / 1e6:.0f} MB"
