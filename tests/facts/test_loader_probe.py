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
        loader_probe.Elf(str(path))
        path.write_bytes(b"glibc-ld.so.cache1.1" + data)
        loader_probe.read_cache(str(path))
