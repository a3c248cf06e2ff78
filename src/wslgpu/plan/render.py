"""The one place that renders templates: jinja2, where a name that is not given is an error."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

from wslgpu.packaged import packaged_folder

if TYPE_CHECKING:
    from jinja2 import Environment


def render(template: str, *, over: str | None = None, **values: object) -> str:
    """The text of templates/<template>; of <over>/<template> where that folder has one."""
    return _environment(over).get_template(template).render(**values)


@cache
def _environment(over: str | None) -> Environment:
    from jinja2 import Environment, FileSystemLoader, StrictUndefined

    # Text files, not pages: nothing is escaped.
    return Environment(
        loader=FileSystemLoader([*([over] if over else []), packaged_folder("templates")]),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
        autoescape=False,
    )
