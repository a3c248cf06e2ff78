"""provision/windows.ps1 is read by a real PowerShell grammar, and kept to what PowerShell 5.1 knows."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

SCRIPT = Path(__file__).parent.parent.parent / "provision" / "windows.ps1"


def parse(source: bytes) -> Any:
    tree_sitter = pytest.importorskip("tree_sitter", reason="tree-sitter is not installed (the extra dev has it)")
    grammar = pytest.importorskip("tree_sitter_powershell", reason="tree-sitter-powershell is not installed")
    language = tree_sitter.Language(grammar.language())
    return tree_sitter.Parser(language).parse(source).root_node


def nodes(root: Any) -> list[Any]:
    found = [root]
    for node in found:
        found += node.children
    return found


def test_the_grammar_notices_a_fault() -> None:
    assert parse(b"if ($a { 'b' }").has_error


def test_no_error_node() -> None:
    bad = [node for node in nodes(parse(SCRIPT.read_bytes())) if node.type == "ERROR" or node.is_missing]
    assert not bad, [(node.start_point, node.text[:60]) for node in bad]


def test_plain_ascii_so_that_no_code_page_matters() -> None:
    # PowerShell 5.1 reads a script without BOM in the ANSI code page.
    assert SCRIPT.read_bytes().isascii()


def test_nothing_that_5_1_lacks() -> None:
    code = re.sub(r"#.*|'[^'\n]*'", "", SCRIPT.read_text(encoding="ascii"))
    for newer in ("&&", "||", "??", "?.", "-Parallel", "ForEach-Object -Parallel"):
        assert newer not in code
    assert not re.search(r"\s\?\s[^:\n]+\s:\s", code), "the ternary came with PowerShell 7"


def test_the_command_is_found_by_its_name_afterwards() -> None:
    """winget brings uv, and uv tells nobody of the folder where wslgpu.exe lies. Doctor's exit code stays the script's."""
    code = SCRIPT.read_text(encoding="ascii")
    order = ["'tool', 'install'", "'tool', 'update-shell'", "wslgpu.exe\" (@('doctor') + $args)"]
    assert 0 < code.index(order[0]) < code.index(order[1]) < code.index(order[2])
    assert code.rstrip().endswith("exit $code")


def test_every_program_is_started_where_its_stderr_ends_nothing() -> None:
    """Without a console 'Stop' takes the first line that a program says on stderr for the end (PowerShell#3996)."""
    code = SCRIPT.read_text(encoding="ascii")
    calls = [node for node in nodes(parse(code.encode())) if node.type == "command_invokation_operator"]
    assert len(calls) == 1
    started = code.index("function Invoke-Program")
    assert started < code.index("$ErrorActionPreference = 'Continue'", started) < calls[0].start_byte
    assert calls[0].start_byte < code.index("\n}\n", started)


def test_uv_is_asked_for_no_path() -> None:
    """PowerShell 5.1 reads a program's answer in the console's code page: a user's name with an umlaut is lost."""
    code = re.sub(r"(?m)^\s*#.*$", "", SCRIPT.read_text(encoding="ascii"))
    assert "$env:UV_TOOL_BIN_DIR = $folder" in code
    assert not re.search(r"=\s*(&|Invoke-Program)", code)


def test_commands_are_known() -> None:
    commands = {
        node.text.decode()
        for node in nodes(parse(SCRIPT.read_bytes()))
        if node.type == "command_name" and not node.text.startswith((b"$", b'"'))
    }
    assert commands <= {
        *("Find-Uv", "Get-Source", "Invoke-Program", "Show-WaysToUv", "winget.exe"),
        *(
            "Get-ItemProperty",
            "Get-Command",
            "Select-Object",
            "Where-Object",
            "Sort-Object",
            "Get-ChildItem",
            "Test-Path",
            "Split-Path",
        ),
        "Write-Host",
    }


def test_changes_no_policy_and_asks_for_no_administrator() -> None:
    code = re.sub(r"(?m)^\s*#.*$", "", SCRIPT.read_text(encoding="ascii")).lower()
    for word in ("set-executionpolicy", "runas", "start-process", "invoke-expression", "iex ", "setx", "hklm:"):
        assert word not in code
