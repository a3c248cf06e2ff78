"""The look-ups in compat.toml, as tables of what goes in and what has to come out."""

from __future__ import annotations

import datetime
import subprocess
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wslgpu.knowledge import compat


def found(version: str) -> compat.TensorFlowRelease:
    release = compat.find_release(version)
    assert release is not None
    return release


@pytest.mark.parametrize(
    ("asked", "version"),
    [
        ("2.21", "2.21.0"),
        ("2.21.0", "2.21.0"),
        ("==2.21", "2.21.0"),
        ("== 2.21.*", "2.21.0"),
        ("~=2.20.0", "2.20.0"),
        ("v2.19", "2.19.1"),
        ("2.16.1", "2.16.1"),
        ("2.16", "2.16.2"),
        ("2.22", "2.22.0rc0"),
        ("2.22rc0", "2.22.0rc0"),
        ("1.15.0", "1.15.0"),
        (" 2.10 ", "2.10.1"),
    ],
)
def test_finds_what_a_person_means(asked: str, version: str) -> None:
    assert found(asked).version == version


@pytest.mark.parametrize("asked", ["2.30", "2.9.9", "3", "", "newest", "2.21.0.0.1", "tensorflow", "2.x", "1.14"])
def test_does_not_find_what_is_not_there(asked: str) -> None:
    assert compat.find_release(asked) is None


@pytest.mark.parametrize(
    ("asked", "nearest"),
    [
        ("2.30", ["2.21.0", "2.20.0", "2.19.1"]),
        ("2.9.9", ["2.9.3", "2.10.1", "2.8.4"]),
        ("1.14", ["1.15.5", "2.0.4", "2.1.4"]),
        ("gibberish", ["2.21.0", "2.20.0", "2.19.1"]),
    ],
)
def test_names_the_nearest_stable_releases(asked: str, nearest: list[str]) -> None:
    assert [release.version for release in compat.nearest_releases(asked)] == nearest


@given(st.text(max_size=20), st.integers(min_value=1, max_value=5))
def test_whatever_is_asked_something_near_is_named(asked: str, n: int) -> None:
    compat.find_release(asked)
    assert len(compat.nearest_releases(asked, n)) == n


def test_the_newest_stable_is_no_candidate() -> None:
    assert compat.newest_stable().version == "2.21.0"


@pytest.mark.parametrize(
    ("version", "machine", "profile", "candidates", "chosen"),
    [
        ("2.21", "x86_64", "gpu", [(3, 10), (3, 11), (3, 12), (3, 13), (3, 14)], (3, 12)),
        ("2.21", "x86_64", "gpu", [(3, 13), (3, 11), (3, 14)], (3, 13)),
        ("2.21", "x86_64", "gpu", [(3, 10), (3, 11)], (3, 11)),
        ("2.21", "x86_64", "gpu", [(3, 14)], None),
        ("2.21", "x86_64", "gpu", [(3, 9), (3, 8)], None),
        ("2.21", "x86_64", "gpu", [], None),
        ("2.21", "aarch64", "cpu", [(3, 12)], (3, 12)),
        ("2.21", "arm64", "cpu", [(3, 12)], (3, 12)),
        ("2.21", "aarch64", "gpu", [(3, 12)], None),
        ("2.22.0rc0", "x86_64", "gpu", [(3, 14)], None),  # stable releases have no wheel for 3.14
        ("2.22.0rc0", "x86_64", "cpu", [(3, 14), (3, 13)], (3, 13)),
        ("2.14", "x86_64", "gpu", [(3, 11), (3, 9)], (3, 9)),  # its extra pins a tensorrt without wheels for 3.11
        ("2.14", "x86_64", "cpu", [(3, 11), (3, 9)], (3, 11)),
        ("2.8", "x86_64", "gpu", [(3, 9), (3, 8), (3, 7)], (3, 9)),
        ("2.15.0", "x86_64", "gpu", [(3, 11), (3, 10)], None),
        ("2.11.0", "x86_64", "cpu", [(3, 7)], (3, 7)),
        ("2.11.1", "x86_64", "cpu", [(3, 7)], None),
    ],
)
def test_chooses_a_python(
    version: str,
    machine: str,
    profile: compat.Profile,
    candidates: list[tuple[int, int]],
    chosen: tuple[int, int] | None,
) -> None:
    assert compat.choose_python(candidates, found(version), machine=machine, profile=profile) == chosen


def test_never_chooses_a_python_that_stable_wheels_lack() -> None:
    everything = [(3, minor) for minor in range(5, 20)]
    for release in compat.releases():
        for profile in ("gpu", "cpu"):
            for machine in ("x86_64", "aarch64"):
                chosen = compat.choose_python(everything, release, machine=machine, profile=profile)  # type: ignore[arg-type]
                assert chosen != (3, 14)
                assert chosen is None or compat.supports_python(release, chosen, machine=machine, profile="cpu")


@pytest.mark.parametrize(
    ("version", "profile", "machine", "card", "lines"),
    [
        ("2.21", "gpu", "x86_64", (8, 6), ["tensorflow[and-cuda]==2.21.0"]),
        ("2.21", "gpu", "x86_64", None, ["tensorflow[and-cuda]==2.21.0"]),
        ("2.21", "gpu", "x86_64", (6, 1), ["tensorflow[and-cuda]==2.21.0", "nvidia-cudnn-cu12<9.11"]),
        ("2.21", "gpu", "x86_64", (7, 0), ["tensorflow[and-cuda]==2.21.0", "nvidia-cudnn-cu12<9.11"]),
        ("2.21", "gpu", "x86_64", (7, 5), ["tensorflow[and-cuda]==2.21.0"]),
        ("2.20", "gpu", "x86_64", (6, 1), ["tensorflow[and-cuda]==2.20.0", "nvidia-cudnn-cu12<9.11"]),
        ("2.19", "gpu", "x86_64", (6, 1), ["tensorflow[and-cuda]==2.19.1"]),  # exact pins: cuDNN 9.3
        ("2.22rc0", "gpu", "x86_64", (6, 1), ["tensorflow[and-cuda]==2.22.0rc0", "nvidia-cudnn-cu12<9.11"]),
        ("2.21", "cpu", "x86_64", (6, 1), ["tensorflow-cpu==2.21.0"]),
        ("2.21", "cpu", "AMD64", None, ["tensorflow-cpu==2.21.0"]),
        ("2.21", "cpu", "aarch64", None, ["tensorflow==2.21.0"]),
        ("2.10", "gpu", "x86_64", (8, 6), ["tensorflow==2.10.1", "numpy<2"]),
        ("2.7", "cpu", "x86_64", None, ["tensorflow-cpu==2.7.4", "numpy<2"]),
        ("2.4", "cpu", "x86_64", None, ["tensorflow-cpu==2.4.4", "protobuf<3.21"]),
        ("2.0", "cpu", "x86_64", None, ["tensorflow==2.0.4", "protobuf<3.21"]),
        ("1.15", "gpu", "x86_64", None, ["tensorflow-gpu==1.15.5", "protobuf<3.21"]),
        ("1.15.0", "gpu", "x86_64", None, ["tensorflow==1.15.0", "protobuf<3.21"]),
    ],
)
def test_pins(
    version: str, profile: compat.Profile, machine: str, card: tuple[int, int] | None, lines: list[str]
) -> None:
    pins = compat.pins_for(found(version), profile=profile, machine=machine, compute_capability=card)
    assert list(pins.lines) == lines
    assert all(pin.reason and pin.source for pin in pins.requirements)
    assert pins.problems == ()


@pytest.mark.parametrize(
    ("card", "driver", "side", "machine", "said"),
    [
        ((8, 6), "516.94", "wsl", "x86_64", ["the Windows driver 516.94 is older than 528.33"]),
        ((8, 6), "528.33", "wsl", "x86_64", []),
        ((8, 6), "525.60.13", "linux", "x86_64", []),
        ((8, 6), "515.105.01", "linux", "x86_64", ["the driver 515.105.01 is older than 525.60.13"]),
        ((12, 0), "566.36", "wsl", "x86_64", ["fails at the first operation", "566.36 is older than 570.65"]),
        ((5, 2), "560.94", "wsl", "x86_64", ["the minimum is 6.0"]),
        (None, None, "wsl", "aarch64", ["no Python has wheels"]),
    ],
)
def test_what_no_pin_can_repair_is_said(
    card: tuple[int, int] | None, driver: str | None, side: compat.Side, machine: str, said: list[str]
) -> None:
    pins = compat.pins_for(
        compat.newest_stable(), profile="gpu", machine=machine, compute_capability=card, driver=driver, side=side
    )
    assert len(pins.problems) == len(said)
    for problem, words in zip(pins.problems, said, strict=True):
        assert words in problem


def test_releases_that_miss_their_own_wheels_are_told() -> None:
    lacking = {release.version for release in compat.releases() if release.runpath_lacks}
    assert lacking == {"2.21.0"}
    assert set(found("2.16.1").runpath_lacks or ()) == {"cublas", "cudnn", "cufft", "cusolver", "cusparse"}
    assert found("2.16.2").runpath_lacks == ()
    notes = compat.pins_for(found("2.21"), profile="gpu", machine="x86_64").notes
    assert any("cusolver" in note for note in notes)


@pytest.mark.parametrize(
    ("version", "card", "verdict", "works"),
    [
        ("2.21", (3, 5), "ignored", False),
        ("2.21", (5, 2), "ignored", False),
        ("2.16", (5, 2), "native", True),
        ("2.21", (6, 1), "native", True),
        ("2.21", (7, 5), "native", True),  # sm_70's code runs on 7.5
        ("2.21", (8, 6), "native", True),
        ("2.21", (8, 9), "native", True),
        ("2.21", (9, 0), "native", True),
        ("2.15", (9, 0), "jit", True),
        ("2.10", (9, 0), "unknown", None),  # CUDA 11.2 is older than the card
        ("2.21", (12, 0), "listed-but-fails", False),
        ("2.21", (12, 1), "listed-but-fails", False),
        ("2.22rc0", (12, 0), "listed-but-fails", False),
        ("2.10", (12, 0), "unknown", None),
        ("2.3", (7, 5), "unknown", None),  # which kernels it has was not read
        ("2.21", (14, 0), "unknown", None),
    ],
)
def test_judges_a_card(version: str, card: tuple[int, int], verdict: str, works: bool | None) -> None:
    judgement = compat.judge_gpu(found(version), card)
    assert (judgement.verdict, judgement.works) == (verdict, works)
    assert judgement.because
    assert compat.spell(card) in judgement.title
    assert bool(judgement.ways_out) or works is not False


def test_a_blackwell_card_is_told_its_ways_out() -> None:
    judgement = compat.judge_gpu(compat.newest_stable(), (12, 0))
    assert "Blackwell" in judgement.title
    assert "sm_120" in judgement.because[0]
    assert any("NGC" in way for way in judgement.ways_out)
    assert any("KERAS_BACKEND" in way for way in judgement.ways_out)


def test_an_old_card_is_told_the_last_release_that_has_kernels_for_it() -> None:
    assert "2.16.2" in compat.judge_gpu(compat.newest_stable(), (5, 2)).ways_out[0]
    assert "2.14.1" in compat.judge_gpu(compat.newest_stable(), (3, 7)).ways_out[0]


@given(st.tuples(st.integers(1, 20), st.integers(0, 9)))
def test_every_card_gets_a_judgement_of_every_release(card: tuple[int, int]) -> None:
    for release in compat.releases():
        assert compat.judge_gpu(release, card).title


@pytest.mark.parametrize(
    ("card", "name"),
    [((6, 1), "Pascal"), ((8, 6), "Ampere"), ((8, 9), "Ada Lovelace"), ((7, 5), "Turing"), ((12, 0), "Blackwell")],
)
def test_generations(card: tuple[int, int], name: str) -> None:
    generation = compat.generation_of(card)
    assert generation is not None
    assert generation.name == name


def test_a_minor_number_that_is_not_listed_goes_with_its_major() -> None:
    generation = compat.generation_of((12, 7))
    assert generation is not None
    assert generation.name == "Blackwell"
    assert compat.generation_of((25, 0)) is None


@pytest.mark.parametrize(
    ("registry", "version"),
    [
        ("32.0.15.6094", "560.94"),
        ("31.0.15.2657", "526.57"),
        ("32.0.15.8180", "581.80"),
        ("30.0.14.9649", "496.49"),
        ("27.21.14.5671", "456.71"),
        ("32.0.15.7005", "570.05"),
        ("32.0.16.1047", "610.47"),
        (" 31.0.15.5222 ", "552.22"),
    ],
)
def test_reads_windows_driver_versions(registry: str, version: str) -> None:
    assert compat.windows_driver_version(registry) == version


@pytest.mark.parametrize("registry", ["", "560.94", "32.0.15", "32.0.15.x", "10.0.19041.1", "32.0.5.6094", "1.2.3.4.5"])
def test_refuses_what_is_no_driver_version_of_nvidia(registry: str) -> None:
    with pytest.raises(ValueError, match=r"driver version|NVIDIA"):
        compat.windows_driver_version(registry)


@given(st.integers(300, 999), st.integers(0, 99))
def test_every_nvidia_version_survives_windows_spelling(major: int, minor: int) -> None:
    number = major * 100 + minor
    spelled = f"32.0.{10 + number // 10000}.{number % 10000:04d}"
    assert compat.windows_driver_version(spelled) == f"{major}.{minor:02d}"


def test_driver_versions_compare_by_number() -> None:
    assert compat.driver_key("99.9") < compat.driver_key("450.80.02") < compat.driver_key("1000.1")
    with pytest.raises(ValueError, match="not a driver version"):
        compat.driver_key("560,94")


@pytest.mark.parametrize(("text", "number"), [("8.6", (8, 6)), ("sm_120", (12, 0)), ("compute_90", (9, 0))])
def test_reads_compute_capabilities(text: str, number: tuple[int, int]) -> None:
    assert compat.parse_compute_capability(text) == number


@pytest.mark.parametrize("text", ["", "8", "sm_", "8.6.1", "RTX"])
def test_refuses_what_is_no_compute_capability(text: str) -> None:
    with pytest.raises(ValueError, match="compute capability"):
        compat.parse_compute_capability(text)


def test_the_table_ages() -> None:
    day = compat.updated()
    assert compat.age_days(day) == 0
    assert compat.age_days(day - datetime.timedelta(days=3)) == 0
    assert not compat.is_stale(day + datetime.timedelta(days=180))
    assert compat.is_stale(day + datetime.timedelta(days=190))


def test_footprints_say_how_they_were_measured() -> None:
    size = compat.footprint(compat.newest_stable(), "gpu")
    assert size.disk_bytes is not None
    assert size.disk_bytes > 5_000_000_000
    assert "2026" in size.source
    assert compat.footprint(found("2.16.1"), "gpu") == compat.Footprint(None, None, "not measured")


def test_looking_up_imports_nothing_heavy() -> None:
    script = (
        "import sys; from wslgpu.knowledge import compat; compat.newest_stable();"
        "print([m for m in ('jinja2', 'rich', 'numpy', 'tensorflow', 'subprocess', 'click') if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, timeout=60, check=True)
    assert done.stdout.strip() == "[]"
