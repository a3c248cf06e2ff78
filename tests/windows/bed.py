"""The Windows test bed: a genuine CPython for Windows under Wine, made from the package index and Debian packages.

The win_amd64 wheels of panda3d carry python3XX.dll and the extension modules of the standard library; its pure-Python
half is that of a Linux CPython of the same version. wsl.exe, nvidia-smi.exe and powershell.exe are stand-ins
(standins/). What the bed cannot show: a real PowerShell, real services, WMI, elevation, console fonts.

By hand:  python tests/windows/bed.py [--python 3.11] [-m wslgpu doctor]
"""

from __future__ import annotations

import contextlib
import fcntl
import os
import re
import shutil
import subprocess
import sys
import sysconfig
import tempfile
import zipfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent.parent
PACKAGES = ("wine", "wine64", "mingw-w64")
PROGRAMS = ("wine", "x86_64-w64-mingw32-gcc")
STAND_INS = ("wsl", "nvidia-smi", "powershell")
RECIPE = "3"  # raise it when what is built below changes: old caches are then built anew
SETUP_DEADLINE_S = 300


class BedMissing(Exception):
    """The bed cannot be built here; the text says why."""


@dataclass(frozen=True)
class Ended:
    """How a program in the bed ended: Windows' exit code modulo 256, as Linux sees it, and both streams' bytes."""

    exit: int
    stdout: bytes
    stderr: bytes


@dataclass(frozen=True)
class Bed:
    """A built bed. `python` is the folder of python.exe, `prefix` Wine's own (drive C: lies in it)."""

    version: str
    folder: Path
    servants: dict[str, subprocess.Popen[str]] = field(default_factory=dict, compare=False, repr=False)

    @property
    def python(self) -> Path:
        """Where python.exe stands."""
        return self.folder / "python"

    @property
    def prefix(self) -> Path:
        """Wine's folder: registry and drive C:."""
        return self.folder / "prefix"

    @property
    def system32(self) -> Path:
        """C:\\Windows\\System32."""
        return self.prefix / "drive_c" / "windows" / "system32"

    def environment(self, extra: Mapping[str, str] | None = None) -> dict[str, str]:
        """The environment of a program in the bed; wslgpu is imported from the checkout."""
        kept = {name: os.environ[name] for name in ("PATH", "HOME", "TMPDIR") if name in os.environ}
        return {
            **kept,
            "WINEPREFIX": str(self.prefix),
            "WINEDEBUG": "-all",
            "WINEDLLOVERRIDES": "mscoree,mshtml=",
            "PYTHONPATH": windows_path(ROOT / "src"),
            "PYTHONPYCACHEPREFIX": "C:\\pycache",
            **(extra or {}),
        }

    def run(
        self,
        args: Sequence[str],
        *,
        env: Mapping[str, str] | None = None,
        deadline_s: float = 600.0,
        stdin: bytes = b"",
    ) -> Ended:
        """Run python.exe with `args`; all three streams are pipes, as under a Windows tool that captures."""
        done = subprocess.run(
            ["wine", str(self.python / "python.exe"), *args],
            input=stdin,
            capture_output=True,
            env=self.environment(env),
            cwd=self.prefix / "drive_c",
            timeout=deadline_s,
            check=False,
        )
        return Ended(done.returncode, done.stdout, done.stderr)

    def tell(self, program: str, line: str) -> str:
        """One line to a Python that stays (started at its first line), and its line of answer: a start costs seconds."""
        servant = self.servants.get(program)
        if servant is None or servant.poll() is not None:
            servant = subprocess.Popen(
                ["wine", str(self.python / "python.exe"), "-I", "-u", "-c", program],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                env=self.environment(),
                cwd=self.prefix / "drive_c",
                text=True,
                encoding="ascii",
            )
            self.servants[program] = servant
        assert servant.stdin is not None
        assert servant.stdout is not None
        servant.stdin.write(line + "\n")
        servant.stdin.flush()
        return servant.stdout.readline().strip()

    def stop(self) -> None:
        """End every process of this bed."""
        for servant in self.servants.values():
            if servant.stdin is not None:
                servant.stdin.close()
        self.servants.clear()
        with contextlib.suppress(OSError, subprocess.TimeoutExpired):
            subprocess.run(["wineserver", "-k"], env=self.environment(), timeout=20, check=False)


def windows_path(path: Path) -> str:
    """A Linux path as Wine's drive Z: shows it."""
    return "Z:" + str(path).replace("/", "\\")


def cache_folder() -> Path:
    """Where beds are kept between runs."""
    return Path(os.environ.get("WSLGPU_BED_CACHE") or Path.home() / ".cache" / "wslgpu-beds")


def provide(version: str = "3.11") -> Bed:
    """The bed for a Python version ("3.11", "3.12"), built at its first use. BedMissing says what is not to be had."""
    install_wine()
    folder = cache_folder() / f"windows-{version}"
    folder.mkdir(parents=True, exist_ok=True)
    with _locked(folder / "lock"):
        stamp = folder / "ready"
        if not stamp.is_file() or stamp.read_text() != RECIPE:
            for part in ("python", "prefix"):
                shutil.rmtree(folder / part, ignore_errors=True)
            _build(Bed(version, folder))
            stamp.write_text(RECIPE)
        bed = Bed(version, folder)
        build_stand_ins(bed.folder / "standins")
    return bed


def install_wine() -> None:
    """Wine and the cross compiler: found, or installed where we are root on a Debian or Ubuntu."""
    missing = [program for program in PROGRAMS if shutil.which(program) is None]
    if not missing:
        return
    if shutil.which("apt-get") is None or os.geteuid() != 0:
        raise BedMissing(
            f"no {' and no '.join(missing)} here (apt-get install --no-install-recommends {' '.join(PACKAGES)})"
        )
    env = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    for argv in (
        ["apt-get", "update", "-qq"],
        ["apt-get", "install", "-y", "-qq", "--no-install-recommends", *PACKAGES],
    ):
        done = subprocess.run(argv, env=env, capture_output=True, text=True, check=False, stdin=subprocess.DEVNULL)
        if done.returncode:
            raise BedMissing(f"{' '.join(argv)} ended with {done.returncode}: {done.stderr.strip()[-300:]}")


def _build(bed: Bed) -> None:
    with tempfile.TemporaryDirectory(prefix="wslgpu-bed-") as scratch:
        wheel = _download_panda3d(bed.version, Path(scratch))
        _lay_out_python(bed, wheel)
    _compile(["python.c", bed.python / f"python{bed.version.replace('.', '')}.dll"], bed.python / "python.exe")
    _install_needs(bed)
    for argv in (["wineboot", "-i"], ["winecfg", "-v", "win10"]):
        done = subprocess.run(
            ["wine", *argv],
            env=bed.environment(),
            capture_output=True,
            stdin=subprocess.DEVNULL,
            timeout=SETUP_DEADLINE_S,
            check=False,
        )
        if done.returncode:
            raise BedMissing(f"wine {' '.join(argv)} ended with {done.returncode}: {done.stderr[-300:]!r}")
    said = bed.run(["-c", "import sys, ctypes, winreg; print(sys.version)"])
    bed.stop()
    if said.exit or not said.stdout.startswith(bed.version.encode()):
        raise BedMissing(f"python.exe does not start under Wine: {said}")


def _download_panda3d(version: str, into: Path) -> Path:
    short = version.replace(".", "")
    _pip(["download", "--no-deps", "-d", str(into), *_for_windows(version), "--implementation", "cp", "panda3d"])
    wheels = list(into.glob(f"panda3d-*-cp{short}-cp{short}-win_amd64.whl"))
    if not wheels:
        raise BedMissing(f"the package index has no panda3d wheel for Windows and Python {version}")
    return wheels[0]


def _lay_out_python(bed: Bed, wheel: Path) -> None:
    """dll files beside python.exe, .pyd files in DLLs; Wine brings the api-ms-* dlls itself."""
    extensions = bed.python / "DLLs"
    extensions.mkdir(parents=True)
    with zipfile.ZipFile(wheel) as archive:
        for name in archive.namelist():
            file = name.rpartition("/")[2]
            if not name.startswith("deploy_libs/") or file.startswith("api-ms-"):
                continue
            if re.match(r"(python3|vcruntime)\w*\.dll$", file, re.IGNORECASE):
                (bed.python / file.lower()).write_bytes(archive.read(name))
            elif file.endswith((".pyd", ".dll")):
                (extensions / file).write_bytes(archive.read(name))
    library = find_standard_library(bed.version)
    left_out = shutil.ignore_patterns(
        "lib-dynload", "test", "config-*", "site-packages", "dist-packages", "__pycache__"
    )
    shutil.copytree(library, bed.python / "Lib", ignore=left_out)
    (bed.python / "Lib" / "site-packages").mkdir(exist_ok=True)


def find_standard_library(version: str) -> Path:
    """The Lib folder of a Linux CPython of that version: this one, one on PATH, or one that pyenv or uv keeps."""
    if ".".join(map(str, sys.version_info[:2])) == version:
        return Path(sysconfig.get_path("stdlib"))
    kept = [Path.home() / ".pyenv/versions", Path(os.environ.get("PYENV_ROOT", "/nowhere")) / "versions"]
    programs = [path for folder in kept for path in sorted(folder.glob(f"{version}.*/bin/python{version}"))]
    programs += sorted((Path.home() / ".local/share/uv/python").glob(f"cpython-{version}.*/bin/python{version}"))
    programs += [Path(path) for path in [shutil.which(f"python{version}")] if path]
    ask = "import sysconfig; print(sysconfig.get_path('stdlib'))"
    for program in programs:
        done = subprocess.run([program, "-I", "-c", ask], capture_output=True, text=True, check=False)
        if done.returncode == 0 and Path(done.stdout.strip(), "os.py").is_file():
            return Path(done.stdout.strip())
    raise BedMissing(f"no Linux CPython {version} here whose standard library could be lent")


def _install_needs(bed: Bed) -> None:
    """wslgpu's own needs, as pyproject.toml names them; markers would be read for Linux, so they are settled here."""
    if sys.version_info >= (3, 11):
        import tomllib
    else:
        import tomli as tomllib
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    needs = [need.split(";")[0].strip() for need in project["dependencies"] if "python_version < '3.11'" not in need]
    target = bed.python / "Lib" / "site-packages"
    _pip(["install", "--quiet", "--target", str(target), *_for_windows(bed.version), *needs])


def _for_windows(version: str) -> list[str]:
    return ["--only-binary=:all:", "--platform", "win_amd64", "--python-version", version]


def _find_pip() -> list[str]:
    """Any pip will do: it is told for which Python it works. A venv that uv made has none of its own."""
    ways = [[sys.executable, "-m", "pip"], ["python3", "-m", "pip"], ["uv", "tool", "run", "pip"]]
    for way in ways:
        if (
            shutil.which(way[0])
            and subprocess.run([*way, "--version"], capture_output=True, check=False).returncode == 0
        ):
            return way
    raise BedMissing("there is no pip here")


def _pip(args: Sequence[str]) -> None:
    argv = [*_find_pip(), "--disable-pip-version-check", "--no-input", *args]
    done = subprocess.run(argv, capture_output=True, text=True, check=False, stdin=subprocess.DEVNULL)
    if done.returncode:
        raise BedMissing(f"pip {args[0]} ended with {done.returncode}: {done.stderr.strip()[-400:]}")


def build_stand_ins(folder: Path) -> None:
    """Compile standins/standin.c once a change of it; the same program under each name."""
    source = HERE / "standins" / "standin.c"
    built = folder / "standin.exe"
    if not built.is_file() or built.stat().st_mtime < source.stat().st_mtime:
        folder.mkdir(parents=True, exist_ok=True)
        _compile(["standin.c", "-lws2_32"], built)


def _compile(inputs: Sequence[str | Path], output: Path) -> None:
    argv = ["x86_64-w64-mingw32-gcc", "-O1", "-Wall", "-Werror", "-municode", "-o", str(output), *map(str, inputs)]
    done = subprocess.run(argv, capture_output=True, text=True, check=False, cwd=HERE / "standins")
    if done.returncode:
        raise BedMissing(f"the cross compiler refuses {inputs[0]}: {done.stderr[-400:]}")


@contextlib.contextmanager
def _locked(path: Path) -> Iterator[None]:
    with open(path, "w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


def main(argv: list[str]) -> int:
    """Build the bed and run its python.exe with the rest of the arguments."""
    version = "3.11"
    if argv[:1] == ["--python"]:
        version, argv = argv[1], argv[2:]
    try:
        bed = provide(version)
    except BedMissing as missing:
        print(f"no Windows bed: {missing}", file=sys.stderr)
        return 1
    try:
        done = bed.run(argv or ["-VV"])
    finally:
        bed.stop()
    sys.stdout.buffer.write(done.stdout)
    sys.stderr.buffer.write(done.stderr)
    return done.exit


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
