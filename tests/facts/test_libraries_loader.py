"""The probe's answers held against the real loader's, in small trees of real shared libraries made with gcc."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.facts.venv_breaks import (
    BREAKS,
    cut_short,
    framework_lacks_cusolver,
    other_machine_first,
    padded,
    removed_cudnn,
)
from tests.facts.venv_tree import ESSENTIAL, FOLDERS, NEEDS_GCC, Tree, compile_library
from wslgpu.facts.libraries import PROBE_TEXT, VenvLibraries, links_needed

pytestmark = NEEDS_GCC


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
