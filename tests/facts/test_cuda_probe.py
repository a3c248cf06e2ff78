"""The CUDA probe against a stand-in for libcuda (synthetic): every way in which the real one has been seen to answer."""

from __future__ import annotations

import dataclasses
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from wslgpu.checks.engine import judge
from wslgpu.checks.registry import CAUSES, CHECKS
from wslgpu.facts.cuda import PROBE, CudaDriver, read_cuda
from wslgpu.facts.gather import read_facts
from wslgpu.system.answers import Answers, Unknown
from wslgpu.system.local import answer_now
from wslgpu.system.recording import decode_answer, load_document

STUB = Path(__file__).parents[1] / "distro" / "stub_libcuda.c"
COMPILER = shutil.which("gcc") or shutil.which("cc")
pytestmark = [
    pytest.mark.skipif(not sys.platform.startswith("linux"), reason="libcuda of Linux"),
    pytest.mark.skipif(COMPILER is None, reason="no C compiler to build the stand-in with"),
]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = tmp_path_factory.mktemp("stub")
    assert COMPILER is not None
    library = str(made / "libcuda.so.1")
    argv = [COMPILER, "-shared", "-fPIC", "-Wl,-soname,libcuda.so.1", "-o", library, str(STUB)]
    subprocess.run(argv, check=True, capture_output=True, timeout=120)
    return made


def ask(folder: Path, told: str, deadline_s: float = 30.0) -> Answers:
    env = (("LD_LIBRARY_PATH", str(folder)), ("WSLGPU_STUB_CUDA", told))
    want = dataclasses.replace(PROBE, env=env, deadline_s=deadline_s)
    return Answers({PROBE.id: answer_now(want)})


def findings(answers: Answers) -> dict[str, str | None]:
    """What doctor says of a WSL machine that is healthy but for this driver: slug and cause of what failed."""
    document = load_document(Path(__file__).parents[1] / "recordings" / "healthy-wsl.json")
    healthy = Answers({key: decode_answer(value, key) for key, value in document["answers"].items()})
    facts = read_facts("wsl", healthy.merged(answers), "/home/user/train")
    return {one.slug: one.cause for one in judge(facts, CHECKS, CAUSES) if one.status == "fail"}


def test_a_driver_that_works(folder: Path) -> None:
    driver = read_cuda(ask(folder, "fine"))
    assert isinstance(driver, CudaDriver)
    assert (driver.loaded, driver.init_code, driver.api) == ("libcuda.so.1", 0, (12, 8))
    assert driver.files == (str(folder / "libcuda.so.1"),)
    assert isinstance(driver.gpus, tuple)
    assert [(gpu.capability, gpu.memory) for gpu in driver.gpus] == [((8, 9), 12 * 2**30)]


@pytest.mark.parametrize("code", [34, 100, 303, 803, 804, 999])
def test_a_code(folder: Path, code: int) -> None:
    driver = read_cuda(ask(folder, str(code)))
    assert (driver.init_code, driver.gpus, driver.api) == (code, (), (12, 8))


def test_a_crash_is_told_with_the_last_words(folder: Path) -> None:
    driver = read_cuda(ask(folder, "crash"))
    assert isinstance(driver.init_code, Unknown)
    assert driver.init_code.reason == "crashed"
    assert "munmap_chunk" in driver.init_code.detail
    assert driver.api == (12, 8)


def test_a_hang_is_ended(folder: Path) -> None:
    driver = read_cuda(ask(folder, "hang", deadline_s=3.0))
    assert isinstance(driver.init_code, Unknown)
    assert driver.init_code.reason == "timed_out"


@pytest.mark.parametrize(
    ("told", "slug"),
    [("100", "cuda-no-device"), ("34", "libcuda-stub"), ("999", "cuda-init-failed"), ("crash", "cuda-init-crashed")],
)
def test_a_library_that_is_not_windows_own_is_the_cause(folder: Path, told: str, slug: str) -> None:
    """The stand-in lies outside /usr/lib/wsl, as a Linux driver would."""
    found = findings(ask(folder, told))
    assert found["linux-driver-in-wsl"] is None
    assert slug in found


def test_no_libcuda_at_all(tmp_path: Path) -> None:
    driver = read_cuda(ask(tmp_path, "fine"))
    if driver.loaded is not None:
        pytest.skip("this machine has a libcuda of its own")
    assert (driver.init_code, driver.gpus) == (None, ())
    assert any("libcuda.so.1" in error for error in driver.load_errors)
