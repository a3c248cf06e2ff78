"""What the source of one class of a Sequence says: its locks, its writes, its calls, line by line. Pure."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass, field

LOCKS = {"Lock", "RLock", "Semaphore", "BoundedSemaphore", "Condition"}
MUTATORS = {"append", "extend", "insert", "pop", "popitem", "remove", "clear", "update", "setdefault", "add", "discard"}
MUTATORS |= {"seek", "read", "readline", "readlines", "write", "sort", "reverse", "shuffle", "fill", "send"}
MAKERS = {"__getitem__", "__next__"}
# As they read without case and underscores.
HOOKS = {"onepochend": "on_epoch_end", "onepochbegin": "on_epoch_begin", "getitem": "__getitem__"}
# Parts of tf.keras that are numpy and Pillow underneath and run nothing of TensorFlow.
NO_OPERATIONS = ("tensorflow.io.gfile", "tensorflow.TensorSpec", "tensorflow.TensorShape", "tensorflow.is_tensor")
NUMPY_UNDER_KERAS = (
    "tf.keras.utils",
    "tf.keras.preprocessing",
    "tensorflow.keras.utils",
    "tensorflow.keras.preprocessing",
)


Methods = dict[str, "ast.FunctionDef | ast.AsyncFunctionDef"]


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
    getitem_line: int | None = None
    moved: frozenset[str] = frozenset()  # plain names that something is done to: `hf` of `hf.seek(3)`
    misspelt: tuple[tuple[int, str, str], ...] = ()  # line, name, the hook that is meant
    unused: tuple[tuple[int, str], ...] = ()  # what on_epoch_end sets and no batch is made from


def dotted(node: ast.AST, aliases: dict[str, str]) -> str:
    """`np.random.rand` as numpy.random.rand; "" for what is no plain name."""
    parts = []
    while isinstance(node, ast.Attribute):
        parts.append(node.attr)
        node = node.value
    if not isinstance(node, ast.Name):
        return ""
    return ".".join([aliases.get(node.id, node.id), *reversed(parts)])


def self_attribute(node: ast.AST, owners: tuple[str, ...] = ("self",)) -> str:
    """`self.x`, `self.x[3]`, `self.x.y`: x; else "". `owners`: what else is as good as self, the class for one."""
    while isinstance(node, (ast.Attribute, ast.Subscript)):
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id in owners:
            return node.attr
        node = node.value
    return ""


def read_class(node: ast.ClassDef, aliases: dict[str, str]) -> Class:
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
    writes, nexts, tf_lines, randoms, moved = [], [], [], [], set()
    for name in reached:
        for item, guarded in _walk_guarded(methods[name], set(lock_lines)):
            writes += _read_writes(item, guarded, ("self", "cls", node.name))
            if isinstance(item, ast.Call):
                called = dotted(item.func, aliases)
                if called == "next" and item.args:
                    nexts.append(Write(item.lineno, self_attribute(item.args[0]), guarded))
                if isinstance(item.func, ast.Attribute) and item.func.attr in ("__next__", "next"):
                    attribute = self_attribute(item.func.value)
                    if attribute:
                        nexts.append(Write(item.lineno, attribute, guarded))
                if isinstance(item.func, ast.Attribute) and isinstance(item.func.value, ast.Name):
                    moved |= {item.func.value.id} if item.func.attr in MUTATORS else set()
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
        moved=frozenset(moved),
        getitem_line=methods["__getitem__"].lineno if "__getitem__" in methods else None,
        misspelt=tuple(
            (method.lineno, name, hook)
            for name, method in methods.items()
            if (hook := HOOKS.get(name.replace("_", "").lower(), name)) not in (name, "") and hook not in methods
        ),
        unused=tuple(_read_unused(methods, reached)),
    )


def _read_unused(methods: Methods, reached: list[str]) -> Iterator[tuple[int, str]]:
    """Attributes that on_epoch_end sets and that no other method reads: then no batch comes from them."""
    if "on_epoch_end" not in methods or "__getitem__" not in reached:
        return
    readers = [method for name, method in methods.items() if name != "on_epoch_end"]
    read = {
        item.attr
        for method in readers
        for item in ast.walk(method)
        if isinstance(item, ast.Attribute) and isinstance(item.ctx, ast.Load)
    }
    told = set()
    for item in ast.walk(methods["on_epoch_end"]):
        if not isinstance(item, ast.Assign):
            continue
        for target in item.targets:
            name = self_attribute(target)
            if name and name not in read and name not in told:
                told.add(name)
                yield item.lineno, name


def _is_lock(node: ast.AST, aliases: dict[str, str]) -> bool:
    return isinstance(node, ast.Call) and dotted(node.func, aliases).rpartition(".")[2] in LOCKS


def _reach(methods: Methods) -> list[str]:
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


def _read_writes(item: ast.AST, guarded: bool, owners: tuple[str, ...]) -> list[Write]:
    targets: list[ast.AST] = []
    if isinstance(item, ast.Assign):
        targets = list(item.targets)
    elif isinstance(item, (ast.AugAssign, ast.AnnAssign)):
        targets = [item.target]
    elif isinstance(item, ast.Delete):
        targets = list(item.targets)
    elif isinstance(item, ast.Call) and isinstance(item.func, ast.Attribute):
        if item.func.attr in MUTATORS and self_attribute(item.func.value, owners):
            targets = [item.func.value]
        if item.func.attr == "shuffle" and item.args:
            targets = [item.args[0]]
    found = []
    for target in targets:
        for part in target.elts if isinstance(target, (ast.Tuple, ast.List)) else [target]:
            name = self_attribute(part, owners)
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
