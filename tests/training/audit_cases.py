"""Sequences with known flaws, as source text: each flaw alone, and any two together. The data is synthetic.

A flaw fills places of the template; `slugs` is what an audit must name for it, `unsafe` the ways in which it is unsafe.
`masks`: with it, nothing else can be seen (the object cannot be made, or a batch never comes).
"""

from __future__ import annotations

from dataclasses import dataclass

TEMPLATE = """
import collections, concurrent.futures, multiprocessing, os, random, sqlite3, sys, tempfile, threading, zipfile
import numpy as np

FACTOR = 1
HOME = os.getpid()  # of the process that imported this: a forked child has another


class Case:
    def __init__(self):
        self.x = np.arange(24 * 4 * 6, dtype="float32").reshape(24 * 4, 6) + 1
        self.batch = 4
{init}

    def __len__(self):
        return {length}

    def __getitem__(self, index):
{pre}
        x = self.x[index * self.batch : (index + 1) * self.batch]
        y = np.full((len(x),), index)
{post}
        return {result}

{methods}

{module}
"""


@dataclass(frozen=True)
class Flaw:
    init: str = ""
    length: str = ""
    pre: str = ""
    post: str = ""
    result: str = ""
    methods: str = ""
    module: str = ""
    slugs: tuple[str, ...] = ()
    unsafe: tuple[str, ...] = ()
    masks: bool = False


MAKE_FILE = """
handle, self.path = tempfile.mkstemp()
os.close(handle)
self.x.tofile(self.path)
"""

FLAWS = {
    "race": Flaw(pre="self.index = index\nindex = self.index", slugs=("sequence-thread-race",), unsafe=("threads",)),
    "race in a helper": Flaw(
        pre="self.choose(index)\nindex = self.chosen[0]",
        init="self.chosen = [0]",
        methods="    def choose(self, index):\n        self.chosen[0] = index",
        slugs=("sequence-thread-race",),
        unsafe=("threads",),
    ),
    "reused buffer": Flaw(
        init='self.buffer = np.zeros((4, 6), "float32")',
        post="self.buffer[: len(x)] = x\nx = self.buffer[: len(x)]",
        slugs=("sequence-reused-buffer",),
        unsafe=("threads",),
    ),
    "counter in place of the index": Flaw(
        init="self.at = 0",
        pre="index = self.at % 24\nself.at += 1",
        slugs=("sequence-order-dependent",),
        unsafe=("threads", "fork", "spawn"),
    ),
    "open file": Flaw(
        init=MAKE_FILE + 'self.file = open(self.path, "rb")',
        post='self.file.seek(index * 96)\nx = x + np.frombuffer(self.file.read(96), "float32").reshape(4, 6)[: len(x)]',
        slugs=("sequence-shared-handle", "sequence-thread-race", "keras-pickle"),
        unsafe=("threads", "fork", "spawn"),
    ),
    "open archive": Flaw(
        init=(
            MAKE_FILE
            + 'with zipfile.ZipFile(self.path, "w") as file:\n'
            + "    for number in range(24):\n"
            + "        file.writestr(str(number), bytes([number]) * 2000)\n"
            + "self.archive = zipfile.ZipFile(self.path)"
        ),
        post="y = y + self.archive.read(str(index % 24))[7]",
        slugs=("sequence-shared-handle", "keras-pickle"),
        unsafe=("fork", "spawn"),
    ),
    "database": Flaw(
        init=(
            MAKE_FILE.replace("self.x.tofile(self.path)", "os.unlink(self.path)")
            + "self.base = sqlite3.connect(self.path)\n"
            + 'self.base.execute("create table t (i integer, v integer)")\n'
            + 'self.base.executemany("insert into t values (?, ?)", [(i, i * 3) for i in range(24)])\n'
            + "self.base.commit()"
        ),
        post='y = y + self.base.execute("select v from t where i = ?", (index % 24,)).fetchone()[0]',
        slugs=("sequence-shared-handle", "sequence-thread-race", "keras-pickle"),
        unsafe=("threads", "fork", "spawn"),
    ),
    "lock": Flaw(init="self.lock = threading.Lock()", slugs=("keras-pickle",), unsafe=("spawn",)),
    "lambda, deep inside": Flaw(
        init='self.steps = {"scale": [lambda x: x * 2]}',
        post='x = self.steps["scale"][0](x)',
        slugs=("keras-pickle",),
        unsafe=("spawn",),
    ),
    "numpy's random numbers": Flaw(
        post="x = x + np.random.rand(*x.shape)", slugs=("keras-same-random",), unsafe=("fork",)
    ),
    # Python's own generator is seeded anew in every forked child, since 3.7.
    "python's random numbers": Flaw(post="x = x * random.random()", slugs=("sequence-not-deterministic",)),
    "a generator of its own": Flaw(
        init="self.rng = np.random.default_rng(3)",
        post="x = x + self.rng.random(x.shape)",
        slugs=("keras-same-random",),
        unsafe=("fork",),
    ),
    "unseeded each time": Flaw(
        post="x = x + np.random.default_rng().random(x.shape)", slugs=("sequence-not-deterministic",)
    ),
    "one batch too many": Flaw(length="len(self.x) // self.batch + 1", slugs=("sequence-length-wrong",)),
    "index error at the end": Flaw(
        init="self.names = list(range(24))", length="25", pre="self.names[index]", slugs=("sequence-length-wrong",)
    ),
    "length of nothing": Flaw(length="0", slugs=("sequence-length-wrong",), masks=True),
    "shapes": Flaw(post="x = x[:, : 5 + (index == 13)]", slugs=("sequence-shapes-vary",)),
    "dtypes": Flaw(post='y = y.astype("float32") if index % 5 == 4 else y', slugs=("sequence-shapes-vary",)),
    "four parts": Flaw(result="x, y, x, y", slugs=("sequence-batch-form",)),
    "a number for a label": Flaw(result="x, np.int64(index)", slugs=("sequence-batch-form",)),
    "a broken item": Flaw(
        pre='if index == 7:\n    raise ValueError("picture 7 is broken")', slugs=("sequence-item-raises",)
    ),
    "exit in an item": Flaw(pre="if index == 9:\n    sys.exit(1)", slugs=("sequence-item-raises",)),
    "locks in two orders": Flaw(
        init="self.locks = [threading.Lock(), threading.Lock()]",
        post=(
            "one, two = self.locks if index % 2 else self.locks[::-1]\n"
            "with one:\n    threading.Event().wait(0.002)\n    with two:\n        x = x + 0"  # as a read from disk under a lock
        ),
        slugs=("sequence-thread-deadlock", "keras-pickle"),
        unsafe=("threads", "spawn"),
    ),
    "pool of threads": Flaw(
        init="self.pool = concurrent.futures.ThreadPoolExecutor(2)\nlist(self.pool.map(abs, range(8)))",
        post="x = self.pool.submit(np.negative, x).result()",
        slugs=("sequence-fork-hangs", "keras-pickle"),
        unsafe=("fork", "spawn"),
    ),
    "ends in a child": Flaw(
        pre="if os.getpid() != HOME:\n    os._exit(9)",
        slugs=("sequence-fork-dies",),
        unsafe=("fork",),
    ),
    "other in a child": Flaw(
        post="x = x if os.getpid() == HOME else -x",
        slugs=("sequence-fork-wrong",),
        unsafe=("fork",),
    ),
    "a global that is set": Flaw(
        init="global FACTOR\nFACTOR = 2", post="x = x * FACTOR", slugs=("sequence-spawn-wrong",), unsafe=("spawn",)
    ),
    "large": Flaw(init="self.more = np.zeros(16_000_000)", slugs=("sequence-pickle-large",)),
    "a hook of another name": Flaw(
        init="self.order = np.arange(24)",
        methods="    def onEpochEnd(self):\n        np.random.shuffle(self.order)",
        slugs=("sequence-hook-misspelt",),
    ),
    "an order that nobody reads": Flaw(
        methods="    def on_epoch_end(self):\n        self.indexes = np.random.permutation(96)",
        slugs=("sequence-shuffle-unused",),
    ),
    "old arguments of fit": Flaw(
        module="def train(model):\n    model.fit(Case(), workers=4, use_multiprocessing=True)",
        slugs=("keras3-fit-workers",),
    ),
    "fit_generator": Flaw(
        module="def train_on(model):\n    model.fit_generator(Case(), epochs=2)", slugs=("keras3-fit-generator",)
    ),
    "trains when imported": Flaw(
        module="class Model:\n    def fit(self, *_):\n        raise SystemExit\n\nModel().fit(Case())",
        slugs=("sequence-trains-on-import",),
        unsafe=("spawn",),
        masks=True,
    ),
}

# Met in classes that people wrote. Each alone: the pairs above stay the pairs that they were.
MET = {
    # Keras' workers are multiprocessing's, which give each its own connection to the manager.
    "a manager's dict": Flaw(
        init="self.manager = multiprocessing.Manager()\nself.cache = self.manager.dict()",
        post="if index not in self.cache:\n    self.cache[index] = x\nx = self.cache[index]",
        slugs=("keras-pickle",),
        unsafe=("spawn",),
    ),
    "a progress bar's stderr": Flaw(init="self.out = sys.stderr", slugs=("keras-pickle",), unsafe=("spawn",)),
    "a seed of the global generator for each batch": Flaw(
        post="np.random.seed(index)\nx = x + np.random.random(x.shape)",
        slugs=("sequence-thread-race",),
        unsafe=("threads",),
    ),
    "a file that the first batch opens": Flaw(
        init=MAKE_FILE + "self.file = None",
        post=(
            'if self.file is None:\n    self.file = open(self.path, "rb")\nself.file.seek(index * 96)\n'
            'x = x + np.frombuffer(self.file.read(96), "float32").reshape(4, 6)'
        ),
        slugs=("sequence-shared-handle", "sequence-thread-race", "keras-pickle"),
        unsafe=("threads", "fork", "spawn"),
    ),
    "a file that the module holds open": Flaw(
        post="SHARED.seek(index)\ny = y + SHARED.read(1)[0]",
        module='SHARED = open(__file__, "rb")',
        slugs=("sequence-shared-handle", "sequence-thread-race"),
        unsafe=("threads", "fork"),
    ),
    "processes of its own": Flaw(
        # What multiprocessing.Process.start() asserts, without the processes.
        pre=(
            "import multiprocessing\nif multiprocessing.current_process().daemon:\n"
            '    raise AssertionError("daemonic processes are not allowed to have children")'
        ),
        slugs=("sequence-fork-wrong", "sequence-spawn-wrong"),
        unsafe=("fork", "spawn"),
    ),
    "an import by the first batch": Flaw(
        init="self.loaded = False",
        pre=(
            "global fractions\nif not self.loaded:\n    import fractions\n    self.loaded = True\n"
            "index = int(fractions.Fraction(index))"
        ),
        slugs=("sequence-spawn-wrong",),
        unsafe=("spawn",),
    ),
    "an iterator that is used up": Flaw(
        init="self.rest = iter(range(24))",
        pre="index = next(self.rest)",
        slugs=("sequence-order-dependent", "sequence-item-raises"),
        unsafe=("threads", "fork", "spawn"),
    ),
    "an exit that comes at another batch each time": Flaw(
        init="self.at = 0",
        pre="self.at += 1\nif self.at % 7 == 0:\n    sys.exit(1)",
        slugs=("sequence-item-raises",),
    ),
    "one batch for all": Flaw(pre="index = 0", slugs=("sequence-batches-alike",)),
    "an attribute of the class": Flaw(
        pre="Case.now = index\nindex = Case.now", slugs=("sequence-thread-race",), unsafe=("threads",)
    ),
}

SOUND = {
    "plain": Flaw(),
    "a cache": Flaw(
        init="self.cache = {}",
        post="if index not in self.cache:\n    self.cache[index] = x * 2\nx = self.cache[index]",
    ),
    "random by index": Flaw(post="x = x + np.random.default_rng([7, index]).random(x.shape)"),
    "a counter that no batch needs": Flaw(init="self.count = 0", post="self.count += 1"),
    "a shorter last batch": Flaw(init="self.x = self.x[:-2]", length="24"),
    "a file opened for each batch": Flaw(
        init=MAKE_FILE,
        post=(
            'with open(self.path, "rb") as file:\n    file.seek(index * 96)\n'
            '    x = x + np.frombuffer(file.read(96), "float32").reshape(4, 6)'
        ),
    ),
    "a file opened by each process": Flaw(
        init=MAKE_FILE + "self.file = self.opened_by = None",
        post=(
            "if self.opened_by != os.getpid():\n"
            '    self.file, self.opened_by = open(self.path, "rb"), os.getpid()\n'
            'x = x + np.frombuffer(os.pread(self.file.fileno(), 96, index * 96), "float32").reshape(4, 6)'
        ),
        methods="    def __getstate__(self):\n        return {**self.__dict__, 'file': None, 'opened_by': None}",
    ),
    "a memmap": Flaw(
        init=MAKE_FILE + 'self.map = np.memmap(self.path, "float32", "r", shape=(96, 6))',
        post="x = np.array(self.map[index * 4 : index * 4 + 4])",
    ),
    "dicts and three parts": Flaw(result='{"a": x, "b": [y, y]}, y, np.ones(len(y))'),
    "on_epoch_end that shuffles": Flaw(
        init="self.order = np.arange(96)",
        post="x = self.x[self.order[index * 4 : index * 4 + 4]]",
        methods="    def on_epoch_end(self):\n        np.random.shuffle(self.order)",
    ),
    "shuffled when it is made": Flaw(
        init="self.order = np.arange(96)\nself.on_epoch_end()",
        post="x = self.x[self.order[index * 4 : index * 4 + 4]]",
        methods="    def on_epoch_end(self):\n        np.random.shuffle(self.order)",
    ),
    "strings": Flaw(post='y = np.array(["n%d" % index] * len(y))'),
    "text of growing length": Flaw(post='y = np.array(["n" * (index + 1)] * len(y))'),
}


def indent(text: str, width: int = 8) -> str:
    return "\n".join(" " * width + line if line else "" for line in text.splitlines())


def write_case(*flaws: Flaw) -> str:
    """The source of a class with all of these flaws."""
    return TEMPLATE.format(
        init="\n".join(indent(flaw.init) for flaw in flaws if flaw.init),
        pre="\n".join(indent(flaw.pre) for flaw in flaws if flaw.pre),
        post="\n".join(indent(flaw.post) for flaw in flaws if flaw.post),
        length=next((flaw.length for flaw in flaws if flaw.length), "len(self.x) // self.batch"),
        result=next((flaw.result for flaw in flaws if flaw.result), "x, y"),
        methods="\n".join(flaw.methods for flaw in flaws if flaw.methods),
        module="\n\n".join(flaw.module for flaw in flaws if flaw.module),
    )
