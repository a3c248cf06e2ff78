"""What a batch costs: to make, in threads, and to send through a pipe as Keras' own processes do."""

from __future__ import annotations

import multiprocessing
import os
import threading
import time

import wslgpu_audit_say as say
import wslgpu_audit_serial as serial


class Clock(object):
    """The time there is: until a moment on CLOCK_MONOTONIC, which all processes share."""

    def __init__(self, until):
        self.began = time.monotonic()
        self.until = until

    def spent(self):
        return time.monotonic() - self.began

    def left(self):
        return self.until - time.monotonic()


def cores():
    try:
        return max(1, len(os.sched_getaffinity(0)))
    except AttributeError:
        return os.cpu_count() or 1


def find_trouble(sequence):
    """Why there is nothing to measure: no length; "" where there is one."""
    said = []
    length = serial.read_length(sequence, lambda event, **values: said.append(values))
    if length is not None and length < 1:
        return "len() raises %s" % said[0]["text"] if "text" in said[0] else "its len() is %d" % said[0]["length"]
    return ""


class Raises(Exception):
    """A batch raises where one thread asks for it; it is told."""


def give(sequence, index):
    """A batch, in this thread."""
    try:
        return serial.ask(sequence, index)
    except Exception as error:
        serial.tell_raised(say.tell, index, error)
        raise Raises(index) from error


def measure(sequence, clock):
    """Figures as a dict: get_s, cpu_s, bytes, speedup2, pipe_s, cores, length."""
    length = len(sequence) if hasattr(sequence, "__len__") else 1000
    figures = {"length": length, "cores": cores()}
    say.tell("phase", name="items")
    walls, cpus, delays = [], [], []
    end = time.monotonic() + min(1.5, clock.left() / 8)
    spread = [int(round(place * (length - 1) / 11.0)) for place in range(12)] if length > 1 else [0] * 12
    batch = give(sequence, spread[0])  # the first is often slower: caches, files, imports
    for index in spread:
        wall, cpu, delay = time.perf_counter(), time.thread_time(), run_delay()
        batch = give(sequence, index)
        cpus.append(time.thread_time() - cpu)
        delays.append(run_delay() - delay)
        walls.append(time.perf_counter() - wall)
        if time.monotonic() > end and len(walls) >= 2:
            break
    figures["get_s"], figures["cpu_s"], figures["delay_s"] = median(walls), median(cpus), median(delays)
    figures["bytes"] = size_of(batch)
    say.tell("figures", **figures)
    if figures["get_s"] < clock.left() / 20:
        say.tell("phase", name="two threads")
        figures["speedup2"] = speed_up(sequence, length, figures["get_s"], 2, 0.6)
    say.tell("phase", name="pipe")
    figures["pipe_s"] = measure_pipe(batch)
    say.tell("figures", **figures)
    return figures


def run_delay():
    """Seconds that this thread was ready and had no core: other programs' doing, and no waiting of the batch's own."""
    try:
        with open("/proc/thread-self/schedstat") as file:
            return int(file.read().split()[1]) / 1e9
    except (OSError, ValueError, IndexError):
        return 0.0


def median(values):
    values = sorted(values)
    return values[len(values) // 2]


def size_of(batch):
    if isinstance(batch, dict):
        return sum(size_of(value) for value in batch.values())
    if isinstance(batch, (list, tuple)):
        return sum(size_of(value) for value in batch)
    return int(getattr(batch, "nbytes", 64))


def speed_up(sequence, length, alone, count, seconds):
    """Batches a second of `count` threads, against one; None where a batch raised that does not in one."""
    made, raised = [0] * count, []
    stop = time.perf_counter() + seconds
    began = time.perf_counter()

    def work(number):
        index = number
        while time.perf_counter() < stop and not raised:
            try:
                serial.ask(sequence, index % length)
            except Exception as error:
                raised.append("batch %d raises %s: %s" % (index % length, type(error).__name__, error))
                return
            index += count
            made[number] += 1

    threads = [threading.Thread(target=work, args=(number,)) for number in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if raised:
        give(sequence, int(raised[0].split()[1]))
        say.tell("note", text="with two threads " + raised[0])
        return None
    return sum(made) / (time.perf_counter() - began) * alone


_kept = []


def _give(_):
    return _kept[0]


def measure_pipe(batch):
    """Seconds of a batch through a pool of one process: pickle, pipe, pickle. None where there is no fork."""
    try:
        context = multiprocessing.get_context("fork")
    except ValueError:
        return None
    del _kept[:]
    _kept.append(batch)
    pool = context.Pool(1)
    try:
        pool.apply_async(_give, (0,)).get(10)
        times, end = [], time.monotonic() + 0.5
        while time.monotonic() < end or len(times) < 3:
            began = time.perf_counter()
            pool.apply_async(_give, (0,)).get(10)
            times.append(time.perf_counter() - began)
        return median(times)
    except Exception as error:
        say.tell("note", text="a batch could not be sent through a pipe: %r" % (error,))
        return None
    finally:
        pool.terminate()
