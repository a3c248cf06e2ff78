"""Says of the interpreter that runs it whether a venv can be made with it. Plain Python 3.6, prints one JSON object.

Every interpreter of the machine runs this, so it imports next to nothing: json, platform, sysconfig and importlib.util
took twice as long as the interpreter's own start.
"""

import os
import sys

try:
    from _json import encode_basestring_ascii as quote
except ImportError:  # not CPython's
    from json import dumps as quote

WATCHED = ("tensorflow", "tensorflow_cpu", "tensorflow_gpu", "tf_nightly", "keras")
NAMES = {"cpython": "CPython", "pypy": "PyPy"}
STDLIB = os.path.dirname(os.__file__)


def has_module(name):
    """Debian takes ensurepip, and with it venvs, out of its interpreter into a package of its own."""
    if os.path.isfile(os.path.join(STDLIB, name, "__init__.py")):
        return True
    import importlib.util

    return importlib.util.find_spec(name) is not None


def stray_packages():
    """TensorFlow outside every venv: in the system's own folders, or in the user's."""
    import site

    folders = set(sys.path[1:] if sys.path and not sys.path[0] else sys.path)
    folders.add(site.getusersitepackages())
    found = []
    for folder in sorted(folders):
        try:
            names = os.listdir(folder)
        except OSError:
            continue
        for name in names:
            if name.endswith(".dist-info") and name.split("-")[0].lower() in WATCHED:
                found.append(os.path.join(folder, name))
    return found


def spell(value):
    """A value as JSON."""
    if isinstance(value, str):
        return quote(value)
    if isinstance(value, list):
        return "[" + ", ".join(map(spell, value)) + "]"
    return str(value).lower()  # true, false, a whole number


def describe():
    in_venv = sys.prefix != sys.base_prefix
    return {
        "version": list(sys.version_info[:3]),
        "prerelease": sys.version_info[3] != "final",
        "implementation": NAMES.get(sys.implementation.name, sys.implementation.name),
        "bits": 64 if sys.maxsize > 2**32 else 32,
        "venv": has_module("venv"),
        "ensurepip": has_module("ensurepip"),
        # A venv's python stands for the one that it was made from: the venv itself may go away.
        "executable": getattr(sys, "_base_executable", None) or sys.executable,
        "base_prefix": sys.base_prefix,
        "is_venv": in_venv,
        "is_conda": "conda" in sys.version.lower() or "conda" in sys.base_prefix.lower(),
        "managed": os.path.exists(os.path.join(STDLIB, "EXTERNALLY-MANAGED")),
        "stray": [] if in_venv else stray_packages(),
        "free_threaded": bool(getattr(sys, "_is_gil_enabled", None)) and not sys._is_gil_enabled(),
    }


print("{" + ", ".join(quote(name) + ": " + spell(value) for name, value in describe().items()) + "}")
