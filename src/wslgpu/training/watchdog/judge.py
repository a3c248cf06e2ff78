"""Judging what was read, without reading: which worker died, deadlocked or is stuck."""

from __future__ import annotations

import signal

from .values import DEADLOCK_AFTER_S, QUIET_AFTER_DEATH_S, SIGKILL, STILLBORN_LIMIT, Finding, WorkerView


def judge_workers(
    workers: list[WorkerView], pending: int, quiet_s: float, stuck_after_s: float, oom: bool, start_s: float = 0.0
) -> Finding | None:
    """What is wrong with one pool, or None.

    `pending`: batches asked for that have not come back. `quiet_s`: seconds since any worker of the pool began or
    ended a batch, or was started. `stuck_after_s`: how long one batch may take. `start_s`: how long workers may take
    to begin their first one, where that is longer (spawn imports TensorFlow in each).
    """
    dead = [w for w in workers if w.exitcode is not None and (w.exitcode != 0 or (w.slot and w.slot.busy))]
    for worker in dead:
        if worker.slot and worker.slot.busy:
            return _name_death(worker, oom)
    stillborn = [w for w in dead if w.slot is None and w.exitcode != -SIGKILL]
    if len(stillborn) >= STILLBORN_LIMIT:
        return Finding(
            "keras-dead-worker-hang",
            "%d workers ended with code %d before they made a batch, and Keras starts new ones for ever; under spawn"
            " and forkserver the usual reason is a script without `if __name__ == '__main__':`."
            % (len(stillborn), stillborn[-1].exitcode or 0),
            stillborn[-1].pid,
            None,
        )
    alive = [w for w in workers if w.exitcode is None]
    for worker in alive:
        if not (worker.slot and worker.slot.busy):
            continue
        if (
            worker.busy_s >= DEADLOCK_AFTER_S
            and worker.cpu_still_s >= DEADLOCK_AFTER_S
            and worker.waits_on_lock
            and is_tensorflow_innermost(worker.stack)
        ):
            return Finding(
                "keras-fork-tf-deadlock",
                "Worker %d runs a TensorFlow operation for batch %d and will never come back from it: TensorFlow's"
                " threads do not exist in a process made by fork." % (worker.pid, worker.slot.batch),
                worker.pid,
                worker.slot.batch,
            )
        if worker.busy_s >= stuck_after_s:
            return Finding(
                "keras-stuck-worker",
                "Worker %d has been at batch %d for %.1f s; the limit is %g s."
                % (worker.pid, worker.slot.batch, worker.busy_s, stuck_after_s),
                worker.pid,
                worker.slot.batch,
            )
    if pending and not any(w.slot and w.slot.busy for w in alive):
        # A worker that dies between two batches may take a lock of the pool, or a finished batch, with it.
        if dead and quiet_s >= QUIET_AFTER_DEATH_S:
            return _name_death(dead[0], oom)
        if quiet_s >= max(stuck_after_s, 0.0 if any(w.slot for w in workers) else start_s):
            return Finding(
                "keras-stuck-worker",
                "%d batches were asked for, and for %.1f s no worker has begun one." % (pending, quiet_s),
                alive[0].pid if alive else 0,
                None,
            )
    return None


def _name_death(worker: WorkerView, oom: bool) -> Finding:
    code = worker.exitcode or 0
    busy = bool(worker.slot and worker.slot.busy)
    batch = worker.slot.batch if worker.slot and busy else None
    doing = "while it made batch %d" % batch if batch is not None else "between two batches"
    if code < 0:
        how = "was killed by %s" % signal_name(-code)
    else:
        how = "left with sys.exit(%d)" % code if busy else "ended with code %d" % code
    if code == -SIGKILL and oom:
        return Finding("oom-killed", "Worker %d was killed by the kernel for want of memory, %s." % (worker.pid, doing),
                       worker.pid, batch)
    return Finding(
        "keras-dead-worker-hang",
        "Worker %d %s %s; Keras would wait for that batch for ever." % (worker.pid, how, doing),
        worker.pid,
        batch,
    )


def signal_name(number: int) -> str:
    try:
        return signal.Signals(number).name
    except ValueError:
        return "signal %d" % number


def is_tensorflow_innermost(stack: str) -> bool:
    """Whether the thread that a faulthandler dump calls current sits inside TensorFlow (or Keras' own ops)."""
    frames: list[str] = []
    seen = False
    for line in stack.splitlines():
        if line.startswith("Current thread"):
            frames, seen = [], True
        elif line.startswith("Thread "):
            seen = False
        elif seen and line.strip().startswith("File "):
            frames.append(line)
    # Innermost first. Beyond the first few frames stands Keras' own get_index, in every worker.
    return any("/tensorflow/" in f or "/tensorflow_core/" in f or "/jaxlib/" in f for f in frames[:1])


def judge_oom(before: dict[str, int], now: dict[str, int]) -> bool:
    """Whether the kernel killed for memory between two readings. The own cgroup decides where it can be read."""
    for source in ("cgroup", "machine"):
        if source in before and source in now:
            if now[source] > before[source]:
                return True
            if source == "cgroup" and "machine" in now:
                continue  # a limit further up the tree counts there, and in the machine's figure
    return False
