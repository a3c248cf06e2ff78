"""Do a plan, step by step. The old environment works until one rename puts the new one in its place."""

from __future__ import annotations

import datetime
from collections.abc import Callable, Sequence
from pathlib import Path

from wslgpu.apply.feeds import add_feeds
from wslgpu.apply.installer import Installer, describe_left_out, read_settings
from wslgpu.apply.journal import Journal
from wslgpu.apply.link import link_libraries
from wslgpu.apply.lock import hold_lock
from wslgpu.apply.model import Done, PlanOutdated, Progress, Proof, Prove, StepFailed
from wslgpu.apply.pip import Pip
from wslgpu.apply.prepare import prepare_folder
from wslgpu.apply.register import register
from wslgpu.apply.resolve import may_build, refuse_strangers, write_lock
from wslgpu.apply.swap import set_aside, swap_link
from wslgpu.apply.tidy import remove_leftovers, remove_unfinished, remove_venv, size_of
from wslgpu.apply.undo import Undo
from wslgpu.apply.uv import Uv
from wslgpu.apply.venv_state import is_whole, read_state, write_atomically, write_state
from wslgpu.apply.verify import verify_packages
from wslgpu.plan.model import (
    FetchPython,
    Install,
    LinkLibraries,
    MakeVenv,
    Plan,
    ProveStanding,
    Resolve,
    SetAside,
    Smoke,
    Step,
    Swap,
    Tidy,
    UseLock,
    Verify,
)
from wslgpu.plan.sizes import spell_bytes


def apply_plan(plan: Plan, progress: Progress, prove: Prove) -> Done:
    """Do the plan; StepFailed where a step cannot be done, with nothing half-made left and the old venv untouched."""
    folder = Path(plan.folder)
    settings = read_settings(plan.variables)
    undo = Undo()
    own = prepare_folder(folder, undo)
    with hold_lock(own / "lock", progress.note) as others_were_here:
        if others_were_here:
            raise PlanOutdated
        journal = Journal(own)
        if cut_off := journal.find_cut_off():
            progress.note(f"the last setup here was cut off in: {cut_off}; what it left is removed, downloads are kept")
        if left_out := describe_left_out():
            progress.note(left_out)
        remove_unfinished(own / "venvs")
        remove_leftovers(folder)
        work = _Work(plan, progress, prove, undo, settings, journal)
        try:
            journal.begin(f"TensorFlow {plan.tensorflow} ({plan.profile})")
            for step in plan.steps:
                work.do(step)
        except OSError as error:
            journal.write("end", "failed")
            _take_back(own / "venvs", undo)
            ways = ("see that the disk has room and is writable",)
            raise StepFailed("writing", str(error), ways=ways) from None
        except BaseException:
            journal.write("end", "failed")
            _take_back(own / "venvs", undo)
            raise
        journal.write("end", "done")
    if not register(plan.folder):
        progress.note("this folder could not be remembered for `wslgpu uninstall`; name it there")
    return work.done()


def _take_back(venvs: Path, undo: Undo) -> None:
    """Whatever ended the setup: the half-made venv goes, and the user's folder reads as before."""
    remove_unfinished(venvs)
    undo.take_back()


class _Work:
    """One plan being done: what an earlier step learned and a later one needs."""

    def __init__(
        self, plan: Plan, progress: Progress, prove: Prove, undo: Undo, settings: dict[str, str], journal: Journal
    ) -> None:
        self.plan, self.progress, self.prove, self.undo, self.journal = plan, progress, prove, undo, journal
        self.folder = Path(plan.folder)
        self.settings = settings
        self.installer: Installer = Uv(plan.uv, settings, plan.offline) if plan.uv else Pip(settings, plan.offline)
        self.venv = self.folder
        self.python: str | None = None
        self.lock = self.folder
        self.proof: Proof | None = None
        self.packages: dict[str, str] = {}
        self.freed = 0
        self.set_aside: str | None = None

    def do(self, step: Step) -> None:
        text = describe(step, self.plan)
        self.journal.write("step", text)
        with self.progress.step(text) as tell:
            self._actions()[type(step)](step, tell)
        self.journal.write("done", text)

    def done(self) -> Done:
        link = self.folder / ".venv"
        return Done(self.plan.folder, str(link), self.proof, len(self.packages), self.freed, self.set_aside)

    def _actions(self) -> dict[type, Callable[..., None]]:
        return {
            FetchPython: self.fetch_python,
            MakeVenv: self.make_venv,
            Resolve: self.resolve,
            UseLock: self.use_lock,
            Install: self.install,
            Verify: self.verify,
            LinkLibraries: self.link_libraries,
            Smoke: self.smoke,
            ProveStanding: self.prove_standing,
            SetAside: self.move_aside,
            Swap: self.swap,
            Tidy: self.tidy,
        }

    def fetch_python(self, step: FetchPython, tell: Callable[[str], None]) -> None:
        self.python = Uv(step.uv, self.settings).fetch_python(step.versions, tell)

    def make_venv(self, step: MakeVenv, tell: Callable[[str], None]) -> None:
        self.venv = Path(step.path)
        python = step.python or self.python
        if python is None:
            raise StepFailed("making the venv", "no interpreter was found for it")
        self.installer.make_venv(self.venv, python, step.prompt)
        with open(self.venv / "bin/activate", "a", encoding="utf-8", newline="\n") as activate:
            activate.write(step.activation)
        (self.venv / "first_training.py").write_text(step.first_script, encoding="utf-8")

    def resolve(self, step: Resolve, tell: Callable[[str], None]) -> None:
        self.lock = Path(step.lock)
        refuse_strangers(Path(step.requirements), self.lock)
        for written in (self.lock, Path(step.requirements)):
            self.undo.writing(written)

        def resolve(sources: Sequence[str], fresh: Path, *, wheels_only: bool) -> None:
            self.installer.resolve(self.folder, self.venv, sources, fresh, wheels_only=wheels_only, tell=tell)

        write_lock(step, self.folder, resolve, tell)

    def use_lock(self, step: UseLock, tell: Callable[[str], None]) -> None:
        self.lock = Path(step.lock)
        if step.source:
            refuse_strangers(self.lock.with_suffix(".in"), self.lock)
            self.undo.writing(self.lock)
            self.lock.parent.mkdir(exist_ok=True)
            write_atomically(self.lock, Path(step.source).read_text(encoding="utf-8"))

    def install(self, step: Install, tell: Callable[[str], None]) -> None:
        wheels_only = not may_build(self.lock.read_text(encoding="utf-8"))
        self.installer.install(self.venv, self.lock, wheels_only=wheels_only, tell=tell)
        add_feeds(self.installer, self.venv)

    def verify(self, step: Verify, tell: Callable[[str], None]) -> None:
        self.packages = verify_packages(self.venv, self.lock, step)
        self.installer.check(self.venv)

    def link_libraries(self, step: LinkLibraries, tell: Callable[[str], None]) -> None:
        made = link_libraries(self.venv)
        if made:
            tell(f"linked {', '.join(Path(link.path).name for link in made)}")

    def smoke(self, step: Smoke, tell: Callable[[str], None]) -> None:
        self.proof = self.prove(self.venv / "bin/python", tell)
        if not self.proof.passed:
            kept = (
                "the environment that was there still stands" if (self.folder / ".venv").exists() else "nothing stays"
            )
            ways = (f"{kept}; `wslgpu doctor` says what this machine lacks", "--no-smoke installs without the proof")
            raise StepFailed("proving it by training", self.proof.sentence, ways=ways)

    def prove_standing(self, step: ProveStanding, tell: Callable[[str], None]) -> None:
        self.venv = Path(step.venv)
        state = read_state(self.venv)
        self.packages = state.get("packages", {})
        self.smoke(Smoke(step.device), tell)
        assert self.proof is not None
        proof = {"sentence": self.proof.sentence, "evidence": dict(self.proof.evidence)}
        write_state(self.venv, {**state, "smoked": True, "smoke": proof})

    def move_aside(self, step: SetAside, tell: Callable[[str], None]) -> None:
        self._finish()
        target = str(self.venv.relative_to(self.folder))
        self.set_aside = str(set_aside(Path(step.source), Path(step.target), target))

    def swap(self, step: Swap, tell: Callable[[str], None]) -> None:
        self._finish()
        swap_link(Path(step.link), step.target)

    def tidy(self, step: Tidy, tell: Callable[[str], None]) -> None:
        for venv in sorted(Path(step.folder).iterdir()):
            if venv.name not in step.keep:
                self.freed += size_of(venv)
                remove_venv(venv)

    def _finish(self) -> None:
        """What makes a venv whole is written last, before anything points to it."""
        now = datetime.datetime.now(datetime.timezone.utc).isoformat(timespec="seconds")
        proof = {"sentence": self.proof.sentence, "evidence": dict(self.proof.evidence)} if self.proof else None
        link = self.folder / ".venv"
        replaced = link.readlink().name if link.is_symlink() and is_whole(link) else ""
        state = {
            **self.plan.describe_made(),
            "made_at": now,
            "smoked": bool(self.proof and self.proof.passed),
            "packages": self.packages,
            "smoke": proof,
            "replaced": replaced,
        }
        write_state(self.venv, state)


def describe(step: Step, plan: Plan) -> str:
    """A step as one line, the same in the plan and while it is done."""
    if isinstance(step, FetchPython):
        return f"fetch Python {' or '.join(step.versions)} with uv, into your home"
    if isinstance(step, MakeVenv):
        return f"make a venv with Python {step.version} in {step.path}"
    if isinstance(step, Resolve):
        along = f", with the project's {step.sources[0]}" if step.sources else ""
        return f"resolve TensorFlow {plan.tensorflow} ({plan.profile}) into {step.lock}{along}"
    if isinstance(step, UseLock) and step.source:
        return f"use the lock that the bundle was made from, {step.source}, kept as {step.lock}"
    if isinstance(step, UseLock):
        return f"use the lock {step.lock}, which was made from the same requirements"
    if isinstance(step, Install):
        fetched = "no download" if step.download == 0 else f"download up to {spell_bytes(step.download)}"
        cost = f"{fetched}, {spell_bytes(step.disk)} on disk"
        return f"install what it says, hashes checked ({cost})"
    if isinstance(step, Verify):
        return "check that all of it is there and fits together"
    if isinstance(step, LinkLibraries):
        return "link CUDA libraries that TensorFlow does not look for by itself, inside the venv"
    if isinstance(step, Smoke):
        return f"prove it: train on the {step.device} through fork (about a minute)"
    if isinstance(step, ProveStanding):
        return f"prove the environment that stands there: train on the {step.device} through fork (about a minute)"
    if isinstance(step, SetAside):
        return f"move the .venv that is there to {step.target}"
    if isinstance(step, Swap):
        return f"point {step.link} to it"
    return "remove environments that are no longer needed; the last good one stays"
