"""The Windows half from answers: what the registry means, and what is asked next."""

from __future__ import annotations

from typing import Any

import pytest

from wslgpu.facts import windows
from wslgpu.facts.windows import choose_distribution, may_visit, read_visit, wants_after
from wslgpu.facts.windows_build import read_build
from wslgpu.facts.windows_driver import read_driver
from wslgpu.facts.windows_virtualization import read_virtualization
from wslgpu.facts.windows_wsl import read_wsl
from wslgpu.system.answers import Absent, Answer, Answers, Ran, Unknown, Value
from wslgpu.system.wants import Run


def key(values: dict[str, Any] | None = None, subkeys: dict[str, Any] | None = None) -> Value:
    return Value({"values": values or {}, "subkeys": subkeys or {}})


def distribution(name: str, flags: int, **values: Any) -> dict[str, Any]:
    return {"values": {"DistributionName": name, "Flags": flags, "Version": 2, **values}, "subkeys": {}}


def lxss(default: str, **distributions: dict[str, Any]) -> Value:
    subkeys = {f"{{{guid}}}": tree for guid, tree in distributions.items()}
    return key(
        {"DefaultDistribution": f"{{{default}}}"}, {**subkeys, "AppxInstallerCache": {"values": {}, "subkeys": {}}}
    )


def test_version_2_of_the_registry_is_not_wsl_2() -> None:
    wsl = read_wsl(Answers({"windows.lxss": lxss("a", a=distribution("Old", 7), b=distribution("New", 15))}))
    assert isinstance(wsl.distributions, tuple)
    assert [(one.name, one.generation, one.is_default) for one in wsl.distributions] == [
        ("Old", 1, True),
        ("New", 2, False),
    ]


def test_no_key_is_no_distribution_and_no_answer_is_unknown() -> None:
    assert read_wsl(Answers({"windows.lxss": Absent()})).distributions == ()
    assert isinstance(read_wsl(Answers({"windows.lxss": Unknown("denied")})).distributions, Unknown)


@pytest.mark.parametrize(
    ("answers", "kind"),
    [
        ({"windows.lxss_msi": key({"Version": "2.6.1.0"})}, "package"),
        ({"windows.lxss_msi": Absent(), "windows.service.LxssManager": key({"Start": 3})}, "inbox"),
        ({"windows.lxss_msi": Absent(), "windows.service.LxssManager": Absent()}, "none"),
    ],
)
def test_package_inbox_or_none(answers: dict[str, Answer], kind: str) -> None:
    assert read_wsl(Answers(answers)).kind == kind


def wsl_with(*names: tuple[str, int], default: int = 0) -> Any:
    trees = {f"d{number}": distribution(name, flags) for number, (name, flags) in enumerate(names)}
    return read_wsl(Answers({"windows.lxss": lxss(f"d{default}", **trees)}))


def chosen(wsl: Any, wanted: str | None = None) -> str | None:
    one = choose_distribution(wsl, wanted)
    return one.name if one else None


def test_which_distribution_is_looked_into() -> None:
    assert chosen(wsl_with(("Debian", 15), ("Ubuntu", 15), default=1)) == "Ubuntu"
    assert chosen(wsl_with(("docker-desktop", 15), ("Ubuntu", 15))) == "Ubuntu"
    assert chosen(wsl_with(("docker-desktop", 15), ("Old", 7), ("Ubuntu", 15))) == "Ubuntu"
    assert chosen(wsl_with(("docker-desktop", 15))) is None
    assert chosen(wsl_with(("docker-desktop", 15), ("Ubuntu", 15)), "DOCKER-desktop") == "docker-desktop"
    assert chosen(wsl_with(("Ubuntu", 15)), "Debian") is None


def test_only_status_is_asked_of_wsl_exe_before_the_registry_is_read() -> None:
    root = {"windows.root": Value("D:\\Win"), "windows.session": Value({"python_bits": 64})}
    runs = [want for want in wants_after(Answers(root)) if isinstance(want, Run)]
    assert [want.argv[:2] for want in runs] == [
        ("D:\\Win\\System32\\wsl.exe", "--status"),
        (
            "D:\\Win\\System32\\nvidia-smi.exe",
            "--query-gpu=index,name,driver_version,driver_model.current,memory.total",
        ),
    ]
    assert ("WSL_UTF8", "1") in runs[0].env
    assert not any(isinstance(want, Run) for want in windows.FIRST)


def test_a_32_bit_python_looks_past_its_own_system32() -> None:
    answers = Answers({"windows.root": Value("C:\\Windows"), "windows.session": Value({"python_bits": 32})})
    assert {want.argv[0].split("\\")[2] for want in wants_after(answers) if isinstance(want, Run)} == {"Sysnative"}


@pytest.mark.parametrize(
    ("status", "kind", "may"),
    [
        (Ran(0), key({"Version": "2.6"}), True),
        (Ran(0), Absent(), False),  # it would prompt, and a key would install
        (Unknown("timed_out"), key({"Version": "2.6"}), False),
        (Absent(), key({"Version": "2.6"}), False),
    ],
)
def test_when_a_distribution_may_be_entered(status: Answer, kind: Answer, may: bool) -> None:
    answers = {"windows.lxss_msi": kind, "windows.service.LxssManager": Absent(), "windows.wsl_status": status}
    assert may_visit(read_wsl(Answers(answers))) is may


def test_windows_11_is_told_by_its_build() -> None:
    values = {"CurrentBuild": "22631", "UBR": 4037, "DisplayVersion": "23H2", "ProductName": "Windows 10 Pro"}
    assert read_build(Answers({"windows.build": key(values)})).name == "Windows 11 23H2 (build 22631.4037)"
    server = key({"CurrentBuild": "20348", "InstallationType": "Server"})
    assert read_build(Answers({"windows.build": server})).name == "Windows Server (build 20348)"


SERVICES = {"HNS": 3, "vmcompute": 3, "vfpext": 3}


@pytest.mark.parametrize(
    ("flag", "wmi", "firmware", "hypervisor"),
    [
        (False, "hypervisor=True\nfirmware=False\n", True, True),  # the trap: the flag reads false under a hypervisor
        (False, "hypervisor=False\nfirmware=False\n", False, False),
        (True, "hypervisor=False\nfirmware=True\n", True, False),
        (True, "", True, None),
        (False, "", None, None),  # None: unknown
    ],
)
def test_the_hypervisor_trap(flag: bool, wmi: str, firmware: bool | None, hypervisor: bool | None) -> None:
    session = Value({"firmware_virtualization": flag, "python_bits": 64})
    services: dict[str, Answer] = {f"windows.service.{name}": key({"Start": 3}) for name in SERVICES}
    answers = Answers({"windows.session": session, "windows.wmi": Ran(0, wmi.encode()), **services})
    found = read_virtualization(answers, 22631, SERVICES, False)
    assert isinstance(found.firmware, Unknown) if firmware is None else found.firmware is firmware
    assert isinstance(found.hypervisor, Unknown) if hypervisor is None else found.hypervisor is hypervisor


def test_hyper_v_alone_is_not_the_platform() -> None:
    services: dict[str, Answer] = {f"windows.service.{name}": key({"Start": 3}) for name in ("HNS", "vmcompute")}
    two = {"HNS": 3, "vmcompute": 3}
    assert read_virtualization(Answers(services), 22631, two, False).platform is False
    assert read_virtualization(Answers(services), 19045, two, False).platform is True


def test_rows_of_nvidia_smi() -> None:
    rows = b"0, NVIDIA GeForce RTX 4070, 560.94, WDDM, 12282\r\n1, Tesla P4, 560.94, TCC, 7611\r\n"
    driver = read_driver(Answers({"windows.nvidia_smi": Ran(0, rows)}))
    assert isinstance(driver.cards, tuple)
    assert [(card.name, card.model, card.memory) for card in driver.cards] == [
        ("NVIDIA GeForce RTX 4070", "WDDM", 12282),
        ("Tesla P4", "TCC", 7611),
    ]
    assert driver.version == "560.94"
    broken = read_driver(Answers({"windows.nvidia_smi": Ran(9, b"NVIDIA-SMI has failed\r\n")})).cards
    assert isinstance(broken, Unknown)


def test_a_sound_device_of_nvidia_is_no_card() -> None:
    sound = {"values": {"ClassGUID": "{4d36e96c-e325-11ce-bfc1-08002be10318}"}, "subkeys": {}}
    tree = key({}, {"VEN_10DE&DEV_22BC": {"values": {}, "subkeys": {"1": sound}}})
    assert read_driver(Answers({"windows.pci": tree})).hardware == ()


def test_how_a_visit_went() -> None:
    assert read_visit(Answers({"windows.distribution": Value("Ubuntu")}), "Ubuntu").reached is True
    assert read_visit(Answers({"windows.distribution": Absent()}), "Ubuntu").reached is True
    failed = read_visit(Answers({"windows.distribution": Ran(4294967295, b"words")}), "Ubuntu")
    assert failed.said == b"words"
    assert isinstance(failed.reached, Unknown)
    assert "ended with -1" in failed.reached.detail
