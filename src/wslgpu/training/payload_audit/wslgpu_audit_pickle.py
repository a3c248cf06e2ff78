"""Spawned workers: can the Sequence be sent, what exactly cannot, and does it work where it arrives?"""

from __future__ import annotations

import functools
import inspect
import io
import os
import pickle
import subprocess
import sys
import types

import wslgpu_audit_say as say
import wslgpu_audit_serial as serial
import wslgpu_audit_threads as threads

DEPTH = 8


def look(target, seen, options, main):
    sequence = target.make() if target.fresh else target.sample
    say.tell("start-method", name=start_method())
    before = fails(sequence)
    # `fit` makes batches for their shapes before it starts a worker: what a batch opens, or sets, is sent along.
    for index in seen.indexes[:2]:
        serial.note({}, sequence, index)
    try:
        data = pickle.dumps((sequence, seen.indexes[:3]), 4)
    except BaseException as error:
        culprits = find_culprits(sequence)
        say.tell(
            "cannot-pickle",
            text="%s: %s" % (type(error).__name__, str(error)[:400]),
            culprits=[[path, kind, text] for path, kind, text in culprits],
            after_a_batch=before is None,
        )
        return
    say.tell("pickled", bytes=len(data))
    path = os.path.join(options.run_dir, "sequence.pickle")
    with open(path, "wb") as file:
        file.write(data)
    threads.seed(seen, sequence)  # the very object that was sent: another one may have shuffled otherwise
    spawn(options, path, seen, main)
    os.unlink(path)


def start_method():
    import multiprocessing

    return multiprocessing.get_start_method(allow_none=True) or multiprocessing.get_all_start_methods()[0]


def spawn(options, path, seen, main):
    """`seen` holds what the batches are with our seeds behind the random functions; so does the new process."""
    inner = os.path.join(options.run_dir, "spawned")
    os.makedirs(inner, exist_ok=True)
    argv = [sys.executable, os.path.dirname(os.path.abspath(main)), "--run-dir", inner, "--target", options.target]
    argv += ["--project", options.project, "--unpickle", path]
    limit = max(60.0, 6 * options.seconds)
    try:
        done = subprocess.run(
            argv, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, timeout=limit
        )
    except subprocess.TimeoutExpired:
        say.tell("spawn-stuck", seconds=limit)
        return
    found = read_spawned(os.path.join(inner, "events.jsonl"))
    if "items" not in found:
        if "failed" in found:
            say.tell("spawn-item-error", index=found["failed"], **{key: found[key] for key in ("kind", "text", "line")})
            return
        text = found.get("text") or done.stderr.decode("utf-8", "replace")
        say.tell("spawn-error", text=text.strip().splitlines()[-1] if text.strip() else "exit %d" % done.returncode)
        return
    for index, leaves in found["items"]:
        got = dict(leaves)
        for leaf in seen.stable:
            if got.get(leaf) != seen.expected.get(index, {}).get(leaf):
                say.tell("spawn-wrong", index=index, leaf=leaf)
                return
    say.tell("spawn-fine", asked=len(found["items"]))


def read_spawned(path):
    import json

    found = {}
    try:
        with open(path) as file:
            for line in file:
                found.update(json.loads(line))
    except (OSError, ValueError):
        pass
    return found


def fails(value):
    """Why a value cannot be pickled, or None."""
    try:
        pickle.Pickler(io.BytesIO(), 4).dump(value)
    except BaseException as error:
        return "%s: %s" % (type(error).__name__, str(error)[:300])
    return None


def find_culprits(value, path="self", depth=0, seen=None):
    """The innermost values that cannot be pickled: (attribute path, type, message)."""
    seen = set() if seen is None else seen
    text = fails(value)
    if text is None or id(value) in seen:
        return []
    seen.add(id(value))
    found = []
    if depth < DEPTH:
        for name, child in children(value):
            found += find_culprits(child, path + name, depth + 1, seen)
    return found or [(path, type_name(value), text)]


# What these are made of says nothing to who holds one.
WHOLE = ("multiprocessing", "concurrent", "threading", "queue", "asyncio")


def children(value):
    if type(value).__module__.split(".")[0] in WHOLE:
        return []
    if isinstance(value, dict):
        return [("[%r]" % (key,), item) for key, item in list(value.items())[:1000]]
    if isinstance(value, (list, tuple, set, frozenset)):
        return [("[%d]" % place, item) for place, item in enumerate(list(value)[:1000])]
    if isinstance(value, functools.partial):
        return [(".func", value.func), (".args", value.args), (".keywords", value.keywords)]
    if isinstance(value, types.MethodType):
        return [(".__self__", value.__self__)]
    if isinstance(value, (types.FunctionType, type, types.ModuleType)):
        return []
    if hasattr(type(value), "__getstate__") and type(value).__getstate__ is not getattr(object, "__getstate__", None):
        try:
            state = value.__getstate__()
        except BaseException:
            return []
        return [("." + str(name), item) for name, item in state.items()] if isinstance(state, dict) else [("", state)]
    found = [("." + name, item) for name, item in getattr(value, "__dict__", {}).items()]
    for cls in type(value).__mro__:
        for name in getattr(cls, "__slots__", ()) or ():
            if isinstance(name, str) and hasattr(value, name):
                found.append(("." + name, getattr(value, name)))
    return found


def type_name(value):
    if isinstance(value, types.FunctionType):
        return "a lambda" if value.__name__ == "<lambda>" else "the local function " + value.__qualname__
    kind = type(value)
    return kind.__name__ if kind.__module__ == "builtins" else kind.__module__ + "." + kind.__qualname__


NOT_THE_USERS = ("builtins", "keras", "tf_keras", "tensorflow", "abc", "typing", "collections", "torch")
HANDLES = {
    "h5py": ("File", "Dataset", "Group"),
    "sqlite3": ("Connection", "Cursor"),
    "zipfile": ("ZipFile", "ZipExtFile"),
    "tarfile": ("TarFile",),
    "socket": ("socket",),
    "lmdb": ("Environment", "Transaction"),
    "tables": ("File",),
    "netCDF4": ("Dataset",),
    "cv2": ("VideoCapture",),
}


def find_handles(sequence):
    """Open files and connections that the Sequence holds, or its methods name as globals: [[path, kind, id], ...]."""
    found, seen = [], set()
    _walk(sequence, "self", 0, seen, found)
    for name, value in used_globals(type(sequence)):
        _walk(value, name, 3, seen, found)
    return found


def used_globals(cls):
    """What the methods of a class, and the functions beside it that they call, name in their modules."""
    waiting, done, found = [], set(), []
    for klass in cls.__mro__:
        if klass.__module__.split(".")[0] not in NOT_THE_USERS:
            waiting += [getattr(value, "__func__", getattr(value, "fget", value)) for value in vars(klass).values()]
    while waiting:
        value = waiting.pop()
        function = inspect.unwrap(value) if callable(value) else value
        if not isinstance(function, types.FunctionType) or function in done:
            continue
        done.add(function)
        place = function.__globals__
        for name in _names(function.__code__):
            value = place.get(name)
            if isinstance(value, types.FunctionType) and value.__globals__ is place:
                waiting.append(value)
            elif value is not None and not isinstance(value, (type, types.ModuleType)):
                found.append((name, value))
    return found


def _names(code):
    names = set(code.co_names)
    for inner in code.co_consts:
        if isinstance(inner, types.CodeType):
            names |= _names(inner)
    return names


def _walk(value, path, depth, seen, found):
    if id(value) in seen or depth > 4:
        return
    seen.add(id(value))
    kind = handle_kind(value)
    if kind:
        found.append([path, kind, id(value)])
        return
    if type(value).__module__.split(".")[0] in (
        "numpy",
        "tensorflow",
        "keras",
        "pandas",
        "builtins",
    ) and not isinstance(value, (dict, list, tuple)):
        return
    if isinstance(value, (list, tuple)) and len(value) > 200:
        value = value[:200]
    for name, child in children(value)[:500]:
        _walk(child, path + name, depth + 1, seen, found)


def handle_kind(value):
    if isinstance(value, io.IOBase):
        try:
            if value.closed:
                return None
            if value.fileno() <= 2:
                return None  # a progress bar's stderr: it has no position, and forked workers may write to it
        except (OSError, ValueError, AttributeError):
            return None  # in memory
        return "file"
    if type(value).__module__.split(".")[0] == "xarray":
        return xarray_kind(value)
    for cls in type(value).__mro__:
        top = cls.__module__.split(".")[0].lstrip("_")
        if cls.__name__ in HANDLES.get(top, ()):
            return top + "." + cls.__name__
    return None


def xarray_kind(value):
    """A Dataset whose arrays are still in a netCDF file; xarray holds that open behind it."""
    source = str(getattr(value, "encoding", {}).get("source", ""))
    variables = list(getattr(value, "variables", {}).values()) if hasattr(value, "variables") else []
    if not source or source.rstrip("/").endswith(".zarr") or all(getattr(v, "_in_memory", True) for v in variables):
        return None
    return "xarray.Dataset"
