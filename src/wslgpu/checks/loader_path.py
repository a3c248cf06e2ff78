"""Variables and start files that change which libraries, which cards and which Python are taken."""

from __future__ import annotations

import re

from wslgpu.checks.cards import installed_release, release_of
from wslgpu.checks.driver import FOR_CPU
from wslgpu.checks.model import BOTH, Check, Judgement, found, known, skip, well
from wslgpu.facts.model import Facts
from wslgpu.facts.variables import library_folders
from wslgpu.system.answers import Unknown

CUDA_LIBRARY = re.compile(r"lib(cudart|cublas|cublasLt|cudnn|cufft|cusolver|cusparse|nvrtc|curand)[\w.]*\.so")
SYSTEM_FOLDERS = ("/usr/lib/x86_64-linux-gnu", "/lib/x86_64-linux-gnu", "/usr/lib", "/lib", "/usr/lib64", "/lib64")


def where_set(facts: Facts, name: str) -> str:
    """The start file and line that export a variable, for the text of a finding."""
    exports = facts.shell.of(name)
    return f"{exports[0].file} line {exports[0].line}" if exports else "this shell's environment"


def judge_visible_devices(facts: Facts) -> Judgement:
    """An empty list, or one that begins with -1, hides every card (CUDA's programming guide)."""
    if facts.profile == "cpu":
        return skip(FOR_CPU)
    value = facts.variables.get("CUDA_VISIBLE_DEVICES")
    hidden = isinstance(value, str) and (value.strip() == "" or value.strip().startswith(("-1", "NoDevFiles", "none")))
    if hidden:
        return found(value=repr(value), where=where_set(facts, "CUDA_VISIBLE_DEVICES"))
    for export in facts.shell.of("CUDA_VISIBLE_DEVICES"):
        if re.search(r"=\s*[\"']?(-1|[\"']?\s*$|[\"']{2})", export.text):
            return found("warn", value=export.text, where=f"{export.file} line {export.line}")
    known(value)
    return well(value=value or "not set")


def judge_system_first(facts: Facts) -> Judgement:
    """Ubuntu's own folders hold another libdxcore or libcuda than Windows' (microsoft/WSL#9099)."""
    folders = library_folders(known(facts.variables.get("LD_LIBRARY_PATH")))
    wsl = folders.index("/usr/lib/wsl/lib") if "/usr/lib/wsl/lib" in folders else len(folders)
    first = [folder for folder in folders[:wsl] if folder in SYSTEM_FOLDERS]
    return found(folder=first[0], where=where_set(facts, "LD_LIBRARY_PATH")) if first else well()


def judge_foreign_cuda(facts: Facts) -> Judgement:
    """LD_LIBRARY_PATH wins over the RUNPATH of TensorFlow's wheels (tensorflow/tensorflow#63948)."""
    if facts.profile == "cpu":
        return skip(FOR_CPU)
    if release_of(facts).cuda_from == "system":
        return skip(f"TensorFlow {release_of(facts).version} needs CUDA of the system")
    value = facts.variables.get("LD_LIBRARY_PATH")
    for folder in library_folders(value):
        library = _foreign_library(facts, folder)
        if library is not None:
            return found(folder=folder, library=library, where=where_set(facts, "LD_LIBRARY_PATH"))
    for export in facts.shell.of("LD_LIBRARY_PATH"):
        if re.search(r"/(cuda|cudnn|[a-z]*conda)", export.text) and not isinstance(value, str):
            return found("warn", folder=export.text, library="?", where=f"{export.file} line {export.line}")
    known(value)
    return well(value=value or "not set")


def _foreign_library(facts: Facts, folder: str) -> str | None:
    """A CUDA library in a folder; where the folder could not be read, its name must do."""
    if folder.startswith("/usr/lib/wsl") or "/stubs" in folder:
        return None
    names = facts.variables.library_folders.get(folder)
    if isinstance(names, tuple):
        return next((name for name in names if CUDA_LIBRARY.match(name)), None)
    named = re.search(r"cuda|cudnn|conda", folder)
    return "CUDA by its name" if isinstance(names, Unknown) and named else None


def judge_conda(facts: Facts) -> Judgement:
    """conda's CUDA and pip's NVIDIA wheels in one process (tensorflow/tensorflow#60101)."""
    prefix, packages = facts.variables.get("CONDA_PREFIX"), facts.environment.packages
    if prefix is None:
        return well()
    bring = facts.environment.conda if isinstance(facts.environment.conda, tuple) else ()
    wheels = [name for name in packages if name.startswith("nvidia-")] if not isinstance(packages, Unknown) else []
    path = facts.variables.get("LD_LIBRARY_PATH")
    inside = isinstance(path, str) and isinstance(prefix, str) and f"{prefix}/lib" in path
    if bring and (wheels or installed_release(facts) is not None):
        return found(prefix=known(prefix) or "", what=bring[0].removesuffix(".json"))
    if inside and wheels:
        return found(prefix=known(prefix) or "", what="its lib folder, through LD_LIBRARY_PATH")
    known(prefix)
    return well()


def judge_windows_python(facts: Facts) -> Judgement:
    """Windows' PATH is appended to WSL's: `python` may be Windows' own (pyenv-win/pyenv-win#469)."""
    if facts.environment.is_windows is True:
        return found(program=".venv", path=str(facts.environment.home or "a Python of Windows"))
    typed = facts.pythons.typed
    for name, path in (typed if not isinstance(typed, Unknown) else {}).items():
        if path and (path.startswith("/mnt/") or path.lower().endswith(".exe")):
            return found(program=name, path=path)
    known(typed)
    return well()


CHECKS = (
    Check("cuda-visible-devices", "paths", BOTH, judge_visible_devices),
    Check("ld-path-system-first", "paths", ("wsl",), judge_system_first),
    Check("ld-path-foreign-cuda", "paths", BOTH, judge_foreign_cuda),
    Check("conda-mixed", "paths", BOTH, judge_conda),
    Check("windows-python-in-wsl", "paths", ("wsl",), judge_windows_python),
)
