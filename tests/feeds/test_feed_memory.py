"""Shared memory: what is held stays, what is let go is used again, and there is a limit."""

from __future__ import annotations

import gc
import os

import pytest

from tests.feeds.conftest import values

np = pytest.importorskip("numpy")

from wslgpu.feeds import FeedError, fork_feed  # noqa: E402

pytestmark = [
    pytest.mark.skipif(not hasattr(os, "fork"), reason="no fork here"),
    pytest.mark.usefixtures("shm_names"),
]


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
