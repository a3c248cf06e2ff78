"""Order, single use, epochs, seeds, exceptions, memory: what fit and a plain loop may rely on."""

from __future__ import annotations

import gc
import os
import pickle
import random
import threading
import warnings

import pytest

np = pytest.importorskip("numpy")

from wslgpu.feeds import Feed, FeedError, WorkerTraceback, fork_feed  # noqa: E402

pytestmark = [
    pytest.mark.skipif(not hasattr(os, "fork"), reason="no fork here"),
    pytest.mark.usefixtures("shm_names"),
]


def values(feed):
    return [int(batch[0][0]) for batch in feed]


@pytest.mark.parametrize("workers", [1, 2, 3, 8])
@pytest.mark.parametrize("length", [0, 1, 2, 7, 40])
def test_every_batch_once_and_in_order(numbers, workers, length):
    with fork_feed(numbers(length), workers) as feed:
        assert len(feed) == length
        assert values(feed) == list(range(length))
        assert values(feed) == list(range(length))


def test_batches_are_made_by_the_workers(numbers):
    with fork_feed(numbers(30, 0.005), 2) as feed:
        pids = {int(batch[1][1]) for batch in feed}
    assert os.getpid() not in pids
    assert len(pids) == 2


def test_workers_live_on_from_pass_to_pass(numbers):
    sequence = numbers(30, 0.002)
    sequence.__class__ = type("NoHook", (numbers,), {"on_epoch_end": None})
    with fork_feed(sequence, 2) as feed:
        first = {int(batch[1][1]) for batch in feed}
        second = {int(batch[1][1]) for batch in feed}
    assert first == second


@pytest.mark.parametrize("seed", range(5))
def test_any_order_of_asking_gives_what_was_asked_for(numbers, seed):
    order = [random.Random(seed).randrange(25) for _ in range(80)]
    with fork_feed(numbers(25), 3) as feed:
        assert [int(feed[index][0][0]) for index in order] == order
        assert int(feed[-1][0][0]) == 24
        with pytest.raises(IndexError):
            feed[99]
        assert int(feed[3][0][0]) == 3


def test_a_shuffled_caller_gets_its_order_and_no_batch_is_made_twice(tmp_path, numbers):
    class Counting(numbers):
        def __getitem__(self, index):
            with open(tmp_path / "made", "a") as file:
                file.write(f"{index}\n")
            return super().__getitem__(index)

    def as_keras_does(feed):
        indices = list(range(feed.num_batches))
        random.shuffle(indices)
        for i in indices:
            yield i, feed[i]

    with fork_feed(Counting(50), 3) as feed:
        for index, batch in as_keras_does(feed):
            assert batch[0][0] == index
    made = sorted(int(line) for line in (tmp_path / "made").read_text().split())
    assert made == list(range(50))


def test_shuffle_is_another_order_each_pass_and_complete(numbers):
    with fork_feed(numbers(50), 2, shuffle=True, seed=5) as feed:
        first, second = values(feed), values(feed)
    assert sorted(first) == sorted(second) == list(range(50))
    assert first != second
    with fork_feed(numbers(50), 3, shuffle=True, seed=5) as feed:
        assert values(feed) == first


def test_on_epoch_end_reaches_all_workers_alike(numbers):
    sequence = numbers(40, 0.001, shuffle=True)
    with fork_feed(sequence, 4) as feed:
        for epoch in range(4):
            batches = list(feed)
            assert {int(batch[1][0]) for batch in batches} == {epoch}
            assert [int(batch[0][0]) for batch in batches] == sequence.places.tolist()
            feed.on_epoch_end()
    assert sequence.epoch == 4


def test_on_epoch_end_in_the_middle_of_a_pass(numbers):
    sequence = numbers(40, 0.001, shuffle=True)
    with fork_feed(sequence, 3) as feed:
        for index in range(10):
            feed[index]
        feed.on_epoch_end()
        assert values(feed) == sequence.places.tolist()


def test_an_error_in_on_epoch_end_is_raised(numbers):
    class Faulty(numbers):
        def on_epoch_end(self):
            raise ValueError("no more epochs")

    with fork_feed(Faulty(4), 2) as feed, pytest.raises(ValueError, match="no more epochs"):
        feed.on_epoch_end()


def test_the_length_may_change_between_epochs(numbers):
    class Growing(numbers):
        def on_epoch_end(self):
            self.length += 5
            self.places = np.arange(self.length)

    with fork_feed(Growing(5), 2) as feed:
        assert values(feed) == list(range(5))
        feed.on_epoch_end()
        assert values(feed) == list(range(10))


def test_a_new_attribute_reaches_the_workers(numbers):
    sequence = numbers(6)
    with fork_feed(sequence, 2) as feed:
        values(feed)
        sequence.epoch = 77
        assert {int(batch[1][0]) for batch in feed} == {77}


def test_refresh_shows_the_workers_what_was_changed_in_place(numbers):
    sequence = numbers(6)
    with fork_feed(sequence, 2) as feed:
        values(feed)
        sequence.places[:] = 9
        feed.refresh()
        assert values(feed) == [9] * 6


class Drawing:
    def __init__(self):
        self.own = np.random.default_rng(0)
        self.old = np.random.RandomState(0)
        self.plain = random.Random(0)

    def __len__(self):
        return 12

    def __getitem__(self, index):
        return np.array(
            [np.random.rand(), random.random(), self.own.random(), self.old.rand(), self.plain.random(), os.getpid()]
        )

    def on_epoch_end(self):
        pass


def draws(seed, workers, epochs=2):
    found = []
    with fork_feed(Drawing(), workers, seed=seed) as feed:
        for _ in range(epochs):
            found.append(np.stack(list(feed))[:, :5].copy())
            feed.on_epoch_end()
    return np.stack(found)


def test_no_two_batches_and_no_two_epochs_draw_the_same():
    found = draws(1, 3)
    for generator in range(5):
        assert len(set(found[:, :, generator].ravel().tolist())) == 24


def test_the_same_seed_draws_the_same_whichever_worker_does_it():
    assert (draws(1, 3) == draws(1, 2)).all()
    assert not (draws(1, 2) == draws(2, 2)).any()


def test_numpys_own_seed_is_the_default():
    def seeded(seed):
        np.random.seed(seed)
        return draws(None, 2)

    assert (seeded(7) == seeded(7)).all()
    assert not (seeded(7) == seeded(8)).any()


def test_reseed_off_leaves_the_generators_alone():
    with fork_feed(Drawing(), 1, reseed=False) as feed:
        first = feed[0]
    assert first[2] == np.random.default_rng(0).random()


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


def test_what_is_held_stays_what_it_was(numbers):
    with fork_feed(numbers(200, size=2000), 2) as feed:
        held = list(feed)
        again = list(feed)
        assert [set(batch[0]) for batch in held] == [{i} for i in range(200)]
        assert [set(batch[0]) for batch in again] == [{i} for i in range(200)]
    assert [set(batch[0]) for batch in held] == [{i} for i in range(200)]


def test_a_slice_of_a_batch_keeps_its_memory(numbers):
    with fork_feed(numbers(100), 2) as feed:
        slices = [batch[0][3:5][::-1].reshape(1, 2) for batch in feed if batch[0][0] % 30 == 0]
        gc.collect()
        values(feed)
        assert [int(part[0, 0]) for part in slices] == [0, 30, 60, 90]


def test_memory_is_used_again_once_nothing_holds_it(numbers):
    with fork_feed(numbers(60), 2) as feed:
        addresses = {batch[0].ctypes.data for batch in feed}
        assert len(addresses) < 40
        assert feed.describe()["kind"] == "fork"


def test_copies_on_request(numbers):
    with fork_feed(numbers(6), 2, copy=True) as feed:
        assert feed[0][0].base is None


def test_a_memory_limit_limits_what_is_made_ahead(numbers):
    with fork_feed(numbers(40, size=1 << 17), 2, memory=4 << 20) as feed:  # 1 MiB a batch
        values(feed)
        assert feed.describe()["lookahead"] <= 3


def test_a_batch_larger_than_a_slot_is_named(numbers):
    with fork_feed(numbers(4, size=1000), 1) as feed:
        feed._crew.ring.room = 4096
        feed._crew.restart()
        with pytest.raises(FeedError, match="batch 0 takes"):
            feed[0]


def test_several_threads_may_ask(numbers):
    found = {}
    with fork_feed(numbers(60, 0.001), 3) as feed:

        def ask(start):
            for index in range(start, 60, 4):
                found[index] = int(feed[index][0][0])

        threads = [threading.Thread(target=ask, args=(start,)) for start in range(4)]
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
