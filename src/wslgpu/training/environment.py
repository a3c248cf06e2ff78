"""The environment in which a training is started: what harms is taken out, and what was taken out is said. Pure."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass

# Each points a venv's python at foreign modules, or makes it do something else than was asked.
FOREIGN_PYTHON = ("PYTHONHOME", "PYTHONPATH", "PYTHONSTARTUP", "PYTHONINSPECT", "PYTHONUSERBASE")


@dataclass(frozen=True)
class CleanEnvironment:
    """Variables for the child, and one `NAME=value: why` line for each that was taken out."""

    variables: dict[str, str]
    removed: tuple[str, ...]


def clean_for_smoke(environment: Mapping[str, str], run_dir: str, device: str) -> CleanEnvironment:
    """The smoke proves the venv and nothing around it, so a foreign PYTHONPATH must not help or harm.

    LD_LIBRARY_PATH and CUDA_VISIBLE_DEVICES stay: a training started by hand in the same shell would have them too.
    """
    variables = dict(environment)
    removed = tuple(
        f"{name}={variables.pop(name)}: it points Python away from the environment"
        for name in FOREIGN_PYTHON
        if name in variables
    )
    variables["PYTHONNOUSERSITE"] = "1"
    variables["PYTHONFAULTHANDLER"] = "1"  # a crash in CUDA then shows the Python line
    variables["KERAS_HOME"] = f"{run_dir}/keras"  # nothing is left in ~/.keras, and nothing there changes the smoke
    variables["KERAS_BACKEND"] = "tensorflow"
    variables.setdefault("TF_FORCE_GPU_ALLOW_GROWTH", "true")
    if device == "cpu":
        variables["CUDA_VISIBLE_DEVICES"] = "-1"
    return CleanEnvironment(variables, removed)


# A folder of these in front of the wheels' own libraries, and TensorFlow loads another cuDNN than it was built for.
CUDA_LIBRARIES = ("libcudart.so", "libcudnn", "libcublas", "libcufft", "libcusolver", "libcusparse", "libnccl")


def clean_for_run(
    environment: Mapping[str, str], files_of: Mapping[str, tuple[str, ...]], bootstrap: str
) -> CleanEnvironment:
    """A user's own training keeps all it needs; PYTHONHOME and CUDA libraries in front of the wheels' own go.

    `files_of`: names of the files in each folder of LD_LIBRARY_PATH. `bootstrap`: the folder put first on PYTHONPATH.
    """
    variables = dict(environment)
    removed = []
    if "PYTHONHOME" in variables:
        removed.append(f"PYTHONHOME={variables.pop('PYTHONHOME')}: it points Python away from its environment")
    if "LD_LIBRARY_PATH" in variables:
        kept = []
        for folder in variables["LD_LIBRARY_PATH"].split(":"):
            names = sorted({name for name in files_of.get(folder, ()) if name.startswith(CUDA_LIBRARIES)})
            if names:
                removed.append(f"{folder} from LD_LIBRARY_PATH: its {names[0]} would be loaded before TensorFlow's own")
            else:
                kept.append(folder)
        variables["LD_LIBRARY_PATH"] = ":".join(kept)
        if not any(kept):
            del variables["LD_LIBRARY_PATH"]
    behind = variables.get("PYTHONPATH")
    variables["PYTHONPATH"] = f"{bootstrap}{os.pathsep}{behind}" if behind else bootstrap
    variables.setdefault("PYTHONFAULTHANDLER", "1")
    return CleanEnvironment(variables, tuple(removed))
