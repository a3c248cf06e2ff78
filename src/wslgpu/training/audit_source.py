"""What the source of a Sequence says that running it cannot: which lines, which locks, what is asked of `fit`. Pure."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass, field

LOCKS = {"Lock", "RLock", "Semaphore", "BoundedSemaphore", "Condition"}
MUTATORS = {"append", "extend", "insert", "pop", "popitem", "remove", "clear", "update", "setdefault", "add", "discard"}
MUTATORS |= {"seek", "read", "readline", "readlines", "write", "sort", "reverse", "shuffle", "fill", "send"}
MAKERS = {"__getitem__", "__next__"}
OLD_FIT = {"workers", "use_multiprocessing", "max_queue_size"}
OLD_METHODS = {"fit_generator", "evaluate_generator", "predict_generator"}
# Parts of tf.keras that are numpy and Pillow underneath and run nothing of TensorFlow.
NO_OPERATIONS = ("tensorflow.io.gfile", "tensorflow.TensorSpec", "tensorflow.TensorShape", "tensorflow.is_tensor")
NUMPY_UNDER_KERAS = (
    "tf.keras.utils",
    "tf.keras.preprocessing",
    "tensorflow.keras.utils",
    "tensorflow.keras.preprocessing",
)


@dataclass(frozen=True)
class Write:
    """A line that changes the object: which attribute, how, and whether a lock is held there."""

    line: int
    attribute: str
    guarded: bool


@dataclass(frozen=True)
class Class:
    """What one class of the file does. Lines count from 1."""

    name: str
    line: int
    bases: tuple[str, ...]
    init_line: int | None = None
    calls_super: bool = False
    lock_lines: dict[str, int] = field(default_factory=dict)
    locks_taken: dict[str, tuple[str, ...]] = field(default_factory=dict)
    fresh_locks: dict[str, int] = field(default_factory=dict)
    next_calls: tuple[Write, ...] = ()
    writes: tuple[Write, ...] = ()
    tensorflow: tuple[tuple[int, str], ...] = ()
    randoms: tuple[tuple[int, str], ...] = ()
    set_in_init: dict[str, int] = field(default_factory=dict)
    has_next: bool = False


@dataclass(frozen=True)
class Source:
    """A file. `fits`: (line, old arguments) of calls of fit; `trains_at`: a fit that importing the file would run."""

    path: str
    text: str
    classes: dict[str, Class]
    fits: tuple[tuple[int, tuple[str, ...]], ...] = ()
    old_methods: tuple[tuple[int, str], ...] = ()
    trains_at: int | None = None

    def family(self, name: str) -> tuple[Class, ...]:
        """A class and those of its bases that stand in the same file, nearest first."""
        found: list[Class] = []
        waiting = [name]
        while waiting:
            known = self.classes.get(waiting.pop(0))
            if known is not None and known not in found:
                found.append(known)
                waiting += known.bases
        return tuple(found)


def read_source(path: str, text: str) -> Source | None:
    """The look at a file; None where it is not Python that this interpreter can read."""
    try:
        tree = ast.parse(text)
    except (SyntaxError, ValueError):
        return None
    aliases = dict(_read_aliases(tree))
    classes = {node.name: _read_class(node, aliases) for node in ast.walk(tree) if isinstance(node, ast.ClassDef)}
    fits, methods = [], []
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
            old = tuple(word.arg for word in node.keywords if word.arg in OLD_FIT)
            if node.func.attr in ("fit", "evaluate", "predict") and old:
                fits.append((node.lineno, tuple(word for word in old if word)))
            if node.func.attr in OLD_METHODS:
                methods.append((node.lineno, node.func.attr))
    return Source(path, text, classes, tuple(fits), tuple(methods), _find_training(tree))


def _read_aliases(tree: ast.AST) -> Iterator[tuple[str, str]]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            for name in node.names:
                yield (name.asname or name.name.split(".")[0], name.name if name.asname else name.name.split(".")[0])
        elif isinstance(node, ast.ImportFrom) and node.module and node.level == 0:
            for name in node.names:
                yield name.asname or name.name, f"{node.module}.{name.name}"


def dotted(node: ast.AST, aliases: dict[str, str]) -> str:
    """`np.random.rand` as numpy.random.rand; "" for what is no plain name."""
    parts = []
    while isinstance(node, ast.Attribute):
        parts.append(node.attr)
        node = node.value
    if not isinstance(node, ast.Name):
        return ""
    return ".".join([aliases.get(node.id, node.id), *reversed(parts)])


def self_attribute(node: ast.AST) -> str:
    """`self.x`, `self.x[3]`, `self.x.y`: x; else ""."""
    while isinstance(node, (ast.Attribute, ast.Subscript)):
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id == "self":
            return node.attr
        node = node.value
    return ""


def _read_class(node: ast.ClassDef, aliases: dict[str, str]) -> Class:
    methods = {item.name: item for item in node.body if isinstance(item, (ast.FunctionDef, ast.AsyncFunctionDef))}
    init = methods.get("__init__")
    lock_lines: dict[str, int] = {}
    set_in_init: dict[str, int] = {}
    for method in methods.values():
        for item in ast.walk(method):
            if isinstance(item, (ast.Assign, ast.AnnAssign)):
                targets = item.targets if isinstance(item, ast.Assign) else [item.target]
                for target in targets:
                    name = self_attribute(target)
                    if name and isinstance(target, ast.Attribute):
                        set_in_init.setdefault(name, item.lineno)
                        if item.value is not None and _is_lock(item.value, aliases):
                            lock_lines[name] = item.lineno
    reached = _reach(methods)
    taken, fresh = {}, {}
    for name, method in methods.items():
        taken[name] = tuple(sorted(_locks_taken(method)))
        for item in ast.walk(method):
            if isinstance(item, ast.With) and any(_is_lock(w.context_expr, aliases) for w in item.items):
                fresh[name] = item.lineno
    writes, nexts, tf_lines, randoms = [], [], [], []
    for name in reached:
        for item, guarded in _walk_guarded(methods[name], set(lock_lines)):
            writes += _read_writes(item, guarded)
            if isinstance(item, ast.Call):
                called = dotted(item.func, aliases)
                if called == "next" and item.args:
                    nexts.append(Write(item.lineno, self_attribute(item.args[0]), guarded))
                if isinstance(item.func, ast.Attribute) and item.func.attr in ("__next__", "next"):
                    attribute = self_attribute(item.func.value)
                    if attribute:
                        nexts.append(Write(item.lineno, attribute, guarded))
                if _is_tensorflow(called):
                    tf_lines.append((item.lineno, called))
                if called.startswith(("numpy.random.", "random.")) and not called.endswith("default_rng"):
                    randoms.append((item.lineno, called))
    return Class(
        name=node.name,
        line=node.lineno,
        bases=tuple(dotted(base, aliases).rpartition(".")[2] for base in node.bases),
        init_line=init.lineno if init else None,
        calls_super=init is None or _calls_super(init, node),
        lock_lines=lock_lines,
        locks_taken={name: locks for name, locks in taken.items() if locks},
        fresh_locks=fresh,
        next_calls=tuple(nexts),
        writes=tuple(writes),
        tensorflow=tuple(tf_lines),
        randoms=tuple(randoms),
        set_in_init=set_in_init,
        has_next="__next__" in methods,
    )


def _is_lock(node: ast.AST, aliases: dict[str, str]) -> bool:
    return isinstance(node, ast.Call) and dotted(node.func, aliases).rpartition(".")[2] in LOCKS


def _reach(methods: dict[str, ast.FunctionDef | ast.AsyncFunctionDef]) -> list[str]:
    """The methods that making an item runs: __getitem__, __next__ and what they call on self."""
    found: list[str] = []
    waiting = [name for name in methods if name in MAKERS]
    while waiting:
        name = waiting.pop()
        if name in found or name not in methods:
            continue
        found.append(name)
        for item in ast.walk(methods[name]):
            if isinstance(item, ast.Attribute) and isinstance(item.value, ast.Name) and item.value.id == "self":
                waiting.append(item.attr)
    return found


def _locks_taken(method: ast.AST) -> set[str]:
    found = set()
    for item in ast.walk(method):
        if isinstance(item, ast.With):
            found |= {self_attribute(w.context_expr) for w in item.items}
        if isinstance(item, ast.Call) and isinstance(item.func, ast.Attribute) and item.func.attr == "acquire":
            found.add(self_attribute(item.func.value))
    return found - {""}


def _walk_guarded(method: ast.AST, locks: set[str], guarded: bool = False) -> Iterator[tuple[ast.AST, bool]]:
    """Every node, and whether it stands inside `with self.<lock>` (or anywhere in a method that calls acquire)."""
    if not guarded and isinstance(method, (ast.FunctionDef, ast.AsyncFunctionDef)):
        guarded = any(
            isinstance(item, ast.Call)
            and isinstance(item.func, ast.Attribute)
            and item.func.attr == "acquire"
            and self_attribute(item.func.value) in locks
            for item in ast.walk(method)
        )
    for child in ast.iter_child_nodes(method):
        inside = guarded
        if isinstance(method, ast.With) and any(self_attribute(w.context_expr) in locks for w in method.items):
            inside = True
        yield child, inside
        yield from _walk_guarded(child, locks, inside)


def _read_writes(item: ast.AST, guarded: bool) -> list[Write]:
    targets: list[ast.AST] = []
    if isinstance(item, ast.Assign):
        targets = list(item.targets)
    elif isinstance(item, (ast.AugAssign, ast.AnnAssign)):
        targets = [item.target]
    elif isinstance(item, ast.Delete):
        targets = list(item.targets)
    elif isinstance(item, ast.Call) and isinstance(item.func, ast.Attribute):
        if item.func.attr in MUTATORS and self_attribute(item.func.value):
            targets = [item.func.value]
        if item.func.attr == "shuffle" and item.args:
            targets = [item.args[0]]
    found = []
    for target in targets:
        for part in target.elts if isinstance(target, (ast.Tuple, ast.List)) else [target]:
            name = self_attribute(part)
            if name:
                found.append(Write(getattr(item, "lineno", 0), name, guarded))
    return found


def _is_tensorflow(name: str) -> bool:
    if name.startswith(NO_OPERATIONS):
        return False
    if name.startswith(NUMPY_UNDER_KERAS):
        return name.endswith((".smart_resize", ".image_dataset_from_directory"))
    return (name.split(".")[0] in ("tensorflow", "tf") and "." in name) or name.startswith("keras.ops.")


def _calls_super(init: ast.AST, node: ast.ClassDef) -> bool:
    bases = {base.attr if isinstance(base, ast.Attribute) else getattr(base, "id", "") for base in node.bases}
    for item in ast.walk(init):
        if isinstance(item, ast.Call) and isinstance(item.func, ast.Attribute) and item.func.attr == "__init__":
            value = item.func.value
            if isinstance(value, ast.Call) and getattr(value.func, "id", "") == "super":
                return True
            if (value.attr if isinstance(value, ast.Attribute) else getattr(value, "id", "")) in bases:
                return True
    return False


def _find_training(tree: ast.Module) -> int | None:
    """The line of a `fit` that stands at the top level, outside `if __name__ == "__main__"`."""
    for node in tree.body:
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
            continue
        if isinstance(node, ast.If) and "__name__" in ast.dump(node.test):
            continue
        for item in ast.walk(node):
            if (
                isinstance(item, ast.Call)
                and isinstance(item.func, ast.Attribute)
                and item.func.attr in ("fit", "fit_generator", "train_on_batch")
            ):
                return item.lineno
    return None
