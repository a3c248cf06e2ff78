"""Patches that can do no harm, as unified diffs: the call of super().__init__, and the lock that is not taken. Pure."""

from __future__ import annotations

import ast
import difflib

from wslgpu.training.audit_classes import Class
from wslgpu.training.audit_source import Source


def patch_super(source: Source, cls: Class) -> str:
    """The class with `super().__init__(**kwargs)` first in its __init__, which then takes **kwargs. "": cannot tell."""
    init = _find_method(source, cls, "__init__")
    if init is None or not init.body:
        return ""
    lines = source.text.splitlines(keepends=True)
    named = init.args.kwarg.arg if init.args.kwarg else "kwargs"
    first = init.body[0]
    at = first.lineno - 1
    if isinstance(first, ast.Expr) and isinstance(first.value, ast.Constant) and isinstance(first.value.value, str):
        at = first.end_lineno or first.lineno  # after the docstring
    if first.lineno == init.lineno:
        return ""  # all in one line
    lines.insert(at, f"{' ' * first.col_offset}super().__init__(**{named})\n")
    if init.args.kwarg is None:
        head = "".join(lines[init.lineno - 1 : first.lineno - 1])
        closing = head.rfind("):") if "):" in head else head.rfind(") ->")
        if closing < 0 or "#" in head:
            return ""
        before = head[:closing].rstrip()
        comma = "" if before.endswith(("(", ",")) else ","
        gap = " " if comma or before.endswith(",") else ""
        head = before + f"{comma}{gap}**kwargs" + head[closing:]
        lines[init.lineno - 1 : first.lineno - 1] = head.splitlines(keepends=True)
    return _diff(source, "".join(lines))


def patch_lock(source: Source, cls: Class) -> str:
    """`__next__` with its bare `return next(...)` under the lock that the class has. "": it is not that simple."""
    method = _find_method(source, cls, "__next__")
    if method is None or not cls.lock_lines:
        return ""
    body = [item for item in method.body if not (isinstance(item, ast.Expr) and isinstance(item.value, ast.Constant))]
    if not body:
        return ""
    lock = next(iter(cls.lock_lines))
    first, last = body[0], body[-1]
    if first.lineno == method.lineno:
        return ""
    lines = source.text.splitlines(keepends=True)
    start, end = first.lineno - 1, last.end_lineno or last.lineno
    indent = " " * first.col_offset
    inner = ["    " + line if line.strip() else line for line in lines[start:end]]
    lines[start:end] = [f"{indent}with self.{lock}:\n", *inner]
    return _diff(source, "".join(lines))


def _find_method(source: Source, cls: Class, name: str) -> ast.FunctionDef | None:
    for node in ast.walk(ast.parse(source.text)):
        if isinstance(node, ast.ClassDef) and node.name == cls.name and node.lineno == cls.line:
            for item in node.body:
                if isinstance(item, ast.FunctionDef) and item.name == name:
                    return item
    return None


def _diff(source: Source, patched: str) -> str:
    try:
        ast.parse(patched)
    except SyntaxError:
        return ""
    name = source.path.replace("\\", "/").rsplit("/", 1)[-1]
    lines = difflib.unified_diff(
        source.text.splitlines(keepends=True), patched.splitlines(keepends=True), f"a/{name}", f"b/{name}"
    )
    return "".join(line if line.endswith("\n") else line + "\n" for line in lines)
