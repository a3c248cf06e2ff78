from __future__ import annotations

import threading
import time

import pytest

pytest.importorskip("numpy", reason="wslgpu.feeds imports numpy")

from tests.feeds.conftest import wait_until
from wslgpu.feeds import in_order, threadsafe


def take_all(iterator, threads=4):
    """What each of several threads got, and the exceptions that they met. All begin together."""
    found, errors = [], []
    begin = threading.Barrier(threads)

    def take():
        try:
            begin.wait(60)
            for item in iterator:
                found.append(item)
        except Exception as error:
            errors.append(error)

    workers = [threading.Thread(target=take, daemon=True) for _ in range(threads)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join(60)
    return found, errors


def count(length):
    for number in range(length):
        time.sleep(0.001)
        yield number


def test_a_bare_generator_does_fail_in_threads():
    """Otherwise the tests below would show nothing."""
    inside, asked = threading.Event(), threading.Event()

    def slow():
        inside.set()
        asked.wait(60)
        yield 0

    generator = slow()
    first = threading.Thread(target=next, args=(generator,), daemon=True)
    first.start()
    assert inside.wait(60)
    with pytest.raises(ValueError, match="already executing"):
        next(generator)
    asked.set()
    first.join(60)


def test_threadsafe_as_a_decorator():
    found, errors = take_all(threadsafe(count)(100))
    assert errors == []
    assert sorted(found) == list(range(100))


def test_threadsafe_around_an_iterator_and_close():
    closed = []

    def generator():
        try:
            yield from range(10)
        finally:
            closed.append(True)

    wrapped = threadsafe(generator())
    assert next(wrapped) == 0
    wrapped.close()
    assert closed == [True]
    assert list(wrapped) == []


def test_the_name_of_the_function_stays():
    assert threadsafe(count).__name__ == "count"


def test_in_order_is_in_order_and_each_index_is_used_once():
    made = []

    def make(index):
        time.sleep(0.003 * (index % 3))
        made.append(index)
        return index * 10

    assert list(in_order(make, range(40), threads=4)) == [index * 10 for index in range(40)]
    assert sorted(made) == list(range(40))


def test_in_order_works_side_by_side():
    together, most = [0], [0]
    lock = threading.Lock()
    gate = threading.Barrier(3, timeout=60)

    def make(index):
        with lock:
            together[0] += 1
            most[0] = max(most[0], together[0])
        if index < 3:
            gate.wait()  # passes only when three items are made at once
        with lock:
            together[0] -= 1
        return index

    assert list(in_order(make, range(9), threads=3)) == list(range(9))
    assert most[0] == 3


def test_in_order_for_several_takers():
    found, errors = take_all(in_order(lambda index: index, range(200), threads=3))
    assert errors == []
    assert sorted(found) == list(range(200))


def test_in_order_makes_only_so_much_ahead():
    made = []
    iterator = in_order(made.append, iter(range(1000)), threads=2, lookahead=3)
    next(iterator)
    time.sleep(0.1)
    assert len(made) <= 5
    iterator.close()


def test_in_order_raises_in_turn_and_goes_on():
    def make(index):
        if index == 3:
            raise ValueError("item 3")
        return index

    iterator = in_order(make, range(6), threads=2)
    assert [next(iterator) for _ in range(3)] == [0, 1, 2]
    with pytest.raises(ValueError, match="item 3"):
        next(iterator)
    assert list(iterator) == [4, 5]


def test_in_order_raises_what_the_indexes_raise():
    def indexes():
        yield 1
        raise OSError("index file")

    iterator = in_order(lambda index: index, indexes(), threads=2)
    assert next(iterator) == 1
    with pytest.raises(OSError, match="index file"):
        next(iterator)


def test_in_order_leaves_no_threads():
    before = set(threading.enumerate())  # one of an earlier test may yet end
    iterator = in_order(lambda index: index, iter(int, 1), threads=3)
    next(iterator)
    del iterator
    assert wait_until(lambda: set(threading.enumerate()) <= before)


def test_in_order_wants_threads():
    with pytest.raises(ValueError, match="threads=0"):
        in_order(int, [], threads=0)
