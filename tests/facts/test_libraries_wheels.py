"""The facts held against the real tensorflow[and-cuda] wheels; no GPU and no driver are needed.

WSLGPU_TEST_GPU_PYTHON names the python of a venv with tensorflow[and-cuda]==2.21.0 (6.6 GB). Its files are not
changed: what is broken is broken in a copy made of links.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from packaging.requirements import Requirement

from wslgpu.facts.libraries import PROBE_TEXT, Library, VenvLibraries, links_needed, read_report
from wslgpu.knowledge import compat

PYTHON = os.environ.get("WSLGPU_TEST_GPU_PYTHON", "")
pytestmark = [
    pytest.mark.gpu_wheels,
    pytest.mark.skipif(not PYTHON, reason="WSLGPU_TEST_GPU_PYTHON does not name a python with tensorflow[and-cuda]"),
]
CUDA_WHEELS = 12
STUB_DRIVER = """
#include <string.h>
#include <stddef.h>
int cuInit(unsigned f) { return 0; }
int cuDriverGetVersion(int *v) { *v = 12080; return 0; }
int cuDeviceGetCount(int *n) { *n = 1; return 0; }
int cuDeviceGet(int *d, int i) { *d = i; return 0; }
int cuDeviceGetName(char *b, int n, int d) { strncpy(b, "Stub GPU", n); return 0; }
int cuDeviceGetAttribute(int *v, int a, int d) { *v = a == 75 ? 8 : a == 76 ? 6 : a == 16 ? 20 : 1; return 0; }
int cuDeviceTotalMem_v2(size_t *m, int d) { *m = 8ull << 30; return 0; }
int cuDeviceGetPCIBusId(char *b, int n, int d) { strncpy(b, "0000:01:00.0", n); return 0; }
int cuGetErrorName(int e, const char **s) { *s = "stub"; return 0; }
int cuGetErrorString(int e, const char **s) { *s = "stub"; return 0; }
int nvmlInit_v2(void) { return 0; }
int nvmlShutdown(void) { return 0; }
"""
LIST_GPUS = "import tensorflow as tf; print('GPUS', len(tf.config.list_physical_devices('GPU')))"


class Copy:
    """The venv's TensorFlow and CUDA wheels as links into the real ones, behind a small venv of its own."""

    def __init__(self, root: Path) -> None:
        self.root, self.python = root, root / "bin" / "python"
        self.env = {"PATH": "/usr/bin:/bin", "HOME": str(root)}
        real_site = next((Path(PYTHON).parent.parent / "lib").glob("python3*")) / "site-packages"
        subprocess.run([PYTHON, "-m", "venv", "--without-pip", str(root)], check=True, timeout=120)
        self.site = root / "lib" / real_site.parent.name / "site-packages"
        for entry in real_site.iterdir():
            if entry.name == "nvidia":
                shutil.copytree(entry, self.site / "nvidia", copy_function=link, ignore=links_of_setup)
            elif entry.name == "tensorflow":
                shutil.copytree(entry, self.site / "tensorflow", copy_function=link)
            elif not (self.site / entry.name).exists() and entry.name != "__pycache__":
                (self.site / entry.name).symlink_to(entry)

    def library(self, folder: str, soname: str) -> Path:
        return self.site / "nvidia" / folder / "lib" / soname

    def ask(self) -> VenvLibraries:
        done = subprocess.run(
            [str(self.python), "-I", "-c", PROBE_TEXT], capture_output=True, env=self.env, timeout=60, check=False
        )
        assert done.returncode == 0, done.stderr.decode()
        return read_report(json.loads(done.stdout))

    def find(self, name: str) -> Library:
        found = self.ask().find(name)
        assert found is not None
        return found


def links_of_setup(folder: str, names: list[str]) -> set[str]:
    """What setup has mended in the real environment: the copy is as the wheels are, which hold no links."""
    return {name for name in names if (Path(folder) / name).is_symlink()}


def link(source: str, target: str) -> None:
    """A second name for the same bytes where the file system allows it: the loader resolves no link then."""
    try:
        os.link(source, target)
    except OSError:
        shutil.copy2(source, target)


@pytest.fixture
def copy(tmp_path: Path) -> Copy:
    return Copy(tmp_path / "venv")


def replace(path: Path, data: bytes) -> None:
    path.unlink()  # never write through the second name into the real wheel
    path.write_bytes(data)


def test_every_soname_is_resolved_or_repaired_from_the_wheels(copy: Copy) -> None:
    found = copy.ask()
    assert found.tensorflow is not None
    release = compat.find_release(found.tensorflow.version or "")
    assert release is not None
    lacks = {library.name for library in found.hinders}
    assert lacks == set(release.runpath_lacks or ())
    for needed in links_needed(found):
        Path(needed.path).symlink_to(needed.target)
    repaired = copy.ask()
    assert repaired.hinders == ()
    asked = [library for library in repaired.libraries if library.name not in ("curand", "cuda")]
    assert {library.origin for library in asked} == {"wheel"}
    assert all(library.version for library in asked)
    assert len([name for name in repaired.distributions if name.startswith("nvidia-")]) >= CUDA_WHEELS


def test_the_tables_row_is_what_the_wheel_says(copy: Copy) -> None:
    found = copy.ask()
    installed = found.tensorflow
    assert installed is not None
    release = compat.find_release(installed.version or "")
    assert release is not None
    assert installed.kernels == release.kernels
    assert f"{installed.cuda}.".startswith(f"{release.cuda}.")
    assert release.cudnn.startswith(f"{installed.cudnn}.")
    assert installed.gpu_build
    for pin in map(Requirement, release.and_cuda):
        assert pin.specifier.contains(found.distributions[pin.name]), pin
    metadata = (copy.site / f"tensorflow-{installed.version}.dist-info" / "METADATA").read_text(encoding="utf-8")
    stated = [line.partition(": ")[2] for line in metadata.splitlines() if line.startswith("Requires-Dist: ")]
    extra = {
        requirement.name: requirement.specifier
        for requirement in map(Requirement, stated)
        if requirement.marker and requirement.marker.evaluate({"extra": "and-cuda"}) and "nvidia" in requirement.name
    }
    assert extra == {pin.name: pin.specifier for pin in map(Requirement, release.and_cuda) if "nvidia" in pin.name}
    numpy = next(r.specifier for r in map(Requirement, stated) if r.name == "numpy")
    assert numpy == Requirement(f"numpy{release.numpy}").specifier


def test_runpath_is_what_pyelftools_reads(copy: Copy) -> None:
    elffile = pytest.importorskip("elftools.elf.elffile")
    from wslgpu.facts import loader_probe

    for path in [*(copy.site / "tensorflow").glob("*.so*"), *(copy.site / "nvidia").glob("*/lib/*.so*")]:
        ours = loader_probe.Elf(str(path))
        with path.open("rb") as file:
            tags = list(elffile.ELFFile(file).get_section_by_name(".dynamic").iter_tags())
        assert ours.needed == [tag.needed for tag in tags if tag.entry.d_tag == "DT_NEEDED"]
        runpath = next((tag.runpath for tag in tags if tag.entry.d_tag == "DT_RUNPATH"), "")
        assert ours.runpath == loader_probe.folders_of(runpath)
        assert ours.fault == ""


def cuda_13_first(copy: Copy) -> None:
    folder = copy.root / "cuda-13.0" / "lib64"
    folder.mkdir(parents=True)
    link(str(copy.library("cusparse", "libcusparse.so.12")), str(folder / "libcusparse.so.12.6.2.49"))
    (folder / "libcusparse.so.12").symlink_to("libcusparse.so.12.6.2.49")
    copy.env["LD_LIBRARY_PATH"] = str(folder)


def cudnn_removed(copy: Copy) -> None:
    copy.library("cudnn", "libcudnn.so.9").unlink()


def cudnn_part_removed(copy: Copy) -> None:
    copy.library("cudnn", "libcudnn_engines_precompiled.so.9").unlink()


def stub_first(copy: Copy) -> None:
    folder = copy.root / "cuda-12.4" / "lib64" / "stubs"
    folder.mkdir(parents=True)
    link(str(copy.library("cublas", "libcublas.so.12")), str(folder / "libcublas.so.12"))
    copy.env["LD_LIBRARY_PATH"] = str(folder)


def cut_short(copy: Copy) -> None:
    path = copy.library("cufft", "libcufft.so.11")
    with path.open("rb") as file:
        head = file.read(1_000_000)
    replace(path, head)


def pointer_instead(copy: Copy) -> None:
    replace(copy.library("cuda_runtime", "libcudart.so.12"), b"version https://git-lfs.github.com/spec/v1\n")


def nvjitlink_removed(copy: Copy) -> None:
    copy.library("nvjitlink", "libnvJitLink.so.12").unlink()


def cublas_under_another_name(copy: Copy) -> None:
    path = copy.library("cublas", "libcublas.so.12")
    path.unlink()
    path.symlink_to("libcublasLt.so.12")


def cupti_removed(copy: Copy) -> None:
    copy.library("cuda_cupti", "libcupti.so.12").unlink()


BREAKS: list[tuple[Callable[[Copy], None], str, dict[str, object]]] = [
    (cuda_13_first, "cusparse", {"origin": "ld_library_path", "version": "12.6.2.49", "toolkit": "13.0"}),
    (cudnn_removed, "cudnn", {"origin": "missing", "present_at": None, "usable": False}),
    (cudnn_part_removed, "cudnn_engines_precompiled", {"origin": "missing", "usable": False}),
    (stub_first, "cublas", {"origin": "ld_library_path", "stub": True, "usable": False}),
    (cut_short, "cufft", {"origin": "wheel", "usable": False}),
    (pointer_instead, "cudart", {"fault": "is not a shared library", "usable": False}),
    (nvjitlink_removed, "cusparse", {"fault": "needs libnvJitLink.so.12, which is not found", "usable": False}),
    (cublas_under_another_name, "cublas", {"fault": "is really libcublasLt.so.12 under another name"}),
    (cupti_removed, "cupti", {"origin": "missing", "essential": False}),
]


@pytest.mark.parametrize(("break_it", "name", "expected"), BREAKS, ids=[row[0].__name__ for row in BREAKS])
def test_what_is_broken_is_named(
    copy: Copy, break_it: Callable[[Copy], None], name: str, expected: dict[str, object]
) -> None:
    break_it(copy)
    library = copy.find(name)
    assert {key: getattr(library, key) for key in expected} == expected


def test_the_files_own_version_counts_where_the_packages_record_tells_another(copy: Copy) -> None:
    before = copy.find("cudnn").version
    assert before is not None
    info = next(copy.site.glob("nvidia_cudnn_cu12-*.dist-info"))
    real = info.resolve()
    info.unlink()
    shutil.copytree(real, copy.site / "nvidia_cudnn_cu12-9.1.0.70.dist-info")
    assert copy.find("cudnn").version == ".".join(before.split(".")[:3])


def test_a_missing_ptxas_and_libdevice_are_named(copy: Copy) -> None:
    nvcc = copy.site / "nvidia" / "cuda_nvcc"
    assert [tool.usable for tool in copy.ask().ptxas if tool.origin == "wheel"] == [True]
    (nvcc / "bin" / "ptxas").unlink()
    (nvcc / "nvvm" / "libdevice" / "libdevice.10.bc").unlink()
    found = copy.ask()
    assert [tool for tool in (*found.ptxas, *found.libdevice) if tool.origin == "wheel"] == []


@pytest.mark.skipif(shutil.which("gcc") is None, reason="no gcc here to make a stub driver with")
def test_tensorflow_itself_agrees_with_a_stub_driver(copy: Copy, tmp_path: Path) -> None:
    """TensorFlow registers the stub's one card where, and only where, nothing hinders it."""
    (tmp_path / "driver.c").write_text(STUB_DRIVER)
    stubs = []
    for soname in ("libcuda.so.1", "libnvidia-ml.so.1"):
        flags = ["-shared", "-fPIC", "-w", f"-Wl,-soname,{soname}"]
        subprocess.run(["gcc", *flags, "-o", soname, "driver.c"], check=True, timeout=60, cwd=tmp_path)
        stubs.append(str(tmp_path / soname))
    env = {**copy.env, "LD_PRELOAD": " ".join(stubs), "TF_CPP_MIN_LOG_LEVEL": "3"}

    def gpus() -> int:
        command = [str(copy.python), "-I", "-c", LIST_GPUS]
        done = subprocess.run(command, capture_output=True, text=True, env=env, timeout=180, check=False)
        assert "GPUS " in done.stdout, done.stderr[-2000:]
        return int(done.stdout.split("GPUS ")[1])

    before = copy.ask()
    assert gpus() == (0 if before.hinders else 1)
    for needed in links_needed(before):
        Path(needed.path).symlink_to(needed.target)
    assert copy.ask().hinders == ()
    assert gpus() == 1


def test_the_probe_needs_little_memory() -> None:
    """Doctor as a whole may take 80 MiB; the interpreter itself is most of this."""
    script = (
        "import resource, subprocess, sys\n"
        "subprocess.run([sys.argv[1], '-I', '-c', sys.argv[2]], stdout=subprocess.DEVNULL, check=True)\n"
        "print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", script, PYTHON, PROBE_TEXT], capture_output=True, text=True, timeout=60, check=True
    )
    assert int(done.stdout) < 40 * 1024
