"""Exceptions, several callers, misuse, and the fall-back to threads."""

from __future__ import annotations

import multiprocessing
import os
import pickle
import threading
import warnings

import pytest

from tests.feeds.conftest import values

np = pytest.importorskip("numpy")

from wslgpu.feeds import Feed, FeedError, WorkerTraceback, fork_feed  # noqa: E402

pytestmark = [
    pytest.mark.skipif(not hasattr(os, "fork"), reason="no fork here"),
    pytest.mark.usefixtures("shm_names"),
]


class Failing:
    def __len__(self):
        return 10

    def __getitem__(self, index):
        if index == 4:
            raise KeyError("no such picture")
        if index == 6:
            raise type("Local", (Exception,), {})("cannot be pickled")
        if index == 8:
            return lambda: None
        return np.array(index)


class Cached:
    """Batches kept in a process of multiprocessing's: its proxies reach it over a connection for each process."""

    def __init__(self, cache):
        self.cache = cache

    def __len__(self):
        return 40

    def __getitem__(self, index):
        if index not in self.cache:
            self.cache[index] = np.full((8, 16), index)
        return self.cache[index]


def test_workers_do_not_share_the_connection_to_a_manager():
    with multiprocessing.Manager() as manager:
        cached = Cached(manager.dict())
        assert cached[0][0, 0] == 0  # the parent has a connection before the fork
        with fork_feed(cached, 4) as feed:
            for _ in range(3):
                assert [int(feed[index].max()) for index in range(40)] == list(range(40))


@pytest.mark.parametrize("threads", [False, True])
def test_an_exception_comes_in_its_turn_and_the_feed_goes_on(threads):
    with fork_feed(Failing(), 2, threads=threads) as feed:
        assert [int(feed[i]) for i in range(4)] == [0, 1, 2, 3]
        with pytest.raises(KeyError, match="no such picture") as caught:
            feed[4]
        if not threads:
            assert isinstance(caught.value.__cause__, WorkerTraceback)
            assert "in __getitem__" in str(caught.value.__cause__)
        assert int(feed[5]) == 5
        with pytest.raises(Exception, match="cannot be pickled"):
            feed[6]
        assert int(feed[7]) == 7
        if not threads:
            with pytest.raises((AttributeError, pickle.PicklingError), match=r"[Cc]an't"):
                feed[8]
        assert int(feed[9]) == 9


def test_several_threads_may_ask(numbers):
    found = {}
    with fork_feed(numbers(60, 0.001), 3) as feed:

        def ask(start):
            for index in range(start, 60, 4):
                found[index] = int(feed[index][0][0])

        threads = [threading.Thread(target=ask, args=(start,), daemon=True) for start in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(60)
    assert found == {index: index for index in range(60)}


def test_two_feeds_side_by_side(numbers):
    with fork_feed(numbers(20), 2) as training, fork_feed(numbers(5), 2) as validation:
        for _ in range(2):
            assert values(training) == list(range(20))
            assert values(validation) == list(range(5))


def test_without_length():
    class Endless:
        num_batches = None

        def __getitem__(self, index):
            return np.array(index)

    with fork_feed(Endless(), 2) as feed:
        assert feed.num_batches is None
        iterator = iter(feed)
        assert [int(next(iterator)) for _ in range(30)] == list(range(30))
        with pytest.raises(TypeError):
            len(feed)


def test_attributes_of_the_sequence_are_at_hand(numbers):
    with fork_feed(numbers(6, size=3), 1) as feed:
        assert feed.size == 3
        with pytest.raises(AttributeError):
            _ = feed.nothing


def test_a_feed_is_not_pickled_and_not_used_in_a_child(numbers):
    with fork_feed(numbers(6), 1) as feed:
        with pytest.raises(TypeError, match="cannot be pickled"):
            pickle.dumps(feed)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", DeprecationWarning)
            pid = os.fork()
        if pid == 0:
            try:
                feed[0]
            except FeedError:
                os._exit(42)
            os._exit(1)
        assert os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) == 42
        assert int(feed[0][0][0]) == 0


def test_a_closed_feed_says_so(numbers):
    feed = fork_feed(numbers(6), 1)
    batch = feed[5]
    feed.close()
    feed.close()
    with pytest.raises(FeedError, match="closed"):
        feed[0]
    assert batch[0][0] == 5


@pytest.mark.parametrize(("arguments", "words"), [({"workers": 0}, "at least one"), ({"workers": -3}, "workers=-3")])
def test_bad_arguments_are_named(numbers, arguments, words):
    with pytest.raises(ValueError, match=words):
        fork_feed(numbers(3), **arguments)
    with pytest.raises(ValueError, match="no __getitem__"):
        fork_feed(iter([1]), 1)


def test_without_keras_a_feed_is_a_plain_object(numbers):
    with fork_feed(numbers(3), 1) as feed:
        assert isinstance(feed, Feed)


def test_no_fork_falls_back_to_threads_and_says_so(numbers, monkeypatch):
    def fail(*_):
        raise BlockingIOError(11, "Resource temporarily unavailable")

    monkeypatch.setattr("wslgpu.feeds.wire.Wires.fork", fail)
    with pytest.warns(RuntimeWarning, match="threads, not processes: fork or shared memory failed"):
        feed = fork_feed(numbers(30, 0.001), 3)
    with feed:
        assert feed.describe()["kind"] == "threads"
        assert values(feed) == list(range(30))
        feed.on_epoch_end()
        assert {int(batch[1][0]) for batch in feed} == {1}


def test_other_systems_fall_back_to_threads_and_say_so(numbers, monkeypatch):
    monkeypatch.setattr("wslgpu.feeds.make.sys.platform", "win32")
    with pytest.warns(RuntimeWarning, match="no safe fork on win32"):
        feed = fork_feed(numbers(10), 2)
    with feed:
        assert values(feed) == list(range(10))
