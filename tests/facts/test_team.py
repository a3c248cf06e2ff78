"""A team's wslgpu.toml."""

from __future__ import annotations

import json
from dataclasses import fields
from pathlib import Path

import jsonschema
import pytest

from wslgpu.facts.team import KEYS, Team, TeamFault, read_team, schema
from wslgpu.plan.desired import Desired, with_team

GOOD = """
[environment]
tensorflow = "2.20"
python = "3.12"
profile = "cpu"
packages = ["pandas>=2"]
[network]
index-variable = "TEAM_INDEX"
"""


def test_a_good_file_is_read():
    assert read_team(GOOD) == Team("2.20", "3.12", "cpu", ("pandas>=2",), "TEAM_INDEX", None)
    assert read_team(None) == Team()


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("[environment]\ntensorfow = '2'", "environment.tensorflow"),
        ("[enviroment]\ntensorflow = '2'", "environment.tensorflow"),
        ("tensorflow = '2'", "tensorflow"),
        ("[environment]\ntensorflow = 2.21", "environment.tensorflow"),
        ("[environment]\npackages = 'pandas'", "list of strings"),
        ("[environment]\nprofile = 'tpu'", "auto, gpu or cpu"),
        ("[environment", "not TOML"),
    ],
)
def test_a_wrong_file_is_a_fault_that_names_the_key(text, names):
    fault = read_team(text)
    assert isinstance(fault, TeamFault)
    assert names in fault.sentence


def test_the_command_line_wins_over_the_team():
    team = read_team(GOOD)
    assert isinstance(team, Team)
    merged = with_team(Desired("/x", tensorflow="2.21"), team)
    assert (merged.tensorflow, merged.python, merged.profile) == ("2.21", "3.12", "cpu")
    assert ("UV_DEFAULT_INDEX", "TEAM_INDEX") in merged.variables


def test_every_field_has_a_key_and_the_published_schema_is_this_one():
    assert {field for field, _, _ in KEYS.values()} == {field.name for field in fields(Team)}
    published = Path(__file__).resolve().parents[2] / "docs/wslgpu.schema.json"
    assert json.loads(published.read_text()) == schema()
    jsonschema.Draft202012Validator.check_schema(schema())


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("[machine]\nwindows-build = '22631'", "machine.windows-build must be a whole number"),
        ("[machine]\nwindows-build = true", "machine.windows-build must be a whole number"),
        ("[machine]\ndriver = 'newest'", "machine.driver is 'newest'; it says the oldest NVIDIA driver"),
        ('[machine]\ndistribution = "Ubuntu\\nkernel=x"', "machine.distribution is"),
        ("[wslconfig]\nmemory = 24", "wslconfig.memory must be a string"),
        ('[wslconfig]\nmemory = "24GB\\nkernel=C:\\\\evil"', "wslconfig.memory is"),
        ("[wslconfig]\nmemroy = '24GB'", "did you mean wslconfig.memory?"),
    ],
)
def test_what_goes_into_windows_files_is_checked_first(text: str, says: str) -> None:
    told = read_team(text)
    assert isinstance(told, TeamFault)
    assert says in told.sentence


def test_values_of_wslconfig() -> None:
    told = read_team('[wslconfig]\nmemory = "24GB"\nprocessors = 8\nvmIdleTimeout = -1\n[machine]\ndriver = "560.94"')
    assert isinstance(told, Team)
    assert told.wslconfig == {"wsl2.memory": "24GB", "wsl2.processors": "8", "wsl2.vmIdleTimeout": "-1"}
    assert (told.least_driver, told.least_build) == ("560.94", None)
