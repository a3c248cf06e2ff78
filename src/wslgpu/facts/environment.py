"""The project's venv, by the names that its packages leave behind: nothing of it is started or imported."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from wslgpu.facts.shapes import Thing, is_there, read_names, read_thing
from wslgpu.system.answers import Answers, Unknown
from wslgpu.system.wants import Inspect, ListFolder, ReadFile, Want

PACKAGES_ID = "venv.packages"


@dataclass(frozen=True)
class Environment:
    """`there`: something stands at DIR/.venv. `python`: its version by pyvenv.cfg. `home`: where its base lies.

    `packages`: version by name (lower case, with dashes). `libdevice`, `ptxas`: of the nvidia-cuda-nvcc wheel.
    `is_windows`: made by a Python of Windows. `base_gone`: its python is a link to nowhere.
    """

    there: bool | Unknown
    python: tuple[int, ...] | Unknown | None
    home: str | Unknown | None
    packages: Mapping[str, str] | Unknown
    libdevice: bool | Unknown
    ptxas: bool | Unknown
    is_windows: bool | Unknown
    base_gone: bool | Unknown
    conda: tuple[str, ...] | Unknown | None

    def version(self, package: str) -> str | Unknown | None:
        """A package's version, None where it is not installed."""
        return self.packages if isinstance(self.packages, Unknown) else self.packages.get(package)


def wants_of_venv(folder: str) -> tuple[Want, ...]:
    """The first question: is there one, and made by whom."""
    return (
        ReadFile("venv.config", f"{folder}/.venv/pyvenv.cfg"),
        ListFolder("venv.lib", f"{folder}/.venv/lib", "python3*"),
        Inspect("venv.scripts", f"{folder}/.venv/Scripts"),
    )


def wants_of_packages(answers: Answers, folder: str) -> tuple[Want, ...]:
    """The second question: what is installed, where its Python looks."""
    names = read_names(answers, "venv.lib")
    if not isinstance(names, tuple) or not names:
        return ()
    site = f"{folder}/.venv/lib/{names[-1]}/site-packages"
    return (
        ListFolder(PACKAGES_ID, site, "*.dist-info", limit=5_000),
        Inspect("venv.libdevice", f"{site}/nvidia/cuda_nvcc/nvvm/libdevice/libdevice.10.bc"),
        Inspect("venv.ptxas", f"{site}/nvidia/cuda_nvcc/bin/ptxas"),
    )


def wants_of_conda(answers: Answers) -> tuple[Want, ...]:
    """The second question of conda: does an environment that is active bring CUDA libraries of its own."""
    prefix = answers.value("env.CONDA_PREFIX")
    if not isinstance(prefix, str) or not prefix.startswith("/"):
        return ()
    return (ListFolder("conda.packages", f"{prefix}/conda-meta", "cud*.json"),)


def read_environment(answers: Answers) -> Environment:
    """What of these was told; `venv.packages` may also be what `pip list` or `pip freeze` printed."""
    config = answers.text("venv.config")
    fields = dict(re.findall(r"^(\w+) *= *(.*?)\s*$", config, re.MULTILINE)) if isinstance(config, str) else {}
    packages = _read_packages(answers)
    venv = read_thing(answers, "project.venv", "folder")
    there: bool | Unknown = True if isinstance(config, str) else venv if isinstance(venv, Unknown) else bool(venv)
    if isinstance(there, Unknown) and isinstance(packages, Mapping):
        there = True
    home = fields.get("home")
    version = fields.get("version") or fields.get("version_info")
    scripts = is_there(answers, "venv.scripts", "folder")
    by_home = bool(re.match(r"[A-Za-z]:\\", home or ""))
    python = read_thing(answers, "project.venv_python")
    return Environment(
        there=there,
        python=_read_numbers(version) if version else config if isinstance(config, Unknown) else None,
        home=home if home else config if isinstance(config, Unknown) else None,
        packages=packages if isinstance(packages, Mapping) or there is not False else {},
        libdevice=is_there(answers, "venv.libdevice"),
        ptxas=is_there(answers, "venv.ptxas"),
        is_windows=True if by_home else scripts,
        base_gone=isinstance(python, Thing) and python.kind == "broken",
        conda=read_names(answers, "conda.packages"),
    )


def _read_numbers(text: str) -> tuple[int, ...]:
    return tuple(int(part) for part in re.findall(r"\d{1,4}", text)[:3])


def _read_packages(answers: Answers) -> Mapping[str, str] | Unknown:
    value = answers.value(PACKAGES_ID)
    if isinstance(value, Unknown):
        return value
    if value is None:
        return {}
    if isinstance(value, Mapping):
        return {_plain(str(name)): str(version) for name, version in value.items()}
    if _listed(value) and all(isinstance(row, Mapping) for row in value):
        return {_plain(str(row.get("name", ""))): str(row.get("version", "")) for row in value}
    lines = value.splitlines() if isinstance(value, str) else [str(line) for line in value] if _listed(value) else None
    if lines is None:
        return Unknown("malformed", f"{PACKAGES_ID} holds a {type(value).__name__}")
    return dict(found for line in lines if (found := read_package(line)) is not None)


def _listed(value: object) -> bool:
    return isinstance(value, (list, tuple))


def read_package(line: str) -> tuple[str, str] | None:
    """("nvidia-cudnn-cu12", "9.3.0.75") of a dist-info folder's name, or of a line of `pip list` or `pip freeze`."""
    match = re.fullmatch(
        r"([A-Za-z0-9][\w.]{0,80})-(\d[\w.+!]{0,40})\.dist-info"
        r"|([A-Za-z0-9][\w.-]{0,80})(?:\[[^\]]{0,40}\])?(?: *== *| +)(\d[\w.+!]{0,40})(?:\s.{0,200})?",
        line.strip(),
    )
    if not match:
        return None
    return _plain(match[1] or match[3]), match[2] or match[4]


def _plain(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()
