"""Workers, their nursery and the training itself are killed; nothing is lost and nothing is left."""

from __future__ import annotations

import os
import random
import signal
import sys
import threading
import time

import pytest

from tests.feeds.conftest import values, wait_until

np = pytest.importorskip("numpy")

from wslgpu.feeds import WorkerDied, WorkerStuck, fork_feed, nursery  # noqa: E402
from wslgpu.feeds.stuck import end_stuck  # noqa: E402
from wslgpu.feeds.wire import STATE  # noqa: E402

pytestmark = [
    pytest.mark.skipif(not sys.platform.startswith("linux"), reason="fork workers are for Linux"),
    pytest.mark.usefixtures("shm_names"),
]


def processes(feed):
    """The workers and, last, the nursery."""
    return [seat.pid for seat in feed._crew.seats if seat.pid] + [feed._crew.nursery]


def kill(pid):
    try:
        os.kill(pid, signal.SIGKILL)
    except ProcessLookupError:
        return False
    return True


@pytest.mark.parametrize("seed", [11, 12, 13])
def test_kills_at_random_moments(numbers, seed, still_running):
    """A seeded sample; tests/benchmarks/kills.py does 200 and writes docs/evidence."""
    chance = random.Random(seed)
    sequence = numbers(120, 0.002, shuffle=True, size=20_000)
    kills, passes, seen = 0, 0, set()
    with fork_feed(sequence, 3, retries=50) as feed:
        while passes < 2 or (kills <= 10 and passes < 50):  # a machine that forks slowly has fewer workers to kill
            passes += 1
            got = []
            for batch in feed:
                assert (batch[0] == batch[0][0]).all()
                got.append(int(batch[0][0]))
                seen.update(processes(feed))
                if chance.random() < 0.12:
                    time.sleep(chance.random() * 0.003)
                    pids = processes(feed)
                    kills += kill(chance.choice(pids[:-1] or pids))
            assert got == sequence.places.tolist()
            feed.on_epoch_end()
        assert kills > 10
        seen.update(processes(feed))
    assert still_running(seen) == []


def test_the_nursery_is_killed(numbers, still_running):
    sequence = numbers(60, 0.001, shuffle=True)
    seen = set()
    with fork_feed(sequence, 2) as feed:
        feed.on_epoch_end()
        got = []
        for index in range(60):
            got.append(int(feed[index][0][0]))
            seen.update(processes(feed))
            if index in (0, 20, 21):
                kill(feed._crew.nursery)
        assert got == sequence.places.tolist()
        kill(feed._crew.nursery)
        feed.on_epoch_end()
        assert [int(batch[0][0]) for batch in feed] == sequence.places.tolist()
    assert still_running(seen) == []


def test_a_place_where_workers_always_die_costs_no_batch(numbers, still_running):
    """Each worker of the first seat is killed once it is born; what it was given goes to the second, not back to it."""
    sequence = numbers(80, 0.002, shuffle=True)
    killed, had, over = set(), [], threading.Event()
    with fork_feed(sequence, 2, retries=2) as feed:

        def murder():  # at most 20 a batch: a feed gives up where workers die without one for long
            while not over.wait(0.0005):
                pid = feed._crew.seats[0].pid
                if pid and pid not in killed and len(killed) < 20 * (1 + len(had)) and kill(pid):
                    killed.add(pid)

        thread = threading.Thread(target=murder, daemon=True)
        thread.start()
        passes = 0
        try:
            while passes < 2 or (len(killed) <= 3 and passes < 50):
                passes += 1
                got = []
                for batch in feed:
                    got.append(int(batch[0][0]))
                    had.append(passes)
                assert got == sequence.places.tolist()
                feed.on_epoch_end()
        finally:
            over.set()
            thread.join(60)
    assert len(killed) > 3
    assert still_running(killed) == []


def test_a_worker_born_of_a_dying_nursery_makes_nothing(numbers, monkeypatch, tmp_path, still_running):
    """Its first step comes after the nursery's end: the slots of the tasks in its pipe are another worker's by then."""
    work, note, made = nursery.work, tmp_path / "born", tmp_path / "made"

    def work_late(*arguments):
        if not note.exists():
            mother = os.getppid()
            note.with_suffix(".part").write_text(str(os.getpid()))
            note.with_suffix(".part").rename(note)
            while os.getppid() == mother:
                time.sleep(0.005)
        work(*arguments)

    class Noting(numbers):
        def __getitem__(self, index):
            with made.open("a") as file:
                file.write(f"{os.getpid()}\n")
            return super().__getitem__(index)

    monkeypatch.setattr(nursery, "work", work_late)
    with fork_feed(Noting(5), 1) as feed:
        feed._crew.submit(0, 0, first=True)
        feed._crew.pump(0)  # the task is in the pipe of the worker that has not begun
        assert wait_until(note.exists)
        orphan = int(note.read_text())
        kill(feed._crew.nursery)
        assert values(feed) == list(range(5))
        assert still_running([orphan]) == []
    assert str(orphan) not in made.read_text().split()


def read_for_ever(feed):
    while True:
        list(feed)


class Deadly:
    def __init__(self, how):
        self.how = how

    def __len__(self):
        return 12

    def __getitem__(self, index):
        if index == 7:
            self.how()
        return np.array(index)


def test_a_batch_that_kills_its_worker_is_named():
    with fork_feed(Deadly(lambda: os.kill(os.getpid(), signal.SIGKILL)), 2, retries=2) as feed:
        assert [int(feed[i]) for i in range(7)] == list(range(7))
        with pytest.raises(WorkerDied, match=r"batch 7 ended 3 workers in a row, the last by SIGKILL.*memory"):
            feed[7]
        assert [int(feed[i]) for i in range(8, 12)] == list(range(8, 12))


def test_a_batch_that_ends_its_worker_with_exit_is_an_exception():
    with fork_feed(Deadly(lambda: sys.exit("enough")), 2) as feed, pytest.raises(SystemExit, match="enough"):
        feed[7]


def test_a_hard_exit_is_named():
    with (
        fork_feed(Deadly(lambda: os._exit(3)), 2, retries=1) as feed,
        pytest.raises(WorkerDied, match="exit code 3"),
    ):
        feed[7]


def sleep_for_ever():
    time.sleep(1000)


def age(crew, index, seconds):
    """Let the worker of a batch have been at it for so long: the time is in the shared memory."""

    def at():
        for number, seat in enumerate(crew.seats):
            task = seat.tasks.get(STATE.unpack_from(crew.ring.map, number * STATE.size)[0])
            if task is not None and task.index == index and seat.pid:
                return number, task
        crew.pump(0.01)
        return None

    assert wait_until(at)
    number, task = at()
    STATE.pack_into(crew.ring.map, number * STATE.size, task.number, time.monotonic() - seconds)


def test_a_stuck_worker_is_named_with_the_line_where_it_stands(still_running):
    with fork_feed(Deadly(sleep_for_ever), 2, timeout=1000) as feed:
        crew = feed._crew
        for index in range(7):
            feed[index]
        age(crew, 7, 300)
        pids = processes(feed)
        with pytest.warns(RuntimeWarning, match=r"(?s)batch 7 has been under way for 3\d\d s.*sleep_for_ever"):
            end_stuck(crew.seats, crew.ring.map, crew.wires.traces[0], crew.timeout)
        age(crew, 7, 1100)
        with pytest.raises(WorkerStuck, match=r"(?s)batch 7 .*worker \d+.*sleep_for_ever"):
            feed[7]
        assert int(feed[8]) == 8
        pids += processes(feed)
    assert still_running(pids) == []


SCRIPT = """
import os, sys, time
import numpy as np
from wslgpu.feeds import fork_feed

class Sequence:
    def __len__(self):
        return 10_000
    def __getitem__(self, index):
        time.sleep(0.01)
        return np.full((1000,), index)
    def on_epoch_end(self):
        pass

feed = fork_feed(Sequence(), 3)
try:
    told = None
    for index, batch in enumerate(feed):
        pids = [seat.pid for seat in feed._crew.seats]
        if told is None and index >= 5 and all(pids):  # the last may have worked before it is known to the parent
            print(*pids, feed._crew.nursery, flush=True)
            told = index
        if index - 5 == told and {leave}:
            sys.exit(7)
        if index - 5 == told and {crash}:
            raise ValueError("crash")
except KeyboardInterrupt:
    print("interrupted", flush=True)
    sys.exit(130)
"""


def pids_of(process):
    return [int(pid) for pid in process.stdout.readline().split()]


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM])
def test_a_killed_training_leaves_no_worker(run_script, still_running, number):
    process = run_script(SCRIPT.format(leave=False, crash=False))
    pids = pids_of(process)
    assert len(pids) == 4
    process.send_signal(number)
    process.communicate(timeout=120)
    assert still_running(pids) == []


@pytest.mark.parametrize(("leave", "crash", "code"), [(True, False, 7), (False, True, 1)])
def test_an_ended_training_leaves_no_worker(run_script, still_running, leave, crash, code):
    process = run_script(SCRIPT.format(leave=leave, crash=crash))
    pids = pids_of(process)
    _, errors = process.communicate(timeout=120)
    assert process.returncode == code, errors
    assert still_running(pids, 0) == []


def test_ctrl_c_ends_cleanly(run_script, still_running):
    process = run_script(SCRIPT.format(leave=False, crash=False))
    pids = pids_of(process)
    os.killpg(process.pid, signal.SIGINT)  # as the terminal does: to the whole group
    output, errors = process.communicate(timeout=120)
    assert process.returncode == 130, errors
    assert "interrupted" in output
    assert "Traceback" not in errors
    assert still_running(pids, 0) == []


def test_a_feed_goes_on_after_ctrl_c_in_a_notebook(numbers):
    with fork_feed(numbers(40, 0.01), 2) as feed:

        def interrupt(number, frame):
            raise KeyboardInterrupt

        previous = signal.signal(signal.SIGALRM, interrupt)
        try:
            with pytest.raises(KeyboardInterrupt):  # noqa: PT012 (the timer may be over before the next line)
                signal.setitimer(signal.ITIMER_REAL, 0.08)
                read_for_ever(feed)
        finally:
            signal.setitimer(signal.ITIMER_REAL, 0)
            signal.signal(signal.SIGALRM, previous)
        assert [int(batch[0][0]) for batch in feed] == list(range(40))


def test_letting_go_of_a_feed_ends_its_workers(numbers, still_running):
    feed = fork_feed(numbers(10), 2)
    feed[0]
    pids = processes(feed)
    del feed
    assert still_running(pids) == []
