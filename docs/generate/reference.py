"""The reference of every command, read off the command line itself."""

from __future__ import annotations

import inspect
from collections.abc import Iterator

import click

from wslgpu.cli.main import program

INTRODUCTION = """# Commands

Made from the command line itself, so it says what `--help` says. `wslgpu COMMAND --help` shows the same offline.

"""


def render_reference() -> str:
    """The page: every command and every command of a group, in the order of `wslgpu --help`."""
    context = click.Context(program, info_name="wslgpu")
    epilog = program.epilog or ""
    return INTRODUCTION + epilog + "\n" + "".join(_command(context, program))


def walk(context: click.Context, group: click.Group) -> Iterator[tuple[str, click.Command, click.Context]]:
    """Each command with its full name, depth first."""
    for name in group.list_commands(context):
        command = group.get_command(context, name)
        assert command is not None
        inner = click.Context(command, info_name=name, parent=context)
        yield inner.command_path, command, inner
        if isinstance(command, click.Group):
            yield from walk(inner, command)


def _command(context: click.Context, group: click.Group) -> Iterator[str]:
    for path, command, inner in walk(context, group):
        words, _, example = inspect.cleandoc(command.help or "").partition("\b\nExample:\n")
        level = "##" if path.count(" ") == 1 else "###"
        yield f"\n{level} {path}\n\n{words.strip()}\n"
        usage = " ".join(command.collect_usage_pieces(inner))
        yield f"\n```text\nUsage: {path} {usage}\n```\n"
        if example:
            yield f"\nExample:\n\n```console\n{inspect.cleandoc(example).strip()}\n```\n"
        rows = [row for parameter in command.get_params(inner) if (row := _option(parameter, inner))]
        if rows:
            yield "\n| option | what it does |\n|---|---|\n" + "\n".join(rows) + "\n"


def _option(parameter: click.Parameter, context: click.Context) -> str:
    record = parameter.get_help_record(context)
    if record is None:
        return ""
    name, words = (text.replace("\n", " ") for text in record)
    # Between backticks a bar is no end of a cell; elsewhere it has to be escaped.
    return f"| `{name}` | {words.replace('|', chr(92) + '|')} |" if words else ""
