"""compat.json is compat.toml, read faster."""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path
from types import ModuleType

from wslgpu.knowledge.plain_versions import key_of
from wslgpu.knowledge.table import load_table

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

TOP = Path(__file__).parents[2]
TABLE = TOP / "src" / "wslgpu" / "knowledge" / "compat.toml"


def load_maker() -> ModuleType:
    spec = importlib.util.spec_from_file_location("make_compat_json", TOP / "docs" / "make_compat_json.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_it_was_made_from_the_table_as_it_stands() -> None:
    made = load_maker().render_table(TABLE.read_text(encoding="utf-8"))
    assert TABLE.with_suffix(".json").read_text(encoding="utf-8") == made, "run python docs/make_compat_json.py"


def test_what_is_read_is_the_table_dates_and_all() -> None:
    assert load_table() == tomllib.loads(TABLE.read_text(encoding="utf-8"))


def test_plain_versions_compare_as_numbers() -> None:
    assert key_of("12.10") > key_of("12.9")
    assert key_of("12.0") == key_of("12")
    assert key_of("2.9.1") < key_of("2.10")
