"""The probe's answers held against the real loader's, in small trees of real shared libraries made with gcc."""

from __future__ import annotations

import json
import shutil
import struct
import subprocess
import sys
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from wslgpu.facts import loader_probe
from wslgpu.facts.libraries import PROBE_TEXT, VenvLibraries, links_needed, read_report

GCC = shutil.which("gcc")
pytestmark = [
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
        assert done.returncode == 0, done.stderr.decode()
        return read_report(json.loads(done.stdout))

    def really(self, names: list[str]) -> dict[str, str | None]:
        command = [str(self.python), "-I", "-c", ORACLE, str(self.framework), "libcudnn.so.9", *names]
        done = subprocess.run(command, capture_output=True, env=self.env, timeout=60, cwd=self.root)
        assert done.returncode == 0, done.stderr.decode()
        return {
            name: path and str((self.root / path).parent.resolve() / Path(path).name)
            for name, path in json.loads(done.stdout).items()
        }


@pytest.fixture(scope="session")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One healthy tree; tests work on copies."""
    root = tmp_path_factory.mktemp("gpu") / "venv"
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
    return root


@pytest.fixture
def tree(built: Path, tmp_path: Path) -> Tree:
    shutil.copytree(built, tmp_path / "venv", symlinks=True)
    return Tree(tmp_path / "venv")


def agrees_with_the_loader(tree: Tree, found: VenvLibraries) -> None:
    """The same file for every soname; a fault, where and only where the loader refuses."""
    asked = [library for library in found.libraries if library.essential]
    really = tree.really([library.soname for library in asked])
    for library in asked:
        if library.soname not in really:  # a part of a cuDNN that is not there itself
            continue
        if really[library.soname] is None:
            assert not library.usable, library
        else:
            assert library.path == really[library.soname]
            assert not library.fault or "under another name" in library.fault or "record" in library.fault, library


def test_a_healthy_venv(tree: Tree) -> None:
    found = tree.ask()
    assert found.tensorflow is not None
    assert (found.tensorflow.version, found.tensorflow.cuda, found.tensorflow.cudnn) == ("2.19.1", "12.5.1", "9")
    assert found.tensorflow.kernels == ("sm_60", "compute_90")
    assert found.hinders == ()
    essential = [library for library in found.libraries if library.essential]
    assert {library.soname for library in essential} >= set(ESSENTIAL)
    assert {library.origin for library in essential} == {"wheel"}
    versions = {version for _, version, _ in FOLDERS.values()}
    assert {library.version for library in essential} <= versions
    assert links_needed(found) == ()
    assert [tool.version for tool in found.ptxas if tool.origin == "wheel"] == [None]  # no record of nvcc here
    agrees_with_the_loader(tree, found)


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


@pytest.mark.parametrize("break_it", BREAKS, ids=lambda function: function.__name__)
def test_what_is_broken_is_named_and_the_loader_agrees(tree: Tree, break_it: Callable[[Tree], None]) -> None:
    break_it(tree)
    found = tree.ask()
    for name, expected in BREAKS[break_it].items():
        library = found.find(name)
        assert library is not None
        assert {key: getattr(library, key) for key in expected} == expected
    agrees_with_the_loader(tree, found)


def test_a_library_that_is_cut_short_is_told_before_it_kills_the_process(tree: Tree) -> None:
    """The real loader maps it and dies of SIGBUS: nobody but a reader of files lives to tell."""
    cut_short(tree)
    library = tree.ask().find("cufft")
    assert library is not None
    assert library.fault.startswith("is cut short: 3000 bytes")
    with pytest.raises(AssertionError, match="-7"):
        tree.really(["libcufft.so.11"])


def test_what_hinders_is_counted(tree: Tree) -> None:
    cut_short(tree)
    removed_cudnn(tree)
    assert [library.name for library in tree.ask().hinders] == ["cufft", "cudnn"]


def test_a_size_that_the_record_does_not_know_is_told(tree: Tree) -> None:
    padded(tree)
    library = tree.ask().find("cusparse")
    assert library is not None
    assert "the wheel's record says" in library.fault


def test_a_file_for_another_machine_is_passed_over(tree: Tree) -> None:
    other_machine_first(tree)
    library = tree.ask().find("cublas")
    assert library is not None
    assert library.passed_over == (str(tree.root.parent / "lib" / "libcublas.so.12"),)


def test_another_framework_that_pulled_its_own_cudnn_shows(tree: Tree) -> None:
    (tree.site / "nvidia_cudnn_cu12-9.3.0.75.dist-info").rename(tree.site / "nvidia_cudnn_cu12-9.1.0.70.dist-info")
    (tree.site / "torch-2.6.0.dist-info").mkdir()
    found = tree.ask()
    cudnn = found.find("cudnn")
    assert cudnn is not None
    assert cudnn.version == "9.1.0.70"
    assert found.distributions["torch"] == "2.6.0"


def make(links: VenvLibraries) -> int:
    needed = links_needed(links)
    for link in needed:
        Path(link.path).symlink_to(link.target)
    return len(needed)


def test_a_wheel_into_which_tensorflow_does_not_look_is_repaired_by_a_link(tree: Tree) -> None:
    """TensorFlow 2.21.0's fault, seen with the real wheel and a stub driver."""
    framework_lacks_cusolver(tree)
    before = tree.ask()
    assert [library.name for library in before.hinders] == ["cusolver"]
    assert make(before) == 1
    after = tree.ask()
    assert after.hinders == ()
    assert links_needed(after) == ()
    assert None not in tree.really(ESSENTIAL).values()


def test_links_repair_a_tensorflow_that_looks_into_one_wheel_only(tree: Tree) -> None:
    """TensorFlow 2.16.1's fault: cuDNN's parts are looked for beside the link, so a second round links them too."""
    tree.link_framework(["cuda_runtime"])
    assert len(tree.ask().hinders) > 4
    rounds = [make(tree.ask()) for _ in range(3)]
    assert rounds[0] >= 5
    assert rounds[2] == 0
    found = tree.ask()
    assert found.hinders == ()
    agrees_with_the_loader(tree, found)
    parts = [name for name in FOLDERS["cudnn"][2] if "_" in name]
    assert None not in tree.really([*ESSENTIAL, *parts]).values()


def test_ptxas_and_libdevice(tree: Tree, tmp_path: Path) -> None:
    wheel = tree.nvidia / "cuda_nvcc"
    ptxas = [tool for tool in tree.ask().ptxas if tool.origin != "system"]
    assert [(tool.origin, tool.usable) for tool in ptxas] == [("wheel", True)]
    old = tmp_path / "bin"
    old.mkdir()
    (old / "ptxas").write_text("#!/bin/sh\necho 'Cuda compilation tools, release 11.5, V11.5.119'\n")
    (old / "ptxas").chmod(0o755)
    tree.env["PATH"] = f"{old}:/usr/bin:/bin"
    first = tree.ask().ptxas[0]
    assert (first.origin, first.version) == ("path", "11.5.119")
    (wheel / "bin" / "ptxas").unlink()
    (wheel / "nvvm" / "libdevice" / "libdevice.10.bc").unlink()
    tree.env["PATH"] = "/usr/bin:/bin"
    found = tree.ask()
    assert [tool for tool in found.ptxas if tool.origin not in ("system", "path")] == []
    assert [tool for tool in found.libdevice if tool.origin != "system"] == []
    tree.env["XLA_FLAGS"] = f"--xla_gpu_cuda_data_dir={tmp_path}"
    (tmp_path / "nvvm" / "libdevice").mkdir(parents=True)
    (tmp_path / "nvvm" / "libdevice" / "libdevice.10.bc").write_bytes(b"BC")
    assert tree.ask().libdevice[0].origin == "flag"


def test_a_ptxas_that_hangs_or_lost_its_x_bit_does_not_matter_more_than_it_should(tree: Tree, tmp_path: Path) -> None:
    (tmp_path / "ptxas").write_text("#!/bin/sh\nexit 3\n")
    tree.env["PATH"] = f"{tmp_path}:/usr/bin:/bin"
    first = tree.ask().ptxas[0]
    assert (first.origin, first.usable) == ("path", False)
    (tmp_path / "ptxas").chmod(0o755)
    assert tree.ask().ptxas[0].version is None


def test_the_driver_that_wsl_brings(tree: Tree, tmp_path: Path) -> None:
    wsl = tmp_path / "wsl" / "lib"
    compile_library(wsl / "libcuda.so.1", "libcuda.so.1")
    tree.env["LD_LIBRARY_PATH"] = str(wsl)
    driver = tree.ask(text=PROBE_TEXT.replace('"/usr/lib/wsl/"', repr(f"{tmp_path}/wsl/"))).find("cuda")
    assert driver is not None
    assert (driver.origin, driver.path) == ("wsl", str(wsl / "libcuda.so.1"))


def test_a_build_without_cuda_has_no_cuda_libraries(tree: Tree) -> None:
    info = tree.site / "tensorflow" / "python" / "platform" / "build_info.py"
    info.write_text("build_info = {'is_cuda_build': False}\n")
    found = tree.ask()
    assert found.tensorflow is not None
    assert not found.tensorflow.gpu_build
    assert found.libraries == ()


def test_a_build_that_does_not_name_its_cuda_is_read_off_its_requirements(tree: Tree) -> None:
    """2.22.0rc0's build_info has neither cuda_version nor cudnn_version."""
    info = tree.site / "tensorflow" / "python" / "platform" / "build_info.py"
    info.write_text("build_info = {'is_cuda_build': True}\n")
    (tree.site / "tensorflow-2.19.1.dist-info" / "METADATA").write_text(
        'Requires-Dist: nvidia-cuda-runtime-cu12 (<13.0,>=12.5.82) ; extra == "and-cuda"\n'
        'Requires-Dist: nvidia-cudnn-cu12 (<10.0,>=9.10.2.21) ; extra == "and-cuda"\n'
    )
    found = tree.ask()
    assert found.tensorflow is not None
    assert (found.tensorflow.cuda, found.tensorflow.cudnn) == ("12", "9")
    assert found.hinders == ()


def test_no_tensorflow_at_all(tree: Tree) -> None:
    shutil.rmtree(tree.site / "tensorflow")
    found = tree.ask()
    assert found.tensorflow is None
    assert found.libraries == ()
    assert found.distributions["nvidia-cudnn-cu12"] == "9.3.0.75"


@pytest.mark.parametrize("text", ["", "build_info = 3\n", "build_info = oops(\n", "\0", "import os\n"])
def test_a_build_info_that_cannot_be_read_is_no_crash(tree: Tree, text: str) -> None:
    (tree.site / "tensorflow" / "python" / "platform" / "build_info.py").write_text(text)
    (tree.site / "tensorflow-2.19.1.dist-info" / "METADATA").write_text("Name: tensorflow\n")
    found = tree.ask()
    assert found.tensorflow is not None
    assert not found.tensorflow.gpu_build


LDCONFIG = shutil.which("ldconfig", path="/usr/sbin:/sbin:/usr/bin")


@pytest.mark.skipif(LDCONFIG is None, reason="no ldconfig here")
def test_the_cache_is_read_as_ldconfig_reads_it() -> None:
    if not Path("/etc/ld.so.cache").exists():
        pytest.skip("no /etc/ld.so.cache here")
    said = subprocess.run([str(LDCONFIG), "-p"], capture_output=True, text=True, timeout=30, check=True).stdout
    listed = [line.strip().split(" => ") for line in said.splitlines()[1:] if " => " in line]
    wanted = {(head.split(" ")[0], path) for head, path in listed if "x86-64" in head or "AArch64" in head}
    if not wanted:
        pytest.skip("ldconfig lists no library of this machine's kind")
    read = loader_probe.read_cache("/etc/ld.so.cache")
    assert {(soname, path) for soname, paths in read.items() for path in paths} == wanted


@pytest.mark.skipif(LDCONFIG is None, reason="no ldconfig here")
def test_the_cache_answers_where_no_wheel_does(tree: Tree, tmp_path: Path) -> None:
    folder = tmp_path / "cuda-12.6" / "lib64"
    compile_library(folder / "libcufft.so.11.3.0.4", "libcufft.so.11")
    (tmp_path / "conf").write_text(f"{folder}\n")
    subprocess.run([str(LDCONFIG), "-C", "cache", "-f", "conf"], check=True, timeout=30, cwd=tmp_path)
    tree.library("cufft", "libcufft.so.11").unlink()
    library = tree.ask(str(tmp_path / "cache")).find("cufft")
    assert library is not None
    assert (library.origin, library.version, library.toolkit) == ("ld_cache", "11.3.0.4", "12.6")


def test_system_folders_come_last(tree: Tree, tmp_path: Path) -> None:
    compile_library(tmp_path / "root" / "usr" / "lib" / "libcufft.so.11", "libcufft.so.11")
    tree.library("cufft", "libcufft.so.11").unlink()
    library = tree.ask("/nowhere", str(tmp_path / "root")).find("cufft")
    assert library is not None
    assert library.origin == "ld_cache"


def some_libraries() -> list[Path]:
    folders = [Path(sys.base_prefix) / "lib", Path("/lib"), Path("/usr/lib")]
    found = [path for folder in folders for path in folder.rglob("*.so*") if path.is_file() and not path.is_symlink()]
    return sorted(found)[:: max(1, len(found) // 150)]


def test_reads_the_dynamic_section_as_pyelftools_does(built: Path) -> None:
    elffile = pytest.importorskip("elftools.elf.elffile")
    compared = 0
    for path in [*built.rglob("*.so*"), *some_libraries()]:
        if path.is_symlink() or path.read_bytes()[:4] != b"\x7fELF":
            continue
        ours = loader_probe.Elf(str(path))
        if ours.alien:
            continue
        with path.open("rb") as file:
            dynamic = elffile.ELFFile(file).get_section_by_name(".dynamic")
            if dynamic is None or not hasattr(dynamic, "iter_tags"):
                continue
            tags = list(dynamic.iter_tags())
        assert ours.needed == [tag.needed for tag in tags if tag.entry.d_tag == "DT_NEEDED"]
        assert ours.soname == next((tag.soname for tag in tags if tag.entry.d_tag == "DT_SONAME"), "")
        runpath = next((tag.runpath for tag in tags if tag.entry.d_tag == "DT_RUNPATH"), "")
        assert ours.runpath == loader_probe.folders_of(runpath)
        rpath = next((tag.rpath for tag in tags if tag.entry.d_tag == "DT_RPATH"), "")
        assert ours.rpath == loader_probe.folders_of(rpath)
        assert ours.fault == ""
        compared += 1
    assert compared >= 20


@settings(max_examples=200, deadline=None)
@given(data=st.binary(max_size=400), cut=st.integers(0, 16000), at=st.integers(0, 4000), patch=st.binary(max_size=16))
def test_no_file_makes_the_reader_raise(built: Path, data: bytes, cut: int, at: int, patch: bytes) -> None:
    whole = Tree(built).framework.read_bytes()
    path = built.parent / "damaged.so"
    for content in (data, whole[:cut], whole[:at] + patch + whole[at + len(patch) :]):
        path.write_bytes(content)
        loader_probe.Elf(str(path))
        path.write_bytes(b"glibc-ld.so.cache1.1" + data)
        loader_probe.read_cache(str(path))
