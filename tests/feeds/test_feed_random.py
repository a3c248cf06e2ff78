"""Random numbers: other ones in each batch and epoch, the same whichever worker makes them."""

from __future__ import annotations

import os
import random

import pytest

np = pytest.importorskip("numpy")

from wslgpu.feeds import fork_feed  # noqa: E402

pytestmark = [
    pytest.mark.skipif(not hasattr(os, "fork"), reason="no fork here"),
    pytest.mark.usefixtures("shm_names"),
]


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
