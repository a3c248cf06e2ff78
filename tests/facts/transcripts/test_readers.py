"""Each reader on the transcripts of cases.py: read right, dressed as pastes are, and nothing taken for one."""

from __future__ import annotations

import pytest

from tests.facts.transcripts.cases import CASES
from tests.facts.transcripts.cases_machine import MACHINE_CASES, NVIDIA_TABLE
from tests.facts.transcripts.cases_training import TRAINING_CASES
from tests.facts.transcripts.cases_wsl import WSL_CASES
from wslgpu.facts.transcripts import facts_of, recognize


@pytest.mark.parametrize("name", list(CASES))
def test_reads(name: str) -> None:
    kind, text, expect = CASES[name]
    facts = [item.facts for item in recognize(text) if item.kind == kind]
    assert facts, f"not recognized: {[item.kind for item in recognize(text)]}"
    assert {key: facts[0].get(key) for key in expect} == expect


def test_no_name_stands_in_two_files() -> None:
    assert len(CASES) == sum(map(len, (WSL_CASES, MACHINE_CASES, TRAINING_CASES)))


NOTHING = {
    "empty": "",
    "prose": "I installed everything on my laptop and it does not work, please help. Thank you!",
    "prose with numbers": "Version 2 of our plan, step 3: buy 16 GB. WSL is fine, kernel panic on 12.5.2024 though.",
    "code": "import os\nfor i in range(10):\n    print(i)\n",
    "failure step": "The thing failed to start. Error code: 6, failure step: 2",
    "list online": "NAME            FRIENDLY NAME\nUbuntu          Ubuntu\nDebian          Debian GNU/Linux\n",
    "ini": "[wsl2]\nmemory=8GB\nprocessors: 2\n",
    "ip addresses": "inet 172.20.10.2/20 brd 172.20.15.255 scope global eth0\n",
    "json": '{"name": "qux", "version": "1.2.3", "default": 2}',
    "addresses": "segfault at 0x80001234 ip 0x8fffffff in qux",
    "advice": "Run wsl --update to get WSL 2; nothing was not found.",
    "chinese": "今天天气很好，我们去公园吧。版本：没有",
}


@pytest.mark.parametrize("name", list(NOTHING))
def test_what_is_none_of_these_is_not_taken_for_one(name: str) -> None:
    assert recognize(NOTHING[name]) == []


def test_several_transcripts_in_one_paste_are_all_found() -> None:
    names = ["build, banner of an invented language", "version, unknown language", "smi, table", "log, libcuda missing",
             "kernel, custom", "list, names of all kinds, no header"]  # fmt: skip
    text = "\n\n".join(CASES[name][1] for name in names)
    found = {item.kind: item.facts for item in recognize(text)}
    for name in names:
        kind, _, expect = CASES[name]
        assert {key: found[kind].get(key) for key in expect} == expect, name


def test_two_outputs_of_nvidia_smi_are_two() -> None:
    other = NVIDIA_TABLE.replace("572.22", "560.10")
    found = [item.facts["driver"] for item in recognize(NVIDIA_TABLE + "\n" + other) if item.kind == "nvidia-smi"]
    assert found == ["572.22", "560.10"]


def test_facts_of_refuses_what_is_no_reading() -> None:
    with pytest.raises(TypeError):
        facts_of("text")


DRESSES = {
    "indented": lambda line: "      " + line,
    "quoted": lambda line: "> " + line,
    "commented": lambda line: "// " + line,
    "logged": lambda line: "2026-01-02 03:04:05,678 INFO  " + line,
    "logged in brackets": lambda line: "[2026-01-02T03:04:05.678Z] " + line,
    "coloured": lambda line: f"\x1b[33m{line}\x1b[0m",
    "padded": lambda line: line + "    ",
}


@pytest.mark.parametrize("dress", list(DRESSES))
@pytest.mark.parametrize("name", [name for name in CASES if CASES[name][1].strip().count("\n") >= 2])
def test_what_stands_around_the_lines_does_not_matter(name: str, dress: str) -> None:
    kind, text, expect = CASES[name]
    dressed = "\n".join(DRESSES[dress](line) for line in text.rstrip("\n").split("\n"))
    facts = [item.facts for item in recognize(dressed) if item.kind == kind]
    assert facts, dressed
    assert {key: facts[0].get(key) for key in expect} == expect


@pytest.mark.parametrize("wrap", ["```\n{}\n```", "<pre>{}</pre>", "Hello,\nthis is what I see:\n\n{}\nThank you."])
@pytest.mark.parametrize("name", ["version, unknown language", "smi, table", "log, libcuda missing", "kernel, custom"])
def test_what_stands_around_the_text_does_not_matter(name: str, wrap: str) -> None:
    kind, text, expect = CASES[name]
    facts = [item.facts for item in recognize(wrap.format(text)) if item.kind == kind]
    assert facts
    assert {key: facts[0].get(key) for key in expect} == expect


@pytest.mark.parametrize(
    "text",
    [
        "name: review\nstandardVersion: 2\n",
        '{"default_version": 2}',
        "maxStandardVersion: 2,\n",
        "segfault at 0x80000001 ip 00007f error 4 in foo.so",
    ],
)
def test_what_only_looks_like_it_is_nothing(text: str) -> None:
    assert recognize(text) == []


def test_the_old_wsls_praise_of_the_store_does_not_say_that_no_distribution_is_installed() -> None:
    text = "Qux xo https://aka.ms/wslstoreinfo frob.\n\nWelcome to Ubuntu 22.04.1 LTS (GNU/Linux 4.4.0-22621-Microsoft x86_64)\n"
    assert [item.kind for item in recognize(text)] == ["kernel"]
