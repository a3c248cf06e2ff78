"""Readers are fed torn, mixed and hostile answers: nothing raises, and no check breaks over what was read."""

from __future__ import annotations

import json
import random
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from wslgpu.checks.engine import judge
from wslgpu.checks.registry import CAUSES, CHECKS
from wslgpu.facts.by_hand import tidy
from wslgpu.facts.gather import known_ids, read_facts
from wslgpu.facts.windows import Visit, read_windows
from wslgpu.system.answers import Absent, Answer, Answers, Content, Ran, Unknown, Value
from wslgpu.system.recording import decode_answer, load_document

RECORDINGS = Path(__file__).parents[1] / "recordings"
IDS = [
    *known_ids()[0],
    "python.probe.python3",
    "python.probe.python3.12",
    "ld.folder:/usr/local/cuda/lib64",
    "apt.source:cuda.list",
    "certificate:PIP_CERT",
    "jupyter.kernel:python3",
    "pasted.log",
]
PIECES = (
    "\x00",
    "\ud800",
    "9" * 400,
    "1.2.3.4",
    "true",
    "[wsl2]",
    "=",
    "\r\r\n",
    "{",
    "/usr/local/cuda",
    "NaN",
    "rc1",
    " ",
)
texts = st.lists(st.one_of(st.text(max_size=20), st.sampled_from(PIECES)), max_size=8).map("".join)
plain = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(-(2**70), 2**70), st.floats(), texts),
    lambda inner: st.one_of(
        st.lists(inner, max_size=3),
        st.dictionaries(
            st.sampled_from(
                ["kind", "real", "target", "free", "total", "version", "values", "subkeys", "init", "gpus", "capability",
                 "memory", "driver", "api", "files", "used", "uid", "machine", "time", "id", "name", "x"]
            ),
            inner,
            max_size=5,
        ),
    ),
    max_leaves=8,
)  # fmt: skip
any_answer: st.SearchStrategy[Answer] = st.one_of(
    st.builds(Absent),
    st.builds(Unknown, st.sampled_from(["timed_out", "denied", "crashed", "failed"]), texts),
    st.builds(Value, plain),
    st.builds(Content, st.one_of(st.binary(max_size=60), texts.map(lambda t: t.encode("utf-8", "replace")))),
    st.builds(Ran, st.integers(-40, 300), st.binary(max_size=60), st.binary(max_size=30)),
)


def look(side: Any, answers: Answers, folder: str = "/home/user/train") -> None:
    facts = read_facts(side, answers, folder)
    findings = judge(facts, CHECKS, CAUSES)
    broken = [finding.title for finding in findings if finding.slug == "check-crashed"]
    assert broken == []


@settings(max_examples=250, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
@given(st.dictionaries(st.sampled_from(IDS), any_answer, max_size=25), st.sampled_from(["wsl", "linux"]))
def test_no_answer_breaks_a_look(found: dict[str, Answer], side: str) -> None:
    look(side, tidy(Answers(found)))


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
@given(st.dictionaries(st.sampled_from([i for i in IDS if i.startswith("windows.")]), any_answer, max_size=12))
def test_no_answer_breaks_the_windows_half(found: dict[str, Answer]) -> None:
    read_windows(tidy(Answers(found)), Visit(None, None))


@settings(max_examples=120, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.sampled_from(IDS), any_answer)
def test_one_odd_answer_on_a_healthy_machine(want_id: str, answer: Answer) -> None:
    look("wsl", Answers({**HEALTHY, want_id: answer}))


def _healthy() -> dict[str, Answer]:
    document = load_document(RECORDINGS / "healthy-wsl.json")
    return {key: decode_answer(value, key) for key, value in document["answers"].items()}


HEALTHY = _healthy()


@pytest.mark.parametrize("seed", range(40))
def test_a_torn_recording(seed: int) -> None:
    """Every answer's text is cut somewhere, as a terminal cuts it."""
    dice = random.Random(seed)
    document = load_document(RECORDINGS / "healthy-wsl.json")
    torn: dict[str, Answer] = {}
    for key, value in document["answers"].items():
        text = json.dumps(value)
        cut = text[: dice.randrange(len(text) + 1)] if dice.random() < 0.5 else text
        try:
            torn[key] = decode_answer(json.loads(cut), key)
        except ValueError:
            torn[key] = Content(cut.encode())
    look("wsl", Answers(torn))
