"""Says of the interpreter that runs it whether a venv can be made with it. Plain Python 3.6, prints one JSON object."""

import importlib.util
import json
import os
import platform
import struct
import sys
import sysconfig

WATCHED = ("tensorflow", "tensorflow_cpu", "tensorflow_gpu", "tf_nightly", "keras")


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


print(
    json.dumps(
        {
            "version": list(sys.version_info[:3]),
            "prerelease": sys.version_info[3] != "final",
            "implementation": platform.python_implementation(),
            "bits": struct.calcsize("P") * 8,
            "venv": importlib.util.find_spec("venv") is not None,
            "ensurepip": importlib.util.find_spec("ensurepip") is not None,
            # A venv's python stands for the one that it was made from: the venv itself may go away.
            "executable": getattr(sys, "_base_executable", None) or sys.executable,
            "base_prefix": sys.base_prefix,
            "is_venv": sys.prefix != sys.base_prefix,
            "is_conda": "conda" in sys.version.lower() or "conda" in sys.base_prefix.lower(),
            "managed": os.path.exists(os.path.join(sysconfig.get_path("stdlib"), "EXTERNALLY-MANAGED")),
            "stray": stray_packages() if sys.prefix == sys.base_prefix else [],
            "free_threaded": bool(getattr(sys, "_is_gil_enabled", None)) and not sys._is_gil_enabled(),
        }
    )
)
