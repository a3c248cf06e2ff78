"""Find what MODULE:NAME names, make one of it, and say what it is."""

from __future__ import annotations

import ast
import importlib
import inspect
import os
import sys
import traceback

import wslgpu_audit_say as say
import wslgpu_audit_serial as serial

KERAS = ("keras", "tf_keras", "tensorflow", "tensorflow_core")


class Target(object):
    """`make()` gives a new one (or, for a global object, the same again). `user_files`: whose lines are the user's."""

    def __init__(self, kind, make, sample, fresh):
        self.kind, self.make, self.sample, self.fresh = kind, make, sample, fresh
        self.user_files = user_files()


def user_files():
    """Files of modules that are neither the standard library's nor installed."""
    here = os.path.dirname(os.path.abspath(__file__))
    library = os.path.dirname(os.__file__)
    files = set()
    for module in list(sys.modules.values()):
        path = getattr(module, "__file__", None)
        if path and path.endswith(".py"):
            path = os.path.abspath(path)
            installed = "site-packages" in path or "dist-packages" in path or path.startswith(library)
            if not installed and not path.startswith(here):
                files.add(path)
    return files


def import_module(name):
    """A module by its name, or by the path of its file; then under the name of the file, so that it can be pickled."""
    if not name.endswith(".py"):
        return importlib.import_module(name)
    folder, name = os.path.split(os.path.abspath(name)[:-3])
    while os.path.exists(os.path.join(folder, "__init__.py")):  # in a package, whose modules import each other
        folder, package = os.path.split(folder)
        name = package + "." + name
    sys.path.insert(0, folder)
    return importlib.import_module(name)


def read_arguments(text):
    """`1, size=2` as positional and named values: literals only."""
    call = ast.parse("f(" + text + ")", mode="eval").body
    return (
        [ast.literal_eval(value) for value in call.args],
        {word.arg: ast.literal_eval(word.value) for word in call.keywords},
    )


def load(target, arguments):
    """A Target, or None once it is said why not."""
    module_name, _, name = target.partition(":")
    try:
        module = import_module(module_name)
    except BaseException as error:
        missing = isinstance(error, ImportError) and getattr(error, "name", None)
        say.tell(
            "cannot-import",
            text="%s: %s" % (type(error).__name__, error),
            missing=missing or "",
            line=serial.user_line(error),
            traceback=traceback.format_exc(),
        )
        return None
    found = module
    for part in name.split("."):
        if not hasattr(found, part):
            near = [n for n, v in vars(module).items() if callable(v) and not n.startswith("_")]
            near = [n for n in near if getattr(vars(module)[n], "__module__", "") == module.__name__]
            say.tell("no-such-name", name=name, near=near[:10])
            return None
        found = getattr(found, part)
    positional, named = read_arguments(arguments)
    fresh = callable(found) and not (hasattr(found, "__getitem__") and not inspect.isclass(found))
    if fresh:
        try:
            inspect.signature(found).bind(*positional, **named)
        except TypeError as error:
            say.tell("needs-args", text=str(error), signature=str(inspect.signature(found)))
            return None
        except ValueError:
            pass  # no signature to be had

    def make():
        return found(*positional, **named) if fresh else found

    try:
        sample = make()
    except BaseException as error:
        say.tell(
            "cannot-make",
            text="%s: %s" % (type(error).__name__, error),
            line=serial.user_line(error),
            traceback=traceback.format_exc(),
        )
        return None
    kind = kind_of(sample)
    # The class of what a factory makes, wherever it stands; of a generator, the function.
    owner = found if inspect.isgenerator(sample) or type(sample).__module__ == "builtins" else type(sample)
    say.tell("loaded", kind=kind, fresh=fresh, **describe(owner, sample))
    if kind == "other":
        return None
    return Target(kind, make, sample, fresh)


def kind_of(sample):
    if isinstance(sample, (list, tuple, dict, str, bytes)):
        return "other"
    if hasattr(sample, "__getitem__") and (hasattr(sample, "__len__") or hasattr(sample, "num_batches")):
        return "sequence"
    if hasattr(sample, "__next__") or hasattr(sample, "__iter__"):
        return "generator"
    return "other"


def describe(owner, sample):
    """Where the source is and what stands around it."""
    try:
        path, line = inspect.getsourcefile(owner), inspect.getsourcelines(owner)[1]
    except (OSError, TypeError):
        path, line = None, None
    bases = [cls for cls in type(sample).__mro__ if cls.__module__.split(".")[0] in KERAS]
    base = next((cls for cls in bases if cls.__name__ in ("PyDataset", "Sequence")), None)
    keras = sys.modules.get("keras")
    tensorflow = sys.modules.get("tensorflow")
    return {
        "name": getattr(owner, "__qualname__", repr(owner)),
        "file": path and os.path.abspath(path),
        "line": line,
        "python": "%d.%d" % sys.version_info[:2],
        "keras": str(getattr(keras, "__version__", "")),
        "tensorflow": str(getattr(tensorflow, "__version__", "")),
        "keras_base": base.__name__ if base else "",
        "super_called": (hasattr(sample, "_workers") or "workers" in getattr(sample, "__dict__", {})) if base else True,
        "keras3": base is not None and hasattr(base, "num_batches"),
        "sequence_base": base is not None,
        # Of both it is an array of Keras 2; with __array__ an array of every Keras, and no Sequence at all.
        "like_array": [name for name in ("shape", "dtype", "__array__") if hasattr(sample, name)],
    }
