"""A folder beside wslgpu's own files as a package, by its path: the user's interpreter need not have wslgpu."""

from __future__ import annotations

import importlib.util
import os
import sys


def load_package(name, folder):
    """The package, under `name`. No __pycache__ is left beside wslgpu's files."""
    spec = importlib.util.spec_from_file_location(
        name, os.path.join(folder, "__init__.py"), submodule_search_locations=[folder]
    )
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    kept, sys.dont_write_bytecode = sys.dont_write_bytecode, True
    try:
        spec.loader.exec_module(module)
    finally:
        sys.dont_write_bytecode = kept
    return module
