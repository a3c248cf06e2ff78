"""How fast batches come: fork_feed against Keras' own ways, tf.data and PyTorch's loader, bare and inside `fit`.

    PYTHON-WITH-TENSORFLOW tests/benchmarks/feeds.py [--quick] [--write]

Six synthetic workloads, small (102 kB) and large (21 MB) batches. All ways of a workload take turns in one process, so
ratios are of one run; the figure is the median of the turns. `--write` puts docs/evidence/feeds.json and the tables.
Needs TensorFlow 2.16 or newer (Keras 3) and takes about 25 minutes on a machine that does nothing else.
"""

from __future__ import annotations

import argparse
import datetime
import json
import os
import platform
import statistics
import subprocess
import sys
import threading
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
HERE = Path(__file__).resolve()
SMALL, LARGE = (8, 3200), (8, 656_250)  # float32: 102 kB and 21 MB
WORKLOADS = {
    "light-small": ("python", 1.0, SMALL),
    "light-large": ("held", 1.0, LARGE),
    "heavyGIL-small": ("python", 20.0, SMALL),
    "heavyNP-small": ("numpy", 20.0, SMALL),
    "heavyNP-large": ("numpy", 20.0, LARGE),
    "io-small": ("wait", 20.0, SMALL),
}
CORES = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
MANY = 2 * CORES
LOADERS = (
    "single",
    f"threads{CORES}",
    f"threads{MANY}",
    "locked-generator",
    "in_order",
    f"fork{CORES}",
    f"fork{MANY}",
    "spawn",
    "tf-generator",
    "tf-map",
    f"feed{CORES}",
    f"feed{MANY}",
    f"feed{CORES}-copy",
    f"torch{CORES}",
)
FITS = (
    "single",
    f"threads{CORES}",
    f"threads{MANY}",
    f"fork{CORES}",
    "tf-generator",
    "tf-map",
    f"feed{CORES}",
    f"feed{MANY}",
)


def calibrate(np):
    """Rounds of Python, and of numpy, that take one millisecond of this machine's CPU: the best of several looks."""
    best = {"python": 1e9, "numpy": 1e9}
    source = np.linspace(0.0, 1.0, 20_000)
    for _ in range(15):
        began = time.thread_time()
        spin(20_000)
        best["python"] = min(best["python"], (time.thread_time() - began) / 20_000)
        began = time.thread_time()
        crunch(np, source, 20)
        best["numpy"] = min(best["numpy"], (time.thread_time() - began) / 20)
    return {name: max(1, int(0.001 / seconds)) for name, seconds in best.items()}


def spin(rounds):
    total = 0
    for number in range(rounds):
        total += number & 3
    return total


def crunch(np, source, rounds):
    value = source
    for _ in range(rounds):
        value = np.sqrt(value * value + 1.0)  # arrays of this size let go of the GIL
    return value


def make_sequence(np, base, workload, rounds, length=100_000, **settings):
    kind, milliseconds, shape = WORKLOADS[workload]

    class Work(base):
        def __init__(self):
            if settings:
                super().__init__(**settings)
            elif base is not object:
                super().__init__()
            self.held = np.ones(shape, "float32")
            self.source = np.linspace(0.0, 1.0, 20_000)

        def __len__(self):
            return length

        def __getitem__(self, index):
            labels = np.zeros((shape[0],), "float32")
            if kind == "wait":
                time.sleep(milliseconds / 1000)
            elif kind == "numpy":
                crunch(np, self.source, int(rounds["numpy"] * milliseconds))
            else:
                spin(int(rounds["python"] * milliseconds))
            if kind == "held":
                return self.held, labels
            return np.full(shape, float(index % 7), "float32"), labels

    return Work()


def measure(batches, seconds, skip):
    """Batches a second, after `skip`, for about `seconds`."""
    began = count = 0
    first = time.perf_counter()
    for number, _ in enumerate(batches):
        now = time.perf_counter()
        if not began:
            if number + 1 >= skip or now - first > 3 * seconds:
                began, count = now, 0
            continue
        count += 1
        if now - began > seconds and count >= 5:
            break
    return count / (time.perf_counter() - began)


def run_loader(mode, workload, rounds, seconds):
    """The rate of one way in a bare loop."""
    import numpy as np

    name, number, _ = split(mode)
    if name == "torch":
        return run_torch(np, workload, rounds, number, seconds)
    if name == "locked-generator" or name == "in_order":
        return run_generator(np, name, workload, rounds, seconds)
    if name == "feed":
        from wslgpu.feeds import fork_feed

        with fork_feed(make_sequence(np, object, workload, rounds), number, copy=mode.endswith("copy")) as feed:
            return measure(iter(feed), seconds, 4 * number + 4)
    if name == "single":
        sequence = make_sequence(np, object, workload, rounds)
        return measure((sequence[i] for i in range(len(sequence))), seconds, 3)
    if name.startswith("tf-"):
        return measure(tf_dataset(np, name, workload, rounds), seconds, 14)
    return run_keras(np, name, number, workload, rounds, seconds)


def split(mode):
    head, _, rest = mode.partition("-")
    digits = "".join(c for c in head if c.isdigit())
    if digits:
        return head[: -len(digits)], int(digits), rest
    return mode, CORES if mode == "spawn" else 1, ""


def run_keras(np, name, number, workload, rounds, seconds):
    """Keras' own enqueuer, without a model."""
    import keras
    from keras.src.trainers.data_adapters.py_dataset_adapter import PyDatasetAdapter

    settings = {"workers": number, "use_multiprocessing": name != "threads", "max_queue_size": 10}
    sequence = make_sequence(np, keras.utils.PyDataset, workload, rounds, **settings)
    adapter = PyDatasetAdapter(sequence)
    adapter.on_epoch_begin()
    try:
        return measure(adapter._get_iterator(), seconds, 14)
    finally:
        adapter.on_epoch_end()


def tf_dataset(np, name, workload, rounds):
    import tensorflow as tf

    sequence = make_sequence(np, object, workload, rounds)
    shape = WORKLOADS[workload][2]
    if name == "tf-generator":
        from wslgpu.feeds import to_dataset

        return to_dataset(sequence)

    def get(index):
        x, y = tf.numpy_function(lambda i: sequence[int(i)], [index], (tf.float32, tf.float32))
        return tf.ensure_shape(x, shape), tf.ensure_shape(y, shape[:1])

    data = tf.data.Dataset.range(len(sequence))
    return data.map(get, num_parallel_calls=CORES, deterministic=True).prefetch(2)


def run_generator(np, name, workload, rounds, seconds):
    """The lock around next with as many threads as cores, and the lock around the index alone."""
    from wslgpu.feeds import in_order, threadsafe

    sequence = make_sequence(np, object, workload, rounds)
    if name == "in_order":
        batches = in_order(sequence.__getitem__, range(len(sequence)), threads=MANY)
        try:
            return measure(batches, seconds, MANY + 4)
        finally:
            batches.close()

    @threadsafe
    def generator():
        for index in range(len(sequence)):
            yield sequence[index]

    shared, made, end = generator(), [], time.perf_counter() + seconds

    def take():
        while time.perf_counter() < end:
            next(shared)
            made.append(1)

    began = time.perf_counter()
    threads = [threading.Thread(target=take) for _ in range(MANY)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return len(made) / (time.perf_counter() - began)


def run_torch(np, workload, rounds, number, seconds):
    try:
        import torch.utils.data
    except ImportError:
        return None
    sequence = make_sequence(np, object, workload, rounds)
    loader = torch.utils.data.DataLoader(sequence, batch_size=None, num_workers=number, prefetch_factor=4)
    return measure(iter(loader), seconds, 4 * number + 4)


def run_fit(mode, workload, rounds, seconds):
    """The rate inside `fit` of a model whose step does nothing."""
    sys.path[:0] = [str(ROOT / "src/wslgpu/training" / name) for name in ("payload_tune", "payload_audit")]
    import numpy as np
    import tensorflow as tf
    import wslgpu_tune_trials as trials

    name, number, _ = split(mode)
    model = trials.make_sink(tf)
    timer = trials.make_timer(tf, seconds, 20, 5 * seconds)
    feed = None
    settings = {}
    if name in ("threads", "fork"):
        settings = {"workers": number, "use_multiprocessing": name == "fork", "max_queue_size": 10}
    if name.startswith("tf-"):
        data = tf_dataset(np, name, workload, rounds)
    else:
        data = make_sequence(np, tf.keras.utils.PyDataset, workload, rounds, **settings)
    if name == "feed":
        from wslgpu.feeds import fork_feed

        feed = data = fork_feed(data, number)
    try:
        trials.fit(tf, model, data, timer, **({} if name.startswith("tf-") else {"shuffle": False}))
    finally:
        if feed is not None:
            feed.close()
    return timer.rate()


def be_child(options):
    """All turns of one workload, in one process; one JSON line a figure."""
    os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"
    os.environ["CUDA_VISIBLE_DEVICES"] = "-1"
    rounds = json.loads(options.rounds)
    if options.child_part == "spawn":
        import multiprocessing

        multiprocessing.set_start_method("spawn", force=True)
    for turn in range(options.turns):
        for mode in options.child_modes.split(","):
            run = run_fit if options.child_part == "fit" else run_loader
            rate = run(mode, options.child, rounds, options.seconds)
            print(json.dumps([options.child_part, mode, turn, rate]), flush=True)


def run_workload(workload, rounds, options):
    loaders = [mode for mode in LOADERS if mode != "spawn" and wanted(mode, options)]
    parts = [("loader", loaders), ("fit", [mode for mode in FITS if wanted(mode, options)])]
    found = {"loader": {}, "fit": {}}
    for part, modes in parts:
        argv = [sys.executable, str(HERE), "--child", workload, "--child-part", part, "--child-modes", ",".join(modes)]
        argv += ["--rounds", json.dumps(rounds), "--turns", str(options.turns), "--seconds", str(options.seconds)]
        environment = {**os.environ, "PYTHONPATH": str(ROOT / "src"), "PYTHONDONTWRITEBYTECODE": "1"}
        child = subprocess.Popen(argv, stdout=subprocess.PIPE, text=True, env=environment, start_new_session=True)
        for line in child.stdout:
            try:
                where, mode, turn, rate = json.loads(line)
            except ValueError:
                continue
            print(f"  {workload} {where} {mode} turn {turn}: {rate and round(rate, 1)}", file=sys.stderr, flush=True)
            if rate is not None:
                found[where].setdefault(mode, []).append(rate)
        if child.wait() != 0:
            print(f"  {workload} {part}: the process ended with {child.returncode}", file=sys.stderr)
    return found


def wanted(mode, options):
    return not options.modes or mode in options.modes.split(",")


def summarize(found):
    """Medians, and the ratios that the project promises."""
    medians = {
        part: {mode: statistics.median(rates) for mode, rates in modes.items() if rates}
        for part, modes in found.items()
    }
    loader, fit = medians["loader"], medians["fit"]

    def best(table, prefix):
        values = [rate for mode, rate in table.items() if mode.startswith(prefix) and not mode.endswith("copy")]
        return max(values) if values else None

    def ratio(top, bottom):
        return round(top / bottom, 2) if top and bottom else None

    others = [rate for mode, rate in fit.items() if not mode.startswith("feed")]
    return {
        "median": medians,
        "ratios": {
            "feed/fork": ratio(best(loader, "feed"), best(loader, "fork")),
            "feed/limit": ratio(best(loader, "feed"), CORES * loader["single"] if "single" in loader else None),
            "feed/torch": ratio(best(loader, "feed"), best(loader, "torch")),
            "fit feed/fork": ratio(best(fit, "feed"), best(fit, "fork")),
            "fit feed/best other": ratio(best(fit, "feed"), max(others) if others else None),
        },
    }


def describe_machine():
    model = ""
    try:
        with open("/proc/cpuinfo") as file:
            model = next((line.split(":")[1].strip() for line in file if line.startswith("model name")), "")
    except OSError:
        pass
    versions = {}
    for name in ("tensorflow", "keras", "numpy", "torch"):
        asked = subprocess.run(
            [sys.executable, "-c", f"import importlib.metadata as m; print(m.version({name!r}))"],
            capture_output=True,
            text=True,
        )
        if asked.returncode != 0 and name == "tensorflow":
            asked = subprocess.run(
                [sys.executable, "-c", "import importlib.metadata as m; print(m.version('tensorflow-cpu'))"],
                capture_output=True,
                text=True,
            )
        versions[name] = asked.stdout.strip() or None
    return {
        "cpu": model,
        "cores": CORES,
        "memory_gib": round(os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30, 1),
        "kernel": platform.release(),
        "python": platform.python_version(),
        "load_before": [round(value, 2) for value in os.getloadavg()],
        **versions,
    }


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--quick", action="store_true", help="two turns of half a second: to see that it runs")
    parser.add_argument("--write", action="store_true", help="write docs/evidence and the tables")
    parser.add_argument("--turns", type=int, default=5)
    parser.add_argument("--seconds", type=float, default=1.5)
    parser.add_argument("--workloads", default=",".join(WORKLOADS))
    parser.add_argument("--modes", default="")
    parser.add_argument("--child")
    parser.add_argument("--child-part", default="loader")
    parser.add_argument("--child-modes", default="")
    parser.add_argument("--rounds", default="{}")
    options = parser.parse_args()
    if options.child:
        return be_child(options)
    if options.quick:
        options.turns, options.seconds = 2, 0.5
    import numpy as np

    rounds = calibrate(np)
    machine = describe_machine()
    result = {
        "date": datetime.datetime.now(datetime.timezone.utc).isoformat(timespec="seconds"),
        "command": "python tests/benchmarks/feeds.py " + " ".join(sys.argv[1:]),
        "machine": machine,
        "turns": options.turns,
        "seconds": options.seconds,
        "quick": options.quick,
        "workloads": {},
    }
    for workload in options.workloads.split(","):
        found = run_workload(workload, rounds, options)
        result["workloads"][workload] = {"rates": found, **summarize(found)}
    result["load_after"] = [round(value, 2) for value in os.getloadavg()]
    sys.path.insert(0, str(ROOT / "docs"))
    import make_feeds_table

    print(make_feeds_table.render_tables(result))
    if options.write:
        path = ROOT / "docs" / "evidence" / "feeds.json"
        path.write_text(json.dumps(result, indent=1) + "\n", encoding="utf-8", newline="\n")
        make_feeds_table.write_pages()
    return 0


if __name__ == "__main__":
    sys.exit(main())
