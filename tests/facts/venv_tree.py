"""Small venvs of real shared libraries, made with gcc: the files that the loader and the probe look at. Synthetic."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from wslgpu.facts.libraries import PROBE_TEXT, VenvLibraries, read_report

GCC = shutil.which("gcc")
NEEDS_GCC = [
    pytest.mark.skipif(GCC is None, reason="no gcc here to make shared libraries with"),
    pytest.mark.skipif(not sys.platform.startswith("linux"), reason="the loader's search is Linux's"),
]
SOURCE = """
#define _GNU_SOURCE
#include <dlfcn.h>
#include <link.h>
const char *open_library(const char *name) {
  void *handle = dlopen(name, RTLD_NOW | RTLD_LOCAL);
  struct link_map *map;
  if (!handle) return 0;
  dlinfo(handle, RTLD_DI_LINKMAP, &map);
  return map->l_name;
}
"""
# What TensorFlow does, in its order: libtensorflow_framework opens each, then libcudnn opens its parts.
ORACLE = """
import ctypes, json, sys
framework, cudnn_name, *names = sys.argv[1:]
def opener(path):
    library = ctypes.CDLL(path)
    library.open_library.restype = ctypes.c_char_p
    return lambda name: (library.open_library(name.encode()) or b"").decode() or None
ask = opener(framework)
found = {name: ask(name) for name in names if not name.startswith("libcudnn_")}
cudnn = found.get(cudnn_name)
for name in names:
    if name.startswith("libcudnn_") and cudnn:
        found[name] = opener(cudnn)(name)
print(json.dumps(found))
"""
FOLDERS = {
    "cuda_runtime": ("nvidia-cuda-runtime-cu12", "12.5.82", ["libcudart.so.12"]),
    "nvjitlink": ("nvidia-nvjitlink-cu12", "12.5.82", ["libnvJitLink.so.12"]),
    "cublas": ("nvidia-cublas-cu12", "12.5.3.2", ["libcublasLt.so.12", "libcublas.so.12"]),
    "cufft": ("nvidia-cufft-cu12", "11.2.3.61", ["libcufft.so.11"]),
    "cusparse": ("nvidia-cusparse-cu12", "12.5.1.3", ["libcusparse.so.12"]),
    "cusolver": ("nvidia-cusolver-cu12", "11.6.3.83", ["libcusolver.so.11"]),
    "cudnn": (
        "nvidia-cudnn-cu12",
        "9.3.0.75",
        [
            "libcudnn.so.9",
            *(
                f"libcudnn_{part}.so.9"
                for part in (
                    "graph",
                    "ops",
                    "cnn",
                    "adv",
                    "engines_precompiled",
                    "engines_runtime_compiled",
                    "heuristic",
                )
            ),
        ],
    ),
}
NEEDED = {
    "libcublas.so.12": [("cublas", "libcublasLt.so.12")],
    "libcusparse.so.12": [("nvjitlink", "libnvJitLink.so.12")],
    "libcusolver.so.11": [
        ("nvjitlink", "libnvJitLink.so.12"),
        ("cusparse", "libcusparse.so.12"),
        ("cublas", "libcublas.so.12"),
    ],
}
ESSENTIAL = [
    "libcudart.so.12",
    "libcublas.so.12",
    "libcublasLt.so.12",
    "libcufft.so.11",
    "libcusolver.so.11",
    "libcusparse.so.12",
    "libcudnn.so.9",
]
ALL_FOLDERS = [name for name in FOLDERS if name != "nvjitlink"]


def compile_library(path: Path, soname: str, *flags: str) -> None:
    """A shared library that can open others, so that the search is made from it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    source = path.parent / "source.c"
    source.write_text(SOURCE)
    command = ["gcc", "-shared", "-fPIC", "-O0", "-o", str(path), str(source), f"-Wl,-soname,{soname}", *flags, "-ldl"]
    subprocess.run(command, check=True, timeout=60)
    source.unlink()


class Tree:
    """A venv with a TensorFlow in outline: the files that the loader and the probe look at, and nothing else."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.python = root / "bin" / "python"
        self.site = next((root / "lib").glob("python3*")) / "site-packages"
        self.nvidia = self.site / "nvidia"
        self.framework = self.site / "tensorflow" / "libtensorflow_framework.so.2"
        self.env = {"PATH": "/usr/bin:/bin"}

    def library(self, folder: str, soname: str) -> Path:
        return self.nvidia / folder / "lib" / soname

    def link_framework(self, folders: list[str], *flags: str) -> None:
        runpath = ":".join(f"$ORIGIN/../nvidia/{folder}/lib" for folder in folders)
        compile_library(
            self.framework, self.framework.name, f"-Wl,-rpath,{runpath}", *(flags or ["-Wl,--enable-new-dtags"])
        )

    def ask(self, *args: str, text: str = PROBE_TEXT) -> VenvLibraries:
        command = [str(self.python), "-I", "-c", text, *args]
        done = subprocess.run(command, capture_output=True, env=self.env, timeout=60, cwd=self.root)
        assert done.returncode == 0, f"ended with {done.returncode}: {done.stderr.decode()}"
        return read_report(json.loads(done.stdout))

    def really(self, names: list[str]) -> dict[str, str | None]:
        command = [str(self.python), "-I", "-c", ORACLE, str(self.framework), "libcudnn.so.9", *names]
        done = subprocess.run(command, capture_output=True, env=self.env, timeout=60, cwd=self.root)
        assert done.returncode == 0, f"ended with {done.returncode}: {done.stderr.decode()}"
        return {
            name: path and str((self.root / path).parent.resolve() / Path(path).name)
            for name, path in json.loads(done.stdout).items()
        }


def build_tree(root: Path) -> None:
    """One healthy tree at `root`."""
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", str(root)], check=True, timeout=120)
    tree = Tree(root)
    for folder, (dist, version, sonames) in FOLDERS.items():
        records = []
        for soname in sonames:
            needed = NEEDED.get(soname, [])
            runpath = ":".join(["$ORIGIN", *dict.fromkeys(f"$ORIGIN/../../{other}/lib" for other, _ in needed)])
            beside = [str(tree.library(other, name)) for other, name in needed]
            flags = ["-Wl,--no-as-needed", *beside, f"-Wl,-rpath,{runpath}", "-Wl,--enable-new-dtags"]
            links = [f"-Wl,-rpath-link,{tree.nvidia / other / 'lib'}" for other in FOLDERS]
            compile_library(tree.library(folder, soname), soname, *flags, *links)
            records.append(f"nvidia/{folder}/lib/{soname},sha256=x,{tree.library(folder, soname).stat().st_size}")
        info = tree.site / f"{dist.replace('-', '_')}-{version}.dist-info"
        info.mkdir()
        (info / "RECORD").write_text("\n".join(records) + "\n")
    nvcc = tree.nvidia / "cuda_nvcc"
    (nvcc / "bin").mkdir(parents=True)
    (nvcc / "bin" / "ptxas").write_text("#!/bin/sh\necho 'Cuda compilation tools, release 12.5, V12.5.82'\n")
    (nvcc / "bin" / "ptxas").chmod(0o755)
    (nvcc / "nvvm" / "libdevice").mkdir(parents=True)
    (nvcc / "nvvm" / "libdevice" / "libdevice.10.bc").write_bytes(b"BC")
    tree.link_framework(ALL_FOLDERS)
    platform = tree.site / "tensorflow" / "python" / "platform"
    platform.mkdir(parents=True)
    (platform / "build_info.py").write_text(
        "import collections\nbuild_info = collections.OrderedDict([('cuda_version', '12.5.1'), ('cudnn_version', '9'),"
        " ('is_cuda_build', True), ('cuda_compute_capabilities', ['sm_60', 'compute_90'])])\n"
    )
    (tree.site / "tensorflow-2.19.1.dist-info").mkdir()
