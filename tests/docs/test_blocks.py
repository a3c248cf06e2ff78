"""No command on a page is made up: each is run, or says why not; each names a command that is there, with real options."""

from __future__ import annotations

import ast
import json
import os
import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

import click
import pytest

from tests.docs.blocks import SHELLS, TOP, Block, commands_of, every_block, pages, read_blocks
from wslgpu.checks.catalog import load_doc, slugs
from wslgpu.cli.main import COMMANDS, program
from wslgpu.facts.team import Team
from wslgpu.output.text_report import show_command
from wslgpu.plan.onboarding import Subject, render_onboarding

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

BLOCKS = every_block()
TYPED = [block for block in BLOCKS if block.language in SHELLS]
linux = pytest.mark.skipif(sys.platform != "linux", reason="the blocks are for Ubuntu")


def name(block: Block) -> str:
    return f"{block.page}:{block.line}"


@pytest.mark.parametrize("block", TYPED, ids=name)
def test_commands_say_how_they_are_tried(block: Block) -> None:
    known = ("here", "bed", "bed, with --yes")
    assert block.how, f"{name(block)}: say above the block how it is tried (tests/docs/blocks.py tells how)"
    if not block.runs:
        assert len(block.how) > 15, "a reason"
    elif block.how not in known:
        test = (TOP / block.how).read_text(encoding="utf-8")
        assert all(word in test for line in commands_of(block.text) for word in shlex.split(line)[:2]), block.text


@pytest.mark.parametrize("block", [block for block in BLOCKS if block.language not in SHELLS], ids=name)
def test_what_is_read_is_what_it_says(block: Block) -> None:
    if block.language == "json":
        json.loads(block.text)
    elif block.language == "toml":
        tomllib.loads(block.text)
    elif block.language == "python":
        ast.parse(block.text)
    else:
        assert block.language in ("text", "console", "yaml", "ini", ""), f"{name(block)}: {block.language}"
        assert block.language or "wslgpu " not in block.text, (
            f"{name(block)}: name its language: sh, powershell or text"
        )


@linux
@pytest.mark.parametrize("block", [block for block in TYPED if block.language != "powershell"], ids=name)
def test_sh_reads_it(block: Block) -> None:
    done = subprocess.run(
        [shutil.which("bash") or "sh", "-n", "-c", block.text], capture_output=True, text=True, timeout=30, check=False
    )
    assert (done.returncode, done.stderr) == (0, "")


def wslgpu_lines() -> list[tuple[str, str]]:
    """Where and what: commands of wslgpu in blocks, in shown sessions, and between single backticks."""
    found = [(name(block), line) for block in TYPED for line in commands_of(block.text)]
    found += [
        (name(block), line[2:])
        for block in BLOCKS
        if block.language in ("console", "text")
        for line in block.text.splitlines()
        if line.startswith("$ ")
    ]
    for path in pages():
        text = re.sub(r"^ *```.*?^ *```", "", path.read_text(encoding="utf-8"), flags=re.M | re.S)
        found += [(path.name, span) for span in re.findall(r"`(wslgpu [^`]+)`", text)]
    page = onboarding()
    found += [("onboarding page", line) for block in page for line in commands_of(block.text)]
    return [(where, line) for where, line in found if re.match(r"(\S*/)?wslgpu\s", line)]


def onboarding() -> list[Block]:
    subject = Subject("our-project", Team(profile="gpu", tensorflow="2.21.0"), remote="https://git.example.org/p.git")
    text = render_onboarding(subject, today="2026-01-01", show=show_command)
    return [block for block in read_blocks(text, "onboarding") if block.language in SHELLS]


# What stands in words for something else: no command line to parse.
FORMS = re.compile(r"\b(DIR|COMMAND|SLUG|MODULE:NAME|FOLDER|WORD|FILE|\.\.\.|init\|\w+)|\.\.\.|\|\w+")


@pytest.mark.parametrize(("where", "line"), wslgpu_lines(), ids=lambda value: value[:60])
def test_wslgpu_has_that_command_and_those_options(where: str, line: str) -> None:
    line = re.sub(r"\s+(>|<|\|)\s.*$", "", line.partition(" # ")[0])
    words = shlex.split(line)[1:]
    if not words or words[0].startswith("-"):
        return
    if FORMS.search(line):
        assert words[0] in COMMANDS or not words[0].islower(), f"{where}: {line}"
        options = [word for word in words if word.startswith("--") and len(word) > 2]
        command = program.get_command(click.Context(program), words[0])
        if command is not None and not isinstance(command, click.Group):
            known = {option for parameter in command.params for option in (*parameter.opts, *parameter.secondary_opts)}
            assert {option.partition("=")[0].split("|")[0] for option in options} <= known | {"--help"}, (
                f"{where}: {line}"
            )
        return
    assert words[0] in COMMANDS, f"{where}: there is no wslgpu {words[0]}"
    parse(words, where)


def parse(words: list[str], where: str) -> None:
    """As click would, without doing it."""
    command: click.Command | None = program
    context = click.Context(program, info_name="wslgpu")
    while isinstance(command, click.Group) and words and not words[0].startswith("-"):
        command, words = command.get_command(context, words[0]), words[1:]
    assert command is not None, where
    if isinstance(command, click.Group):
        return
    try:
        with command.make_context("x", list(words), parent=context):
            pass
    except click.exceptions.Exit:
        return
    except click.UsageError as error:
        # `wslgpu audit`, `wslgpu smoke --hosts`: names in a sentence, without what belongs to them
        named = isinstance(error, click.MissingParameter) or "requires an argument" in error.format_message()
        if not named:
            pytest.fail(f"{where}: {words}: {error.format_message()}")


@pytest.mark.parametrize("slug", slugs())
def test_a_findings_remedies_are_commands(slug: str) -> None:
    doc = load_doc(slug)
    for remedy in (*doc.remedies, *(doc.windows.remedies if doc.windows else ())):
        for argv in (remedy.argv, remedy.verify):
            if not argv or remedy.where == "browser":
                continue
            if argv[0] == "wslgpu" and not any("{" in word for word in argv):
                assert argv[1] in COMMANDS
                parse(list(argv[1:]), slug)
        if remedy.where == "ubuntu":
            assert shlex.split(show_command(remedy))


@linux
@pytest.mark.parametrize("block", [block for block in TYPED if block.how == "here"], ids=name)
def test_it_runs_here(block: Block, tmp_path: Path) -> None:
    bin_folder = tmp_path / "bin"
    bin_folder.mkdir()
    launcher = bin_folder / "wslgpu"
    launcher.write_text(f'#!/bin/sh\nexec "{sys.executable}" -m wslgpu "$@"\n', encoding="utf-8")
    launcher.chmod(0o755)
    for folder in ("wslgpu-train", "our-project"):
        (tmp_path / folder).mkdir()
    env = {**os.environ, "HOME": str(tmp_path), "PATH": f"{bin_folder}:{os.environ['PATH']}"}
    done = subprocess.run(
        ["bash", "-ec", block.text],
        cwd=tmp_path,
        env=env,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, f"{block.text}\n{done.stdout[-1500:]}{done.stderr[-1500:]}"
