"""`wslgpu tune`: which way of making batches is fastest, for this Sequence on this machine?"""

from __future__ import annotations

import json
from pathlib import Path

import click

from wslgpu import __version__
from wslgpu.cli import exit_codes
from wslgpu.cli.files import put_out, write_output
from wslgpu.cli.target import check_arguments, check_target, find_user_python
from wslgpu.errors import UserError


@click.command("tune")
@click.argument("target", metavar="MODULE:NAME")
@click.argument("folder", metavar="[DIR]", default=".", type=click.Path(path_type=Path))
@click.option("--model", default="", metavar="MODULE:NAME", help="A compiled model, or a function that returns one.")
@click.option("--args", "arguments", default="", metavar="LITERALS", help="Arguments for NAME, as in a call.")
@click.option("--python", metavar="PATH", help="The interpreter; else DIR's .venv, the active one, python3.")
@click.option("--seconds", type=click.FloatRange(10, 3600), default=30.0, show_default=True, help="In all.")
@click.option("--format", "form", type=click.Choice(["text", "json"]), default="text", show_default=True)
@click.option("-o", "--output", type=click.Path(path_type=Path), help="A picture of who waits for whom: .html or .svg.")
def command(
    target: str,
    folder: Path,
    model: str,
    arguments: str,
    python: str | None,
    seconds: float,
    form: str,
    output: Path | None,
) -> int:
    """Measure the Sequence NAME of MODULE (in DIR) inside `fit`, and say with how many threads or processes to run it.

    Without --model the step does nothing, and the answer is the fastest input; with it, what the training needs.

    \b
    Example:
      wslgpu tune data.pictures:MySequence ~/train --args '"train.csv", batch_size=8' --model train:build_model
      wslgpu tune train.py:make_sequence -o waiting.html
    """
    check_target(target)
    if model:
        check_target(model)
    check_arguments(arguments)
    if output is not None and output.suffix not in (".html", ".svg"):
        raise UserError(f"-o {output}: name a file that ends in .html or .svg")
    project = Path(folder).expanduser().absolute()
    interpreter = find_user_python(project, python)
    from wslgpu.training.tune import run_tune
    from wslgpu.training.tune_text import as_document, fails, render_tuning

    tuning = run_tune(
        interpreter,
        target,
        model=model,
        arguments=arguments,
        project=project,
        seconds=seconds,
        on_progress=lambda text: click.echo(f"tune: {text}", err=True),
    )
    if fails(tuning):
        code = exit_codes.FAILED
    else:
        code = exit_codes.OK if tuning.choice is not None else exit_codes.INCONCLUSIVE
    if output is not None and tuning.choice is not None:
        from wslgpu.training.tune_picture import render_html, render_svg

        write_output(output, render_html(tuning) if output.suffix == ".html" else render_svg(tuning))
    if form == "json":
        text = json.dumps(as_document(tuning, __version__, code), indent=2, ensure_ascii=False)
    else:
        text = render_tuning(tuning)
    put_out(text + "\n", form, None)
    return code
