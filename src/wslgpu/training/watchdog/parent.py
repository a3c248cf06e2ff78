"""The parent's side: a thread that looks at the pools ten times a second."""

from __future__ import annotations

import atexit
import json
import os
import threading
import time
from typing import Any

from .files import describe_shared, find_shared_hdf5
from .items import name_item_error
from .judge import judge_oom, judge_workers
from .look import read_all_threads_wait, read_cpu_ticks, read_kernel_kills, read_oom_kills, read_slot
from .pool import Pool, end_pool, error_of, fail_pending
from .stacks import ask_stack, read_stack, take_stacks
from .values import DEADLOCK_AFTER_S, POLL_S, SIGKILL, TELL_INPUT_S, Finding, WorkerView


class Watchdog(threading.Thread):
    """Polls the pools of this process. One per process; `install` starts it."""

    def __init__(self, run_dir: str, stuck_after_s: float) -> None:
        threading.Thread.__init__(self, name="wslgpu-watchdog", daemon=True)
        self.run_dir = run_dir
        self.stuck_after_s = stuck_after_s
        self.pools: list[Pool] = []
        self.findings: list[Finding] = []
        self.oom_before = read_oom_kills()
        self.started = time.monotonic()
        self.shared_files: tuple[str, ...] = ()
        self.looked_at: set[int] = set()
        self.told_files: set[str] = set()
        self.pid = os.getpid()
        self.batches, self.waited_s, self.used_s = 0, 0.0, 0.0
        self.input_told = 0
        atexit.register(self._tell_input)

    def run(self) -> None:
        told = time.monotonic()
        while True:
            time.sleep(POLL_S)
            if time.monotonic() - told > TELL_INPUT_S:
                told = time.monotonic()
                self._tell_input()
            interrupted = os.path.exists(os.path.join(self.run_dir, "interrupt"))
            for record in list(self.pools):
                try:
                    self._look(record, interrupted)
                except Exception as error:  # the watchdog must never be what breaks a training
                    self.tell("watchdog-error", text=repr(error))

    def tell(self, event: str, **values: Any) -> None:
        """Append one line to events.jsonl. os.write of one buffer: no lock that a fork could inherit taken."""
        line = json.dumps(dict({"event": event, "t": time.time(), "pid": os.getpid()}, **values)) + "\n"
        try:
            fd = os.open(os.path.join(self.run_dir, "events.jsonl"), os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
            try:
                os.write(fd, line.encode("utf-8"))
            finally:
                os.close(fd)
        except OSError:
            pass

    def _tell_input(self) -> None:
        """How long `fit` waited for batches so far, and how long it was busy with them; only where it has gone on."""
        if self.batches > self.input_told and os.getpid() == self.pid:
            self.input_told = self.batches
            self.tell("input", batches=self.batches, waited_s=round(self.waited_s, 3), used_s=round(self.used_s, 3))

    def _look(self, record: Pool, interrupted: bool) -> None:
        pool = record.pool() if record.pool is not None else None
        if pool is None:
            if record.pool is not None:
                self.pools.remove(record)
            return
        if record.tripped is not None:
            fail_pending(pool, error_of(record.tripped))
            return
        if interrupted:
            record.tripped = Finding("interrupted", "The run was interrupted.", 0, None)
            fail_pending(pool, error_of(record.tripped))
            return
        now = time.monotonic()
        for process in list(pool._pool):
            if process not in record.started:
                record.started.append(process)
        views = [self._view(record, process, now) for process in record.started]
        counts = tuple((v.pid, v.exitcode, v.slot.writes if v.slot else 0) for v in views) + (len(pool._cache),)
        if counts != record.last_counts:
            record.last_counts, record.last_move = counts, now
        killed = {v.pid for v in views if v.exitcode == -SIGKILL}
        oom = bool(killed) and self._is_oom(killed)
        quiet_s = now - record.last_move
        finding = judge_workers(views, len(pool._cache), quiet_s, self.stuck_after_s, oom, record.start_s)
        if finding is not None:
            self._trip(record, pool, finding)
            return
        for view in views:
            self._tell_slow(record, view)
        # Those that went home in good order need no more looking at.
        gone = {view.pid for view in views if view.exitcode == 0} - {process.pid for process in pool._pool}
        record.started = [process for process in record.started if process.pid not in gone]

    def _view(self, record: Pool, process: Any, now: float) -> WorkerView:
        pid = process.pid
        slot = read_slot(os.path.join(self.run_dir, "w.%d" % pid))
        exitcode = process.exitcode
        if exitcode is not None or slot is None or not slot.busy:
            record.ticks.pop(pid, None)
            return WorkerView(pid, exitcode, slot, 0.0, 0.0, False, "")
        ticks = read_cpu_ticks(pid)
        known = record.ticks.get(pid)
        if known is None or known[0] != ticks:
            known = record.ticks[pid] = (ticks, now)
        busy_s, still_s = now - slot.since, now - known[1]
        waits, stack = False, ""
        if busy_s >= DEADLOCK_AFTER_S * 0.7 and still_s >= DEADLOCK_AFTER_S * 0.7:
            waits = read_all_threads_wait(pid)
            if waits:
                if record.stacks_asked.get(pid) != slot.writes:
                    record.stacks_asked[pid] = slot.writes
                    ask_stack(pid)
                stack = read_stack(self.run_dir, pid)
        return WorkerView(pid, None, slot, busy_s, still_s, waits, stack)

    def _is_oom(self, killed: set[int]) -> bool:
        """By the counters, or by name in the kernel's log: a container may be shown neither, or the one alone."""
        return judge_oom(self.oom_before, read_oom_kills()) or bool(killed & read_kernel_kills(self.started))

    def _tell_slow(self, record: Pool, view: WorkerView) -> None:
        if view.slot and view.slot.busy and view.busy_s >= 10 and (view.pid, view.slot.writes) not in record.slow_told:
            record.slow_told.add((view.pid, view.slot.writes))
            self.tell("slow", worker=view.pid, batch=view.slot.batch, seconds=round(view.busy_s, 1))

    def _trip(self, record: Pool, pool: Any, finding: Finding) -> None:
        record.tripped = finding
        self.findings.append(finding)
        alive = [p for p in record.started if p.exitcode is None]
        stacks = take_stacks(self.run_dir, [p.pid for p in alive])
        self.tell("finding", slug=finding.slug, sentence=finding.sentence, worker=finding.pid, batch=finding.batch,
                  stacks=stacks)
        end_pool(pool, alive)
        fail_pending(pool, error_of(finding))

    def take_pool_error(self, error: Exception, method: str) -> Exception:
        """Name why a pool could not be made, if it can be named, and return what `fit` is to raise."""
        text = str(error)
        if "pickle" not in text and "marshal" not in text and "Can't get local object" not in text:
            return error
        finding = Finding(
            "keras-pickle",
            "The Sequence cannot be sent to workers that are started by %s: %s" % (method, text),
            os.getpid(),
            None,
        )
        self.findings.append(finding)
        self.tell("finding", slug=finding.slug, sentence=finding.sentence, worker=None, batch=None, stacks={})
        return error_of(finding)

    def look_at_files(self, sequences: dict[int, Any]) -> None:
        """Before a pool is made by fork: tell, once, of HDF5 files that its workers would share, and go on."""
        # Only the new ones: every epoch has a pool of its own, and Keras 2 keeps what an earlier fit held for a while.
        new = {uid: held for uid, held in list(sequences.items()) if held is not None and uid not in self.looked_at}
        if not new:
            return
        self.looked_at.update(new)
        self.shared_files = shared = find_shared_hdf5(new)
        # What an earlier fit held can come again under another number (seen with Keras 2.15): a name is told once.
        if not self.told_files.issuperset(shared):
            self._tell_note("keras-h5py-fork", describe_shared(shared))
        self.told_files.update(shared)

    def take_item_error(self, error: BaseException) -> None:
        """Name what a worker raised. `fit` raises it by itself, so nothing is ended."""
        named = name_item_error(error, self.shared_files)
        if named is not None:
            self._tell_note(*named)

    def _tell_note(self, slug: str, sentence: str) -> None:
        self.findings.append(Finding(slug, sentence, self.pid, None))
        # `hangs`: whether somebody has to see to it that the training ends.
        self.tell("finding", slug=slug, sentence=sentence, worker=None, batch=None, stacks={}, hangs=False)
