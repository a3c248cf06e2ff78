"""Which CUDA libraries a venv's TensorFlow would load, from where and in which version; TensorFlow is not imported."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath
from typing import Any, Literal, get_args

from wslgpu.facts.shapes import Thing, read_thing
from wslgpu.system.answers import Answers, Unknown, Value
from wslgpu.system.wants import RunPython

Origin = Literal["wheel", "ld_library_path", "ld_cache", "wsl", "missing"]
WANT_ID = "venv.libraries"
ESSENTIAL = ("cudart", "cublas", "cublasLt", "cufft", "cusolver", "cusparse", "cudnn")  # as venv_probe says why
PROBE_FILES = ("loader_probe.py", "venv_probe.py")
PROBE_TEXT = "\n".join((Path(__file__).parent / name).read_text(encoding="utf-8") for name in PROBE_FILES)


@dataclass(frozen=True)
class Library:
    """What the loader would take for one soname.

    `origin`: the wheels by RUNPATH, LD_LIBRARY_PATH, ld.so.cache or a system folder, WSL's own folder, or nowhere.
    `version`: as cuDNN's code, the wheel or the file's name tells it, None where none does; `toolkit`: of a folder
    cuda-X.Y. `package`: the distribution whose record the file fits.
    `expected_major`: the number after .so. `fault`: why the file cannot be used, "" for none. `essential`: without
    it TensorFlow registers no GPU. `present_at`: the wheel's file, where another one or none is taken. `searched`:
    where the file `asked_by` looks by itself, told for a missing library only. `stub`: a linker's stand-in.
    """

    name: str
    soname: str
    path: str | None
    origin: Origin
    version: str | None
    expected_major: int
    essential: bool
    fault: str = ""
    real: str = ""
    stub: bool = False
    toolkit: str | None = None
    present_at: str | None = None
    asked_by: str = ""
    searched: tuple[str, ...] = ()
    passed_over: tuple[str, ...] = ()
    package: str | None = None

    @property
    def of_cuda(self) -> int | None:
        """The CUDA that its package is made for: 13 for nvidia-cudnn-cu13; None where no package tells."""
        end = (self.package or "").rpartition("-cu")[2]
        return int(end) if end.isdigit() else None

    @property
    def usable(self) -> bool:
        """Whether the loader would take it and not stumble."""
        return self.origin != "missing" and not self.fault and not self.stub


@dataclass(frozen=True)
class Tool:
    """A ptxas or libdevice. `origin`, as XLA looks: flag (XLA_FLAGS), path (PATH), system (/usr/local/cuda), wheel."""

    path: str
    origin: str
    usable: bool
    version: str | None
    toolkit: str | None


@dataclass(frozen=True)
class InstalledTensorFlow:
    """`version` None: files without a distribution. `cuda`, `cudnn`: what it was built with, "" for a CPU build."""

    package: str
    version: str | None
    folder: str
    cuda: str
    cudnn: str
    gpu_build: bool
    kernels: tuple[str, ...] = ()


@dataclass(frozen=True)
class VenvLibraries:
    """One venv. `distributions`: name to version, of what matters here. Tools stand in the order of their use.

    `looked_for_tools`: whether the tools were told at all; a recording by hand may leave them out.
    """

    python: str
    prefix: str
    base_python: str
    distributions: Mapping[str, str]
    tensorflow: InstalledTensorFlow | None
    libraries: tuple[Library, ...]
    ptxas: tuple[Tool, ...] = ()
    libdevice: tuple[Tool, ...] = ()
    ld_library_path: tuple[str, ...] = ()
    ld_preload: str = ""
    looked_for_tools: bool = True

    def find(self, name: str) -> Library | None:
        """The library of that short name, such as cudnn; None where this TensorFlow asks for none."""
        return next((library for library in self.libraries if library.name == name), None)

    @property
    def hinders(self) -> tuple[Library, ...]:
        """The essential libraries that would keep TensorFlow from registering a GPU."""
        return tuple(library for library in self.libraries if library.essential and not library.usable)


@dataclass(frozen=True)
class Link:
    """A link to make inside the venv: `path` is to point at `target`, relative to the link's folder."""

    path: str
    target: str


@dataclass(frozen=True)
class _Shape:
    """Reads fields of a JSON object, so that a recording by hand need not hold all of them."""

    row: Mapping[str, Any] = field(default_factory=dict)

    def text(self, key: str) -> str:
        return str(self.row.get(key) or "")

    def maybe(self, key: str) -> str | None:
        return self.text(key) or None

    def texts(self, key: str) -> tuple[str, ...]:
        value = self.row.get(key)
        return tuple(str(item) for item in value) if isinstance(value, list) else ()


def ask_libraries(python: str, want_id: str = WANT_ID, deadline_s: float = 10.0) -> RunPython:
    """The want: run the probe under the venv's own interpreter, with the environment that the user has."""
    return RunPython(want_id, PROBE_TEXT, python=python, deadline_s=deadline_s)


def wants_of_libraries(answers: Answers, folder: str) -> tuple[RunPython, ...]:
    """The second question: what the python of DIR/.venv would load; none where there is no such python."""
    python = read_thing(answers, "project.venv_python")
    there = isinstance(python, Thing) and python.kind == "file"
    return (ask_libraries(f"{folder}/.venv/bin/python"),) if there else ()


def read_libraries(answers: Answers, want_id: str = WANT_ID) -> VenvLibraries | Unknown | None:
    """What the probe told; None where that interpreter is not there (or what it pointed to was removed)."""
    answer = answers[want_id]
    if isinstance(answer, Value) and isinstance(answer.value, dict):
        return read_report(answer.value)
    ran = answers.ran(want_id)
    if ran is None or isinstance(ran, Unknown):
        return ran
    if ran.exit != 0:
        said = ran.stderr.decode("utf-8", "replace").strip().splitlines()
        return Unknown("crashed", f"the venv's python ended with {ran.exit}{': ' + said[-1] if said else ''}")
    try:
        report = json.loads(ran.stdout.decode("utf-8", "replace"))
    except ValueError:
        return Unknown("malformed", f"{want_id} holds no JSON object")
    return read_report(report) if isinstance(report, dict) else Unknown("malformed", f"{want_id} holds no JSON object")


def read_report(report: Mapping[str, Any]) -> VenvLibraries:
    """The probe's JSON object as facts; what it lacks reads as not there.

    By hand "tensorflow" may be the version alone, of a build for the GPU, and a library its soname and what is wrong.
    """
    shape = _Shape(report)
    tools, found = report.get("tools"), report.get("tensorflow")
    distributions = report.get("distributions")
    return VenvLibraries(
        python=shape.text("python"),
        prefix=shape.text("prefix"),
        base_python=shape.text("base_python"),
        distributions={str(k): str(v) for k, v in distributions.items()} if isinstance(distributions, dict) else {},
        tensorflow=_read_tensorflow(_Shape(found)) if isinstance(found, dict) else _read_version(found),
        libraries=tuple(_read_library(_Shape(row)) for row in _rows(report, "libraries")),
        ptxas=tuple(_read_tool(_Shape(row)) for row in _rows(tools, "ptxas")),
        libdevice=tuple(_read_tool(_Shape(row)) for row in _rows(tools, "libdevice")),
        ld_library_path=shape.texts("ld_library_path"),
        ld_preload=shape.text("ld_preload"),
        looked_for_tools=isinstance(tools, dict),
    )


def links_needed(venv: VenvLibraries) -> tuple[Link, ...]:
    """Links that let TensorFlow find wheels that are installed and that it does not look into (2.16.1, 2.21.0).

    Each link goes into the first folder of the environment's nvidia/ where the asking file does look. cuDNN's parts
    are looked for beside the link, so ask the venv again after linking, until nothing is needed; two rounds do.
    """
    links = []
    for library in venv.libraries:
        if library.origin != "missing" or library.present_at is None or not _is_asked_for(library):
            continue
        site = PurePosixPath(library.present_at).parents[2]  # .../nvidia
        folder = next((f for f in library.searched if PurePosixPath(f).parent.parent == site), None)
        if folder is not None:
            target = PurePosixPath("../..") / PurePosixPath(library.present_at).relative_to(site)
            links.append(Link(f"{folder}/{library.soname}", str(target)))
    return tuple(links)


def _is_asked_for(library: Library) -> bool:
    return library.essential or library.name != "curand"


def _rows(document: Any, key: str) -> list[Mapping[str, Any]]:
    value = document.get(key) if isinstance(document, Mapping) else None
    return [row for row in value if isinstance(row, dict)] if isinstance(value, list) else []


def _read_tensorflow(shape: _Shape) -> InstalledTensorFlow:
    build = shape.row.get("build")
    kernels = _Shape(build).texts("cuda_compute_capabilities") if isinstance(build, dict) else ()
    return InstalledTensorFlow(
        package=shape.text("package"),
        version=shape.maybe("version"),
        folder=shape.text("folder"),
        cuda=shape.text("cuda"),
        cudnn=shape.text("cudnn"),
        gpu_build=bool(shape.row.get("gpu_build", shape.text("package") != "tensorflow-cpu")),
        kernels=kernels,
    )


def _read_version(told: Any) -> InstalledTensorFlow | None:
    return InstalledTensorFlow("tensorflow", told, "", "", "", gpu_build=True) if isinstance(told, str) else None


def _read_library(shape: _Shape) -> Library:
    origin: Any = shape.text("origin")
    name = shape.text("name") or shape.text("soname").partition(".so")[0].removeprefix("lib")
    usual = name in ESSENTIAL or name.startswith("cudnn_")
    number = shape.text("soname").partition(".so.")[2].partition(".")[0]
    return Library(
        name=name,
        soname=shape.text("soname"),
        path=shape.maybe("path"),
        origin=origin if origin in get_args(Origin) else "missing",
        version=shape.maybe("version"),
        expected_major=int(number) if number.isdigit() else 0,
        essential=bool(shape.row.get("essential", usual)),
        fault=shape.text("fault"),
        real=shape.text("real"),
        stub=bool(shape.row.get("stub")),
        toolkit=shape.maybe("toolkit"),
        present_at=shape.maybe("present_at"),
        asked_by=shape.text("asked_by"),
        searched=shape.texts("searched"),
        passed_over=shape.texts("passed_over"),
        package=shape.maybe("package"),
    )


def _read_tool(shape: _Shape) -> Tool:
    return Tool(
        path=shape.text("path"),
        origin=shape.text("origin"),
        usable=bool(shape.row.get("usable")),
        version=shape.maybe("version"),
        toolkit=shape.maybe("toolkit"),
    )
