"""Write src/wslgpu/knowledge/compat.json from compat.toml: run it after every change of the table.

python docs/make_compat_json.py
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

TABLE = Path(__file__).resolve().parents[1] / "src" / "wslgpu" / "knowledge" / "compat.toml"


def render_table(toml: str) -> str:
    """The table as JSON, a row a line, so that a change of one row is a change of one line; dates as ISO texts."""
    table = tomllib.loads(toml)
    lines = [f"{json.dumps(name)}: {_render(value)}" for name, value in table.items()]
    return "{\n" + ",\n".join(lines) + "\n}\n"


def _render(value: object) -> str:
    if isinstance(value, list) and value and isinstance(value[0], dict):
        return "[\n" + ",\n".join(" " + _render(row) for row in value) + "\n]"
    return json.dumps(value, default=str, ensure_ascii=False, sort_keys=True)


if __name__ == "__main__":
    TABLE.with_suffix(".json").write_text(render_table(TABLE.read_text(encoding="utf-8")), encoding="utf-8")
