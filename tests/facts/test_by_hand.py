"""Short forms of a recording by hand say the same as the long ones."""

from __future__ import annotations

import pytest

from wslgpu.facts.by_hand import tidy
from wslgpu.facts.windows_build import read_build
from wslgpu.facts.windows_driver import read_driver
from wslgpu.facts.windows_wsl import read_wsl
from wslgpu.system.answers import Answer, Answers, Content, Value


def answers(**found: Answer) -> Answers:
    return tidy(Answers({name.replace("__", "."): answer for name, answer in found.items()}))


@pytest.mark.parametrize(
    ("text", "number", "revision"),
    [
        ("19045.3570", 19045, 3570),
        ("10.0.22631.4037", 22631, 4037),
        ("Microsoft Windows [Version 10.0.19043.1]", 19043, 1),
        ("22000", 22000, None),
    ],
)
def test_build(text: str, number: int, revision: int | None) -> None:
    build = read_build(answers(windows__build=Content(text.encode())))
    assert (build.number, build.revision) == (number, revision)


@pytest.mark.parametrize(
    "told",
    [
        Value([{"name": "Ubuntu", "version": 1, "default": True}, {"name": "Debian", "version": 2}]),
        Content(b"  NAME      STATE           VERSION\n* Ubuntu    Stopped         1\n  Debian    Running         2\n"),
    ],
)
def test_distributions(told: Answer) -> None:
    wsl = read_wsl(answers(windows__lxss=told, windows__lxss_msi=Content(b"2.6.1.0")))
    assert isinstance(wsl.distributions, tuple)
    assert [(one.name, one.generation, one.is_default) for one in wsl.distributions] == [
        ("Ubuntu", 1, True),
        ("Debian", 2, False),
    ]
    assert (wsl.kind, wsl.version) == ("package", "2.6.1.0")


def test_the_only_distribution_is_the_default() -> None:
    wsl = read_wsl(answers(windows__lxss=Value(["Ubuntu-24.04"])))
    assert wsl.default is not None
    assert wsl.default.name == "Ubuntu-24.04"


def test_services_that_are_not_named_are_not_there() -> None:
    found = answers(windows__services=Value(["HNS", "vmcompute"]))
    assert set(read_wsl(found).services) == {"HNS", "vmcompute"}


def test_cards() -> None:
    driver = read_driver(
        answers(
            windows__display=Value(
                [{"name": "NVIDIA GeForce RTX 3060", "driver": "32.0.15.6636"}, "Intel(R) UHD Graphics"]
            ),
            windows__pci=Value([{"name": "NVIDIA GeForce RTX 3060", "disabled": True}]),
        )
    )
    assert driver.raw == "32.0.15.6636"
    assert driver.disabled == ("NVIDIA GeForce RTX 3060",)
    assert driver.others == ("Intel(R) UHD Graphics",)


def test_what_a_machine_recorded_passes_through() -> None:
    key = {"values": {"CurrentBuild": "22631"}, "subkeys": {}}
    assert answers(windows__build=Value(key))["windows.build"] == Value(key)


def test_a_pasted_table_of_nvidia_smi_serves_as_an_answer() -> None:
    text = b"| NVIDIA-SMI 570.144   Driver Version: 576.28   CUDA Version: 12.9 |"
    assert answers(pasted__1=Content(text))["gpu.nvidia_smi"] == Content(text)
