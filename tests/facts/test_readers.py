"""What the readers make of the forms in which machines and people write things down; as tables."""

from __future__ import annotations

import pytest

from wslgpu.checks.cards import capability_of_name
from wslgpu.facts.debian import read_debian, read_status
from wslgpu.facts.environment import read_environment, read_package
from wslgpu.facts.kernel import read_generation, read_kernel
from wslgpu.facts.machine import read_machine
from wslgpu.facts.mounts import Mount, mount_of, read_mounts
from wslgpu.facts.pythons import read_pythons
from wslgpu.facts.shapes import to_bytes
from wslgpu.facts.shell import read_shell
from wslgpu.facts.variables import library_folders
from wslgpu.facts.wsl_conf import read_ini
from wslgpu.system.answers import Answer, Answers, Content, Unknown, Value


def told(**answers: str | Answer) -> Answers:
    found = {
        key.replace("__", "."): Content(value.encode()) if isinstance(value, str) else value
        for key, value in answers.items()
    }
    return Answers(found)


@pytest.mark.parametrize(
    ("release", "generation"),
    [
        ("5.15.167.4-microsoft-standard-WSL2", 2),
        ("4.19.104-microsoft-standard", 2),
        ("6.6.36.3-microsoft-standard-WSL2+", 2),
        ("4.4.0-19041-Microsoft", 1),
        ("3.4.0-Microsoft", 1),
        ("6.8.0-45-generic", 0),
        ("6.1.0-wsl2-custom", 2),
        ("", 0),
    ],
)
def test_generation(release: str, generation: int) -> None:
    assert read_generation(release) == generation


@pytest.mark.parametrize(
    ("answers", "numbers"),
    [
        (told(kernel__osrelease="5.10.16.3-microsoft-standard-WSL2\n"), (5, 10, 16, 3)),
        (told(kernel__version="Linux version 4.4.0-19041-Microsoft (Microsoft@Microsoft.com)"), (4, 4, 0)),
        (told(kernel__version="Linux host 6.6.87.2-microsoft-standard-WSL2 #1 SMP x86_64 GNU/Linux"), (6, 6, 87, 2)),
    ],
)
def test_kernel_numbers(answers: Answers, numbers: tuple[int, ...]) -> None:
    assert read_kernel(answers).numbers == numbers


@pytest.mark.parametrize(
    ("text", "keys"),
    [
        ("[gpu]\nenabled=false\n", {"gpu.enabled": "false"}),
        ("[GPU]\r\nEnabled = False\r\n", {"gpu.enabled": "False"}),
        ("\ufeff[boot]\nsystemd=true # yes\n", {"boot.systemd": "true"}),
        ("# [gpu]\n;enabled=false\n", {}),
        ("[automount]\noptions=\"metadata,umask=22\"\n", {"automount.options": "metadata,umask=22"}),
        ("[a]\nx=1\n[a]\nx=2\n", {"a.x": "2"}),
        ("[unclosed\n=\n[]\n", {"." : ""}),
    ],
)  # fmt: skip
def test_ini(text: str, keys: dict[str, str]) -> None:
    assert dict(read_ini(text)) == keys


@pytest.mark.parametrize(
    ("text", "states"),
    [
        ("Package: a\nStatus: install ok installed\nVersion: 1\n", {"a": ("installed", "1")}),
        ("Package: a\nStatus: deinstall ok config-files\n", {"a": ("config-files", "")}),
        ("Package: a\nStatus: install ok half-configured\n\nPackage: b\n", {"a": ("half-configured", ""), "b": ("installed", "")}),
        ("ii  libnvidia-compute-550:amd64  550.90.07-0ubuntu1 amd64 x\n", {"libnvidia-compute-550": ("installed", "550.90.07-0ubuntu1")}),
        ("iF  udev  249 amd64\nrc  nvidia-driver-470  470 amd64\n", {"udev": ("half-configured", "249"), "nvidia-driver-470": ("not-installed", "470")}),
        ("nothing of dpkg's", {}),
    ],
)  # fmt: skip
def test_dpkg(text: str, states: dict[str, tuple[str, str]]) -> None:
    assert dict(read_status(text)) == states


def test_the_container_toolkit_is_no_driver() -> None:
    text = "".join(
        f"Package: {name}\nStatus: install ok installed\n\n"
        for name in ("libnvidia-container1", "nvidia-container-toolkit", "cuda-toolkit-12-6", "cuda-cudart-12-6", "nvidia-settings")
    )  # fmt: skip
    debian = read_debian(told(dpkg__status=text))
    assert (debian.drivers, debian.metas) == ((), ())


@pytest.mark.parametrize(
    ("line", "package"),
    [
        ("nvidia_cudnn_cu12-9.3.0.75.dist-info", ("nvidia-cudnn-cu12", "9.3.0.75")),
        ("tensorflow==2.19.1", ("tensorflow", "2.19.1")),
        ("tensorflow              2.19.1", ("tensorflow", "2.19.1")),
        ("tensorflow[and-cuda]==2.22.0rc0", ("tensorflow", "2.22.0rc0")),
        ("Keras 3.6.0   /some/place", ("keras", "3.6.0")),
        ("Package    Version", None),
        ("---------- -------", None),
        ("", None),
        ("-e git+https://example.org/x", None),
    ],
)
def test_package(line: str, package: tuple[str, str] | None) -> None:
    assert read_package(line) == package


@pytest.mark.parametrize(
    "answer",
    [
        "tensorflow 2.19.1\nnumpy 2.1.3\n",
        Value({"tensorflow": "2.19.1", "numpy": "2.1.3"}),
        Value(["tensorflow==2.19.1", "numpy-2.1.3.dist-info"]),
        Value([{"name": "tensorflow", "version": "2.19.1"}, {"name": "numpy", "version": "2.1.3"}]),
    ],
)
def test_lists_of_packages(answer: str | Answer) -> None:
    environment = read_environment(told(venv__packages=answer))
    assert environment.packages == {"tensorflow": "2.19.1", "numpy": "2.1.3"}
    assert environment.there is True


@pytest.mark.parametrize(
    "text",
    [
        "60 25 0:52 / /mnt/c rw,noatime - 9p C:\\134 rw,dirsync\n25 1 8:32 / / rw - ext4 /dev/sdc rw\n",
        "C:\\134 /mnt/c 9p rw,noatime 0 0\n/dev/sdc / ext4 rw 0 0\n",
        "C:\\ on /mnt/c type 9p (rw,noatime)\n/dev/sdc on / type ext4 (rw)\n",
    ],
)
def test_mounts(text: str) -> None:
    mounts = read_mounts(text)
    kinds = [mount_of(path, mounts) for path in ("/mnt/c/Users/x", "/mnt/cc", "/home/x")]
    assert [mount.kind if isinstance(mount, Mount) else mount for mount in kinds] == ["9p", "ext4", "ext4"]


@pytest.mark.parametrize(
    ("told", "size"),
    [(1024, 1024), ("1024", 1024), ("1 KiB", 1024), ("64 MB", 64 << 20), ("1.5G", 3 << 29), ("x", None), (None, None)],
)
def test_sizes(told: object, size: int | None) -> None:
    assert to_bytes(told) == size


@pytest.mark.parametrize(
    ("name", "capability"),
    [
        ("NVIDIA GeForce RTX 5090", (12, 0)),
        ("NVIDIA GeForce RTX 4070 Laptop GPU", (8, 9)),
        ("NVIDIA GeForce RTX 3060", (8, 6)),
        ("NVIDIA GeForce GTX 1660 Ti", (7, 5)),
        ("NVIDIA GeForce GTX 1080 Ti", (6, 1)),
        ("NVIDIA GeForce GTX 970", (5, 2)),
        ("NVIDIA GeForce MX130", (5, 2)),
        ("Tesla V100-SXM2-16GB", (7, 0)),
        ("NVIDIA A100-SXM4-40GB", (8, 0)),
        ("Quadro RTX 5000", (7, 5)),
        ("NVIDIA H100 PCIe", (9, 0)),
        ("AMD Radeon RX 6700 XT", None),
        ("NVIDIA GeForce ...", None),
    ],
)
def test_cards_by_name(name: str, capability: tuple[int, int] | None) -> None:
    assert capability_of_name(name) == capability


def test_library_folders() -> None:
    assert library_folders("/a/lib:/b/:relative::/a/lib") == ("/a/lib", "/b")
    assert library_folders(None) == ()


def test_start_files() -> None:
    shell = read_shell(
        told(shell__bashrc="# export LD_LIBRARY_PATH=/no\nexport LD_LIBRARY_PATH=/usr/local/cuda/lib64\n")
    )
    assert [(export.file, export.line, export.name) for export in shell.exports] == [
        ("~/.bashrc", 2, "LD_LIBRARY_PATH")
    ]


def test_interpreters_without_a_search() -> None:
    pythons = read_pythons(told(**{"python__probe.python3": "Python 3.14.0rc1"}))
    assert isinstance(pythons.found, tuple)
    assert [(python.version, python.prerelease) for python in pythons.found] == [((3, 14, 0), True)]
    assert isinstance(read_pythons(told()).found, Unknown)


@pytest.mark.parametrize("text", ['ID=ubuntu\nVERSION_ID="24.04"\nPRETTY_NAME="Ubuntu 24.04.3 LTS"\n', "Ubuntu 24.04"])
def test_release(text: str) -> None:
    machine = read_machine(told(release=text))
    assert (machine.release_id, machine.release_version) == ("ubuntu", "24.04")
