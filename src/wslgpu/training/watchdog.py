"""The watchdog that sits inside a training process and watches the worker pools Keras makes.

Keras waits for a worker's batch with `AsyncResult.get()` and no timeout, so a worker that was killed,
left by `sys.exit`, or blocked in a TensorFlow op makes `fit` wait for ever (keras-team/keras#11461,
tensorflow/tensorflow#37029). Here every worker writes into a small file which batch it makes and since when;
a thread in the parent reads those files ten times a second, names what went wrong, takes the Python stacks
of everybody, and hands Keras an exception instead of the batch that will never come.

Runs inside the user's interpreter: plain Python 3.7, standard library only, imports nothing of wslgpu.
"""

from __future__ import annotations

import atexit
import faulthandler
import functools
import json
import mmap
import multiprocessing
import multiprocessing.context
import multiprocessing.pool
import os
import signal
import struct
import sys
import threading
import time
import weakref
from typing import Any, Callable, NamedTuple

# Where Keras keeps its pools, oldest last. `keras` is Keras 3 or 2.6 to 2.15, the rest is inside TensorFlow.
KERAS_MODULES = (
    "keras.src.trainers.data_adapters.py_dataset_adapter",
    "keras.src.utils.data_utils",
    "keras.utils.data_utils",
    "tf_keras.src.utils.data_utils",
    "tensorflow.python.keras.utils.data_utils",
    "tensorflow_core.python.keras.utils.data_utils",
)

ENV_RUN_DIR = "WSLGPU_RUN_DIR"
ENV_START_METHOD = "WSLGPU_START_METHOD"
ENV_STUCK_AFTER = "WSLGPU_STUCK_AFTER"

POLL_S = 0.1
TELL_INPUT_S = 30.0
DEADLOCK_AFTER_S = 0.6  # blocked in a futex, no CPU used, a TensorFlow frame innermost
QUIET_AFTER_DEATH_S = 0.8  # a worker died idle and nothing has moved since
STILLBORN_LIMIT = 6
START_S = 180.0  # a slow disk and a cold cache: importing TensorFlow in a spawned worker can take this long
STACK_SIGNAL = getattr(signal, "SIGRTMIN", 34) + 7  # far from SIGUSR1/2, which schedulers use

_RECORD = struct.Struct("<QqqqdQ")  # count, busy, sequence uid, index, since (monotonic), count again
_SLOT_BYTES = 64


class Slot(NamedTuple):
    """What one worker says of itself. `since` is time.monotonic() in seconds, the same clock in every process."""

    writes: int
    busy: bool
    uid: int
    batch: int
    since: float


class WorkerView(NamedTuple):
    """What can be seen of one worker from outside it. Seconds; `exitcode` as multiprocessing gives it."""

    pid: int
    exitcode: int | None
    slot: Slot | None
    busy_s: float
    cpu_still_s: float
    waits_on_lock: bool
    stack: str


class Finding(NamedTuple):
    slug: str
    sentence: str
    pid: int
    batch: int | None


# ---- the worker's side -----------------------------------------------------------------------------------


class _SlotWriter:
    def __init__(self, run_dir: str) -> None:
        path = os.path.join(run_dir, "w.%d" % os.getpid())
        fd = os.open(path, os.O_RDWR | os.O_CREAT | os.O_TRUNC, 0o600)
        try:
            os.ftruncate(fd, _SLOT_BYTES)
            self._map = mmap.mmap(fd, _SLOT_BYTES)
        finally:
            os.close(fd)
        self._count = 0
        _answer_stack_signal(run_dir)

    def write(self, busy: int, uid: int, index: int) -> None:
        # The count is written first and last: a reader that sees two different counts reads again.
        self._count += 1
        _RECORD.pack_into(self._map, 0, self._count, busy, uid, index, time.monotonic(), self._count)


_stacks: Any = None  # kept open: the signal handler writes to its descriptor


def _answer_stack_signal(run_dir: str) -> None:
    """From now on STACK_SIGNAL writes this process' Python stacks to stack.PID, even while it hangs in C code."""
    global _stacks
    path = os.path.join(run_dir, "stack.%d" % os.getpid())
    _stacks = open(path + ".new", "a")  # appending: the reader empties the file before it asks
    faulthandler.register(STACK_SIGNAL, file=_stacks, all_threads=True, chain=False)
    os.rename(path + ".new", path)  # its being there says that the signal may be sent


_writer: _SlotWriter | None = None
_writer_pid = 0


def _own_slot() -> _SlotWriter | None:
    """This worker's slot; None in the parent (threads of a ThreadPool are not workers) or when it cannot be made."""
    global _writer, _writer_pid
    if _writer_pid != os.getpid():
        _writer, _writer_pid = None, os.getpid()
        run_dir = _run_dir()
        if run_dir and getattr(multiprocessing.current_process(), "_parent_pid", None) is not None:
            try:
                _writer = _SlotWriter(run_dir)
            except (OSError, ValueError, RuntimeError):
                _writer = None  # a full disk must not stop a training that would work without us
    return _writer


def _watch_item(make: Callable[..., Any]) -> Callable[..., Any]:
    """Wrap Keras' get_index(uid, i) or next_sample(uid). Stays picklable: name and module are the original's."""

    @functools.wraps(make)
    def made(uid: int, *index: Any) -> Any:
        slot = _own_slot()
        if slot is None:
            return make(uid, *index)
        number = index[0] if index and isinstance(index[0], int) else -1
        slot.write(1, int(uid), number)
        try:
            item = make(uid, *index)
        except Exception:
            slot.write(0, int(uid), number)
            raise
        # Not in a finally: sys.exit() leaves the slot busy, and so it can be told from a worker that was sent home.
        slot.write(0, int(uid), number)
        return item

    return made


# ---- reading, without judging ----------------------------------------------------------------------------


def read_slot(path: str) -> Slot | None:
    """One worker's file. None where it is missing or not yet filled."""
    for _ in range(3):
        try:
            with open(path, "rb") as file:
                raw = file.read(_RECORD.size)
        except OSError:
            return None
        if len(raw) < _RECORD.size:
            return None
        first, busy, uid, index, since, last = _RECORD.unpack(raw)
        if first == last:
            return Slot(first, bool(busy), uid, index, since) if first else None
    return None


def read_cpu_ticks(pid: int) -> int | None:
    """User and system ticks of a process so far; None when it is gone. proc(5), fields 14 and 15."""
    try:
        with open("/proc/%d/stat" % pid, "rb") as file:
            fields = file.read().rsplit(b")", 1)[1].split()
    except (OSError, IndexError):
        return None
    return int(fields[11]) + int(fields[12])


def read_all_threads_wait(pid: int) -> bool:
    """True when every thread of the process sits in a futex, so that nobody in it can wake the others."""
    try:
        threads = os.listdir("/proc/%d/task" % pid)
    except OSError:
        return False
    for thread in threads:
        try:
            with open("/proc/%d/task/%s/wchan" % (pid, thread)) as file:
                place = file.read()
        except OSError:
            return False
        if "futex" not in place and not _in_futex_syscall(pid, thread):
            return False
    return bool(threads)


def _in_futex_syscall(pid: int, thread: str) -> bool:
    # Numbers of futex: 202 on x86-64, 98 on aarch64. Where wchan is hidden (reads "0") this often still answers.
    try:
        with open("/proc/%d/task/%s/syscall" % (pid, thread)) as file:
            return file.read().split(" ", 1)[0] in ("202", "98")
    except OSError:
        return False


def read_oom_kills(root: str = "/") -> dict[str, int]:
    """How many times the kernel killed for memory so far: by this process' cgroup, and on the whole machine."""
    found = {}
    try:
        with open(os.path.join(root, "proc/self/cgroup")) as file:
            lines = [line.rstrip("\n").split(":", 2) for line in file]
    except OSError:
        lines = []
    for line in lines:
        if len(line) == 3 and line[1] == "":
            places = ["sys/fs/cgroup" + line[2] + "/memory.events", "sys/fs/cgroup/memory.events"]
        elif len(line) == 3 and "memory" in line[1].split(","):
            base = "sys/fs/cgroup/memory"
            places = [base + line[2] + "/memory.oom_control", base + "/memory.oom_control"]
        else:
            continue
        for place in places:
            count = _read_counter(os.path.join(root, place), "oom_kill")
            if count is not None:
                found["cgroup"] = count
                break
    count = _read_counter(os.path.join(root, "proc/vmstat"), "oom_kill")
    if count is not None:
        found["machine"] = count
    return found


def _read_counter(path: str, name: str) -> int | None:
    try:
        with open(path) as file:
            for line in file:
                words = line.split()
                if len(words) == 2 and words[0] == name:
                    return int(words[1])
    except (OSError, ValueError):
        pass
    return None


def judge_oom(before: dict[str, int], now: dict[str, int]) -> bool:
    """Whether the kernel killed for memory between two readings. The own cgroup decides where it can be read."""
    for source in ("cgroup", "machine"):
        if source in before and source in now:
            if now[source] > before[source]:
                return True
            if source == "cgroup" and "machine" in now:
                continue  # a limit further up the tree counts there, and in the machine's figure
    return False


# ---- judging, without reading ----------------------------------------------------------------------------


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
    stillborn = [w for w in dead if w.slot is None and w.exitcode != -signal.SIGKILL]
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
    if code == -signal.SIGKILL and oom:
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


# ---- the parent's side -----------------------------------------------------------------------------------


class _Pool:
    """One pool of Keras and what was seen of its workers."""

    def __init__(self, method: str) -> None:
        self.start_s = 0.0 if method == "fork" else START_S
        self.pool: Any = None  # a weak reference once the pool is there
        self.started: list[Any] = []  # every Process ever started for it, also those replaced since
        self.ticks: dict[int, tuple[int | None, float]] = {}
        self.stacks_asked: dict[int, int] = {}
        self.last_counts: tuple[Any, ...] = ()
        self.last_move = time.monotonic()
        self.tripped: Finding | None = None
        self.slow_told: set[tuple[int, int]] = set()


class Watchdog(threading.Thread):
    """Polls the pools of this process. One per process; `install` starts it."""

    def __init__(self, run_dir: str, stuck_after_s: float) -> None:
        threading.Thread.__init__(self, name="wslgpu-watchdog", daemon=True)
        self.run_dir = run_dir
        self.stuck_after_s = stuck_after_s
        self.pools: list[_Pool] = []
        self.findings: list[Finding] = []
        self.oom_before = read_oom_kills()
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

    def _look(self, record: _Pool, interrupted: bool) -> None:
        pool = record.pool() if record.pool is not None else None
        if pool is None:
            if record.pool is not None:
                self.pools.remove(record)
            return
        if record.tripped is not None:
            _fail_pending(pool, _error_of(record.tripped))
            return
        if interrupted:
            record.tripped = Finding("interrupted", "The run was interrupted.", 0, None)
            _fail_pending(pool, _error_of(record.tripped))
            return
        now = time.monotonic()
        for process in list(pool._pool):
            if process not in record.started:
                record.started.append(process)
        views = [self._view(record, process, now) for process in record.started]
        counts = tuple((v.pid, v.exitcode, v.slot.writes if v.slot else 0) for v in views) + (len(pool._cache),)
        if counts != record.last_counts:
            record.last_counts, record.last_move = counts, now
        dead = any(v.exitcode == -signal.SIGKILL for v in views)
        oom = dead and judge_oom(self.oom_before, read_oom_kills())
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

    def _view(self, record: _Pool, process: Any, now: float) -> WorkerView:
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
                    _ask_stack(pid)
                stack = self._read_stack(pid)
        return WorkerView(pid, None, slot, busy_s, still_s, waits, stack)

    def _tell_slow(self, record: _Pool, view: WorkerView) -> None:
        if view.slot and view.slot.busy and view.busy_s >= 10 and (view.pid, view.slot.writes) not in record.slow_told:
            record.slow_told.add((view.pid, view.slot.writes))
            self.tell("slow", worker=view.pid, batch=view.slot.batch, seconds=round(view.busy_s, 1))

    def _trip(self, record: _Pool, pool: Any, finding: Finding) -> None:
        record.tripped = finding
        self.findings.append(finding)
        alive = [p for p in record.started if p.exitcode is None]
        stacks = self.take_stacks([p.pid for p in alive])
        self.tell("finding", slug=finding.slug, sentence=finding.sentence, worker=finding.pid, batch=finding.batch,
                  stacks=stacks)
        _end_pool(pool, alive)
        _fail_pending(pool, _error_of(finding))

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
        return _error_of(finding)

    def take_stacks(self, pids: list[int]) -> dict[str, str]:
        """Python stacks of this process and of the workers `pids`, as faulthandler prints them."""
        asked = [pid for pid in pids if _ask_stack(pid)]
        path = os.path.join(self.run_dir, "stack.parent")
        try:
            with open(path, "w") as file:
                faulthandler.dump_traceback(file, all_threads=True)
            with open(path) as file:
                stacks = {str(os.getpid()): file.read()}
        except OSError:
            stacks = {}
        # A signal handler in C writes them and cannot say when it is done: wait until nothing is added any more.
        end, before = time.monotonic() + 0.5, [""]
        while time.monotonic() < end:
            now = [self._read_stack(pid) for pid in asked]
            if all(now) and now == before:
                break
            before = now
            time.sleep(0.03)
        for pid in pids:
            stacks[str(pid)] = self._read_stack(pid)
        return stacks

    def _read_stack(self, pid: int) -> str:
        try:
            with open(os.path.join(self.run_dir, "stack.%d" % pid), errors="replace") as file:
                text = file.read()
        except OSError:
            return ""
        return text


def _ask_stack(pid: int) -> bool:
    # Only a worker that registered the handler may get the signal: without one it would die of it.
    try:
        os.truncate(os.path.join(_run_dir(), "stack.%d" % pid), 0)
        os.kill(pid, STACK_SIGNAL)
    except OSError:
        return False
    return True


def _error_of(finding: Finding) -> RuntimeError:
    return RuntimeError("wslgpu: [%s] %s" % (finding.slug, finding.sentence))


def _fail_pending(pool: Any, error: Exception) -> None:
    """Give every batch that somebody waits for an exception as its result."""
    for result in list(pool._cache.values()):
        try:
            result._set(0, (False, error))
        except (AttributeError, KeyError, IndexError):
            pass  # answered in the meantime


def _end_pool(pool: Any, alive: list[Any]) -> None:
    """Kill a pool's workers for good. Pool.terminate() would wait for a lock that a dead worker may hold."""
    # The pool itself stays "running": Keras' thread goes on to ask it for batches, and gets our error for those too.
    pool._worker_handler._state = multiprocessing.pool.TERMINATE  # or it would start new ones
    notifier = getattr(pool, "_change_notifier", None)
    if notifier is not None:
        notifier.put(None)
    time.sleep(0.01)
    for process in set(alive) | set(pool._pool):
        if process.exitcode is None:
            try:
                os.kill(process.pid, signal.SIGKILL)
            except OSError:
                pass
    deadline = time.monotonic() + 1
    while any(p.exitcode is None for p in set(alive) | set(pool._pool)) and time.monotonic() < deadline:
        time.sleep(0.01)
    # The locks lie in shared memory and outlive their holders; at exit multiprocessing takes them once more.
    for lock in (getattr(pool._inqueue, "_rlock", None), getattr(pool._outqueue, "_wlock", None)):
        if lock is not None and not lock.acquire(block=False):
            pass
        if lock is not None:
            try:
                lock.release()
            except ValueError:
                pass


# ---- installing ------------------------------------------------------------------------------------------

_watchdog: Watchdog | None = None
_directory = ""


def _run_dir() -> str:
    return _directory or os.environ.get(ENV_RUN_DIR, "")


def choose_start_method(wanted: str) -> str:
    """`auto` means: what the process would take, but fork where the forkserver is merely Python's own default.

    Python 3.14 made the forkserver the default on Linux; every epoch of a Keras pool would import TensorFlow anew.
    A method that the user has set is kept.
    """
    if wanted != "auto":
        return wanted
    methods = multiprocessing.get_all_start_methods()  # the platform's default comes first
    actual = multiprocessing.get_start_method(allow_none=True) or methods[0]
    if actual == "forkserver" and methods[0] == "forkserver" and "fork" in methods:
        return "fork"
    return actual


def _pool_maker(watchdog: Watchdog, wanted: str) -> Callable[..., Any]:
    def make(*args: Any, **kwargs: Any) -> Any:
        method = choose_start_method(wanted)
        record = _Pool(method)
        context = _recording_context(method, record.started)
        try:
            pool = context.Pool(*args, **kwargs)
        except Exception as error:
            return _PoolThatFailed(watchdog.take_pool_error(error, method))
        watchdog.pools.append(record)
        record.last_move = time.monotonic()
        record.pool = weakref.ref(pool)
        return pool

    return make


class _WithPool:
    """A module with another Pool."""

    def __init__(self, module: Any, maker: Callable[..., Any]) -> None:
        self._module = module
        self.Pool = maker

    def __getattr__(self, name: str) -> Any:
        return getattr(self._module, name)


class _PoolThatFailed:
    """Stands for a pool that could not be made. Keras 2 makes its pools in a thread that nobody watches: an exception
    there ends that thread and leaves `fit` waiting for ever. Here every batch is the exception."""

    def __init__(self, error: Exception) -> None:
        self.error = error

    def apply_async(self, *args: Any, **kwargs: Any) -> _PoolThatFailed:
        return self

    def get(self, timeout: float | None = None) -> Any:
        raise self.error

    def wait(self, timeout: float | None = None) -> None:
        return

    def close(self) -> None:
        return

    terminate = join = close


def _recording_context(method: str, started: list[Any]) -> Any:
    """A context of multiprocessing that notes each process it starts. The process-wide default is left alone."""
    base: Any = multiprocessing.get_context(method)
    if method != "fork":
        return base  # its Process is pickled to the child and must stay importable there

    class NotedProcess(base.Process):  # type: ignore[misc]
        def start(self) -> None:
            base.Process.start(self)
            started.append(self)

        def run(self) -> None:
            _own_slot()
            base.Process.run(self)

    class NotingContext(type(base)):  # type: ignore[misc]
        Process = NotedProcess

    return NotingContext()


def _time_batches(get: Callable[..., Any], watchdog: Watchdog) -> Callable[..., Any]:
    """Wrap OrderedEnqueuer.get(): the time until a batch comes is waiting, the time until the next is asked for is use.

    The first batch of an epoch is left out: it waits for the pool to start.
    """

    @functools.wraps(get)
    def timed(enqueuer: Any) -> Any:
        given = 0.0
        for batch in _timed_items(get(enqueuer)):
            asked, came = batch[0], batch[1]
            if given:
                watchdog.batches += 1
                watchdog.waited_s += came - asked
                watchdog.used_s += asked - given
            given = came
            yield batch[2]

    return timed


def _timed_items(batches: Any) -> Any:
    while True:
        asked = time.monotonic()
        try:
            batch = next(batches)
        except StopIteration:
            return
        yield asked, time.monotonic(), batch


def patch_keras(module: Any, watchdog: Watchdog | None, start_method: str) -> None:
    """Make the pools of one of KERAS_MODULES watched ones. In a worker (watchdog None) only the items are noted."""
    if getattr(module, "_wslgpu_watched", False):
        return
    module._wslgpu_watched = True
    for name in ("get_index", "next_sample"):
        if hasattr(module, name):
            setattr(module, name, _watch_item(getattr(module, name)))
    if watchdog is None:
        return
    if hasattr(module, "OrderedEnqueuer"):
        module.OrderedEnqueuer.get = _time_batches(module.OrderedEnqueuer.get, watchdog)
    maker = _pool_maker(watchdog, start_method)
    if not hasattr(module, "get_pool_class"):  # TensorFlow 1.15 calls multiprocessing.Pool itself
        module.multiprocessing = _WithPool(multiprocessing, maker)
        return
    original = module.get_pool_class

    def get_pool_class(use_multiprocessing: bool) -> Any:
        chosen = original(use_multiprocessing)
        # Keras may insist on threads (_FORCE_THREADPOOL): then there is nothing to watch.
        return maker if chosen == multiprocessing.Pool else chosen

    module.get_pool_class = get_pool_class


def install(run_dir: str, start_method: str = "auto", stuck_after_s: float = 300.0) -> Watchdog:
    """Start the watchdog of this process, once, and patch those modules of Keras that are imported already."""
    global _watchdog, _directory
    if _watchdog is None or _watchdog.pid != os.getpid():
        _directory = run_dir
        try:
            _answer_stack_signal(run_dir)
        except (OSError, ValueError, RuntimeError):
            pass
        _watchdog = Watchdog(run_dir, stuck_after_s)
        _watchdog.start()
    for name in KERAS_MODULES:
        module = sys.modules.get(name)
        if module is not None:
            patch_keras(module, _watchdog, start_method)
    return _watchdog
