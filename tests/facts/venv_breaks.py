"""Ways to break a venv of venv_tree.py, and what the probe must say of each."""

from __future__ import annotations

import struct
from collections.abc import Callable, Mapping
from pathlib import Path

from tests.facts.venv_tree import ALL_FOLDERS, Tree, compile_library


def cuda_13_on_ld_library_path(tree: Tree) -> None:
    folder = tree.root.parent / "cuda-13.0" / "lib64"
    for soname, full in (
        ("libcudart.so.13", "13.0.48"),
        ("libcusparse.so.12", "12.6.2.49"),
        ("libcurand.so.10", "10.4.0"),
    ):
        real = folder / f"{soname.split('.so')[0]}.so.{full}"
        compile_library(real, soname)
        (folder / soname).symlink_to(real.name)
    tree.env["LD_LIBRARY_PATH"] = str(folder)


def old_cudnn_on_ld_library_path(tree: Tree) -> None:
    folder = tree.root.parent / "cudnn" / "lib"
    compile_library(folder / "libcudnn_graph.so.9", "libcudnn_graph.so.9")
    (folder.parent / "include").mkdir()
    header = "#define CUDNN_MAJOR 9\n#define CUDNN_MINOR 1\n#define CUDNN_PATCHLEVEL 0\n"
    (folder.parent / "include" / "cudnn_version.h").write_text(header)
    tree.env["LD_LIBRARY_PATH"] = f"/nowhere:{folder}"


def stub_first(tree: Tree) -> None:
    folder = tree.root.parent / "cuda-12.4" / "lib64" / "stubs"
    compile_library(folder / "libcublas.so.12", "libcublas.so.12")
    tree.env["LD_LIBRARY_PATH"] = str(folder)


def removed_cudnn(tree: Tree) -> None:
    tree.library("cudnn", "libcudnn.so.9").unlink()


def removed_cudnn_part(tree: Tree) -> None:
    tree.library("cudnn", "libcudnn_ops.so.9").unlink()


def removed_nvjitlink(tree: Tree) -> None:
    tree.library("nvjitlink", "libnvJitLink.so.12").unlink()


def cut_short(tree: Tree) -> None:
    path = tree.library("cufft", "libcufft.so.11")
    path.write_bytes(path.read_bytes()[:3000])


def emptied(tree: Tree) -> None:
    tree.library("cufft", "libcufft.so.11").write_bytes(b"")


def pointer_file(tree: Tree) -> None:
    tree.library("cusolver", "libcusolver.so.11").write_text("version https://git-lfs.github.com/spec/v1\n" * 10)


def padded(tree: Tree) -> None:
    with tree.library("cusparse", "libcusparse.so.12").open("ab") as file:
        file.write(b"\0" * 10)


def other_machine_first(tree: Tree) -> None:
    data = bytearray(tree.library("cublas", "libcublas.so.12").read_bytes())
    struct.pack_into("<H", data, 18, 243)  # RISC-V
    folder = tree.root.parent / "lib"
    folder.mkdir()
    (folder / "libcublas.so.12").write_bytes(data)
    tree.env["LD_LIBRARY_PATH"] = str(folder)


def renamed(tree: Tree) -> None:
    path = tree.library("cusolver", "libcusolver.so.11")
    path.unlink()
    compile_library(path.with_name("libcusolver.so.10"), "libcusolver.so.10")
    path.symlink_to("libcusolver.so.10")


def framework_lacks_cusolver(tree: Tree) -> None:
    tree.link_framework([folder for folder in ALL_FOLDERS if folder != "cusolver"])


def framework_with_rpath(tree: Tree) -> None:
    """RPATH comes before LD_LIBRARY_PATH, but not for what a file with a RUNPATH of its own needs."""
    cuda_13_on_ld_library_path(tree)
    compile_library(Path(tree.env["LD_LIBRARY_PATH"]) / "libcufft.so.11", "libcufft.so.11")
    tree.link_framework(ALL_FOLDERS, "-Wl,--disable-new-dtags")


def current_folder_by_an_empty_entry(tree: Tree) -> None:
    compile_library(tree.root / "libcufft.so.11", "libcufft.so.11")
    tree.env["LD_LIBRARY_PATH"] = "/nowhere:"


def healthy(tree: Tree) -> None:
    """Nothing is done to it."""


BREAKS: Mapping[Callable[[Tree], None], dict[str, dict[str, object]]] = {
    healthy: {},
    cuda_13_on_ld_library_path: {
        "cusparse": {"origin": "ld_library_path", "version": "12.6.2.49", "toolkit": "13.0", "expected_major": 12},
        "cudart": {"origin": "wheel", "version": "12.5.82"},
    },
    old_cudnn_on_ld_library_path: {
        "cudnn": {"origin": "wheel", "version": "9.3.0.75"},
        "cudnn_graph": {"origin": "ld_library_path", "version": "9.1.0"},
    },
    stub_first: {"cublas": {"origin": "ld_library_path", "stub": True, "toolkit": "12.4"}},
    removed_cudnn: {"cudnn": {"origin": "missing", "path": None, "present_at": None}},
    removed_cudnn_part: {"cudnn_ops": {"origin": "missing"}, "cudnn": {"origin": "wheel", "fault": ""}},
    removed_nvjitlink: {
        "cusparse": {"origin": "wheel", "fault": "needs libnvJitLink.so.12, which is not found"},
        "nvJitLink": {"origin": "missing"},
    },
    emptied: {"cufft": {"origin": "wheel", "fault": "is empty"}},
    pointer_file: {"cusolver": {"origin": "wheel", "fault": "is not a shared library"}},
    padded: {"cusparse": {"origin": "wheel"}},
    other_machine_first: {"cublas": {"origin": "wheel", "version": "12.5.3.2"}},
    renamed: {"cusolver": {"origin": "wheel", "fault": "is really libcusolver.so.10 under another name"}},
    framework_lacks_cusolver: {"cusolver": {"origin": "missing"}},
    framework_with_rpath: {"cufft": {"origin": "wheel"}, "cusparse": {"origin": "ld_library_path"}},
    current_folder_by_an_empty_entry: {"cufft": {"origin": "ld_library_path", "version": None}},
}
