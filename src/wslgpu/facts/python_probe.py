"""Says of the interpreter that runs it whether a venv can be made with it. Plain Python 3.6, prints one JSON object."""

import importlib.util
import json
import platform
import struct
import sys

print(
    json.dumps(
        {
            "version": list(sys.version_info[:3]),
            "prerelease": sys.version_info[3] != "final",
            "implementation": platform.python_implementation(),
            "bits": struct.calcsize("P") * 8,
            "venv": importlib.util.find_spec("venv") is not None,
            "ensurepip": importlib.util.find_spec("ensurepip") is not None,
            "executable": sys.executable,
            "base_prefix": sys.base_prefix,
            "is_venv": sys.prefix != sys.base_prefix,
            "is_conda": "conda" in sys.version.lower() or "conda" in sys.base_prefix.lower(),
            "free_threaded": bool(getattr(sys, "_is_gil_enabled", None)) and not sys._is_gil_enabled(),
        }
    )
)
