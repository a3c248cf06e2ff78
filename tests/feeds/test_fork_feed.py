"""Order, single use and epochs: what fit and a plain loop may rely on."""

from __future__ import annotations

import os
import random

import pytest

from tests.feeds.conftest import values

np = pytest.importorskip("numpy")

from wslgpu.feeds import fork_feed  # noqa: E402

pytestmark = [
    pytest.mark.skipif(not hasattr(os, "fork"), reason="no fork here"),
    pytest.mark.usefixtures("shm_names"),
]


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
