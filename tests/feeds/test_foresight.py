from __future__ import annotations

import random
import sys

import pytest

np = pytest.importorskip("numpy")

from wslgpu.feeds.foresight import Foresight, find_order  # noqa: E402


def nothing():
    return None


def test_two_in_a_row_are_a_run():
    foresight = Foresight(4)
    foresight.asked(0, 10, nothing)
    assert foresight.upcoming(3) == []
    foresight.asked(1, 10, nothing)
    assert foresight.upcoming(3) == [2, 3, 4]


def test_without_length_a_run_has_no_end():
    foresight = Foresight(4)
    foresight.asked(7, None, nothing)
    foresight.asked(8, None, nothing)
    assert foresight.upcoming(3) == [9, 10, 11]


def test_the_callers_order_is_followed_to_its_end():
    order = [3, 1, 0, 2]
    foresight = Foresight(4)
    seen = []
    for index in order:
        foresight.asked(index, 4, lambda: order)
        seen.append(foresight.upcoming(9))
    assert seen == [[1, 0, 2], [0, 2], [2], []]


def test_a_new_order_replaces_one_that_was_left_early():
    foresight = Foresight(4)
    first, second = list(range(10)), list(range(10))
    random.Random(1).shuffle(first)
    random.Random(2).shuffle(second)
    for index in first[:3]:
        foresight.asked(index, 10, lambda: first)
    assert foresight.asked(second[0], 10, lambda: second) or foresight.upcoming(9) == second[1:]
    for place, index in enumerate(second):
        foresight.asked(index, 10, lambda: second)
        assert foresight.upcoming(20)[: 9 - place] == second[place + 1 :]


def test_threads_that_are_not_in_step_do_not_break_the_run():
    foresight = Foresight(8)
    foresight.begin(list(range(10)))
    for index in (1, 0, 3, 2):
        foresight.asked(index, 10, nothing)
    assert foresight.upcoming(3) == [4, 5, 6]
    foresight.asked(6, 10, nothing)
    assert foresight.upcoming(4) == [4, 5, 7, 8]


def caller(order):
    def generator(indices):
        for index in indices:
            yield find_order(sys._getframe(), index, 5)

    return next(generator(order))


@pytest.mark.parametrize("order", [[4, 2, 0, 1, 3], (1, 0, 2, 4, 3), range(5), np.array([2, 0, 1, 4, 3])])
def test_an_order_is_found_in_the_callers_frame(order):
    assert caller(order) is order


@pytest.mark.parametrize(
    "other",
    [[0, 1, 2, 3, 3], [1, 2, 3, 4, 5], ["a"] * 5, [0.0, 1.0, 2.0, 3.0, 4.0], range(6), np.zeros((5, 5)), [0, 1]],
)
def test_what_is_no_order_is_not_taken_for_one(other):
    assert caller(other) is None
