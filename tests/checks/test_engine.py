"""The engine: words, causes, order and codes, on findings that are made here."""

from __future__ import annotations

import pytest

from wslgpu.checks.causes import CAUSES
from wslgpu.checks.engine import exit_code, judge, link_causes, order
from wslgpu.checks.model import Finding, Status
from wslgpu.checks.registry import CHECKS
from wslgpu.facts.gather import read_facts
from wslgpu.system.answers import Answers, Content, Value
from wslgpu.system.host import Side


def finding(
    slug: str, status: Status = "fail", *, cause: str | None = None, vital: bool = False, area: str = ""
) -> Finding:
    return Finding(slug, status, slug, area, cause=cause, vital=vital)


# What holds together on one machine, and which of it is the cause of all.
CHAINS = [
    ("wsl1-distro", ["dxg-missing", "win-driver-missing", "cuda-init-failed"]),
    ("dxg-missing", ["win-driver-missing", "wsl-lib-not-in-loader", "cuda-no-device"]),
    ("gpu-support-false", ["dxg-missing", "driver-mount-incomplete", "cuda-init-failed"]),
    ("custom-kernel-no-dxg", ["dxg-missing", "gpu-access-blocked", "cuda-init-failed"]),
    ("linux-driver-in-wsl", ["cuda-init-crashed", "apt-source-pulls-driver", "dpkg-half-configured"]),
    ("cuda-visible-devices", ["cuda-no-device"]),
    ("disk-full", ["rootfs-readonly", "project-not-writable", "tmp-too-small"]),
    ("docker-desktop-default", ["distro-musl", "wsl-lib-not-in-loader", "python-unsupported"]),
    ("tf-cuda-extra-missing", ["tf-cannot-dlopen"]),
    ("python-prerelease-trap", ["numpy2-abi", "protobuf-clash"]),
    ("conda-mixed", ["ld-path-foreign-cuda", "tf-cannot-dlopen"]),
]


@pytest.mark.parametrize(("root", "follows"), CHAINS)
def test_one_cause_stands_on_top(root: str, follows: list[str]) -> None:
    shuffled = [finding(slug) for slug in sorted([*follows, root], reverse=True)]
    ordered = order(link_causes(shuffled, CAUSES))
    assert ordered[0].slug == root
    assert [one.slug for one in ordered if one.cause is None] == [root]


def test_a_cause_that_does_not_hold_explains_nothing() -> None:
    linked = link_causes([finding("wsl1-distro", "ok"), finding("dxg-missing")], CAUSES)
    assert [one.cause for one in linked] == [None, None]


def test_an_open_question_of_an_area_follows_from_what_shuts_it() -> None:
    linked = link_causes(
        [finding("cuda-init-crashed"), finding("blackwell-no-kernels", "unknown", area="card")], CAUSES
    )
    assert linked[1].cause == "cuda-init-crashed"


@pytest.mark.parametrize(
    ("findings", "strict", "code"),
    [
        ([], False, 0),
        ([finding("a", "ok"), finding("b", "info"), finding("c", "skip")], True, 0),
        ([finding("a", "warn")], False, 0),
        ([finding("a", "warn")], True, 1),
        ([finding("a", "fail"), finding("b", "unknown", vital=True)], False, 1),
        ([finding("b", "unknown", vital=True)], False, 4),
        ([finding("b", "unknown")], False, 0),
        ([finding("b", "unknown", vital=True, cause="a")], False, 0),
    ],
)
def test_exit_codes(findings: list[Finding], strict: bool, code: int) -> None:
    assert exit_code(findings, strict=strict) == code


def test_order_puts_failures_first_and_what_follows_behind() -> None:
    mixed = [finding("d", "ok"), finding("c", "warn"), finding("b", cause="a"), finding("a"), finding("e", "unknown")]
    assert [one.slug for one in order(mixed)] == ["a", "b", "c", "e", "d"]


@pytest.mark.parametrize(
    ("side", "kernel", "where"),
    [
        ("wsl", "6.6.87.2-microsoft-standard-WSL2", {"powershell"}),
        ("linux", "6.6.87.2-microsoft-standard-WSL2", {"powershell"}),  # a container on WSL: Windows is still there
        ("linux", "6.8.0-51-generic", set()),
    ],
)
def test_powershell_is_advised_where_there_is_one(side: Side, kernel: str, where: set[str]) -> None:
    answers = Answers(
        {
            "kernel.osrelease": Content(kernel.encode()),
            "gpu.nvidia0": Value({"kind": "device"}),
            "gpu.dxg": Value({"kind": "device"}),
            "gpu.wsl_libcuda": Value({"kind": "file"}),
            "cuda.probe": Value(
                {"init": 999, "api": "12.6", "driver": "560.94", "files": ["/usr/lib/wsl/lib/libcuda.so.1"]}
            ),
        }
    )
    findings = judge(read_facts(side, answers, "/home/user/train"), CHECKS, CAUSES)
    failed = next(one for one in findings if one.slug == "cuda-init-failed")
    assert failed.status == "fail"
    assert {remedy.where for remedy in failed.remedies} == where
