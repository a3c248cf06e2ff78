"""The probe's readers of ld.so.cache and of ELF files, held against ldconfig and pyelftools."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.facts.venv_tree import NEEDS_GCC, Tree, compile_library
from wslgpu.facts import loader_probe

pytestmark = NEEDS_GCC
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
        loader_probe.Elf(str(path)).number("open_library")
        path.write_bytes(b"glibc-ld.so.cache1.1" + data)
        loader_probe.read_cache(str(path))


def compile_numbers(path: Path, soname: str, **numbers: int) -> None:
    """A library that exports numbers, as cuDNN's parts export their version; needs one that it does not define."""
    source = path.with_suffix(".c")
    lines = [f"const int {name} = {number};" for name, number in numbers.items()]
    source.write_text("\n".join([*lines, "extern int elsewhere; int use(void) { return elsewhere; }"]))
    subprocess.run(
        ["gcc", "-shared", "-fPIC", "-o", str(path), str(source), f"-Wl,-soname,{soname}"], check=True, timeout=60
    )
    source.unlink()


def test_an_exported_number_is_read_as_dlsym_reads_it(tmp_path: Path) -> None:
    numbers = {f"part_{i}_version": 0x090000 + 7 * i for i in range(200)}
    compile_numbers(tmp_path / "libmany.so", "libmany.so", **numbers)
    elf = loader_probe.Elf(str(tmp_path / "libmany.so"))
    assert {name: elf.number(name) for name in numbers} == numbers
    assert elf.number("part_200_version") is None
    assert elf.number("elsewhere") is None, "a symbol that the file only asks for"


@pytest.mark.parametrize(("record", "told"), [("9.3.0.75", "9.28.0"), ("9.28.0.42", "9.28.0.42")])
def test_cudnns_own_number_goes_before_its_packages(tree: Tree, record: str, told: str) -> None:
    info = next(tree.site.glob("nvidia_cudnn_cu12-*.dist-info"))
    info = info.rename(info.with_name(f"nvidia_cudnn_cu12-{record}.dist-info"))
    graph = tree.library("cudnn", "libcudnn_graph.so.9")
    compile_numbers(graph, "libcudnn_graph.so.9", cudnn_graph_version=0x091C00)
    text = (info / "RECORD").read_text()
    old = next(line for line in text.splitlines() if "libcudnn_graph.so.9" in line)
    (info / "RECORD").write_text(text.replace(old, f"{old.rpartition(',')[0]},{graph.stat().st_size}"))
    venv = tree.ask()
    versions = {library.name: library.version for library in venv.libraries if library.name.startswith("cudnn")}
    assert (versions["cudnn"], versions["cudnn_graph"], versions["cudnn_adv"]) == (told, told, record)


def test_of_two_packages_that_write_the_same_file_the_one_that_it_fits_owns_it(tree: Tree) -> None:
    """nvidia-cudnn-cu12 and -cu13 both write nvidia/cudnn/lib/libcudnn.so.9."""
    info = next(tree.site.glob("nvidia_cudnn_cu12-*.dist-info"))
    other = tree.site / "nvidia_cudnn_cu13-9.26.0.51.dist-info"
    shutil.copytree(info, other)
    library = tree.library("cudnn", "libcudnn.so.9")
    with library.open("ab") as file:
        file.write(b"longer")
    text, size = (other / "RECORD").read_text(), library.stat().st_size
    old = next(line for line in text.splitlines() if line.startswith("nvidia/cudnn/lib/libcudnn.so.9,"))
    (other / "RECORD").write_text(text.replace(old, f"{old.rpartition(',')[0]},{size}"))
    found = tree.ask().find("cudnn")
    assert found is not None
    assert (found.version, found.fault) == ("9.26.0.51", "")
