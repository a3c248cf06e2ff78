"""`wslgpu smoke`: train on a Sequence through fork, and show that it worked."""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from wslgpu import __version__
from wslgpu.cli import exit_codes
from wslgpu.cli.files import put_out
from wslgpu.errors import UserError

if TYPE_CHECKING:
    from wslgpu.training.smoke import SmokeResult

EXIT_CODES = {"ok": exit_codes.OK, "fail": exit_codes.FAILED, "unknown": exit_codes.INCONCLUSIVE}
FORMATS = ("text", "json", "markdown", "html")
SCRIPT = Path(__file__).resolve().parent.parent / "training" / "standalone_smoke.py"


@click.command("smoke")
@click.argument("folder", metavar="[DIR]", default=".", type=click.Path(path_type=Path))
@click.option(
    "--device",
    type=click.Choice(["auto", "gpu", "cpu"]),
    default="auto",
    show_default=True,
    help="auto: the GPU where TensorFlow sees one.",
)
@click.option("--deadline", type=click.FloatRange(min=1), default=300.0, show_default=True, help="In seconds.")
@click.option("--workers", type=click.IntRange(2, 64), default=2, show_default=True, help="Processes making batches.")
@click.option(
    "--kernels/--no-kernels",
    default=None,
    help="First compare matmul, conv2d and an XLA function with numpy; by default where a GPU is expected.",
)
@click.option("--hosts", metavar="HOST[:PORT],...", help="Train over several machines; run it on each.")
@click.option("--index", type=click.IntRange(0), metavar="N", help="Which of the hosts this machine is, from 0.")
@click.option(
    "--compare", is_flag=True, help="Also measure the other ways of making batches; the verdict does not hang on them."
)
@click.option("--format", "form", type=click.Choice(FORMATS), default="text", show_default=True)
@click.option("-o", "--output", type=click.Path(path_type=Path), help="Write the report to a file.")
@click.option("--script", is_flag=True, help="Write a script that shows the same without wslgpu, and do nothing else.")
def command(
    folder: Path,
    device: str,
    deadline: float,
    workers: int,
    kernels: bool | None,
    hosts: str | None,
    index: int | None,
    compare: bool,
    form: str,
    output: Path | None,
    script: bool,
) -> int:
    """Train a small model in DIR's environment, in one process and through fork, and show that both are the same.

    The data is synthetic. Nothing is downloaded and nothing stays behind.

    \b
    Example:
      wslgpu smoke ~/train
      wslgpu smoke --device gpu --format json > smoke.json
      wslgpu smoke --compare --format html -o smoke.html
      wslgpu smoke --hosts alpha,beta --index 0     (and on beta: --index 1)
      wslgpu smoke --script > show.py
    """
    if script:
        click.echo(SCRIPT.read_text(encoding="utf-8"), nl=False)
        return exit_codes.OK
    python = find_python(folder)
    if hosts is not None:
        from wslgpu.cli.smoke_hosts import run_hosts

        return run_hosts(python, hosts, index, device, workers, deadline, form)
    from wslgpu.training.smoke import run_smoke

    result = run_smoke(
        python,
        want_device=device,  # type: ignore[arg-type]  # click has checked it
        deadline_s=deadline,
        workers=workers,
        kernels=kernels,
        compare=compare,
        on_progress=lambda text: click.echo(f"smoke: {text}", err=True),
    )
    code = EXIT_CODES[result.status]
    show(result, code, form, output)
    return code


def show(result: SmokeResult, code: int, form: str, output: Path | None) -> None:
    """Render in the wanted format, to the wanted place; a renderer is imported when it is used."""
    from wslgpu.training.smoke_document import as_document

    document = as_document(result, __version__, code)
    if form == "text":
        from wslgpu.output.glyphs import UNICODE, glyphs_for
        from wslgpu.training.smoke_text import render_smoke

        text = render_smoke(result, UNICODE if output else glyphs_for(sys.stdout.encoding)) + "\n"
    elif form == "json":
        text = json.dumps(document, indent=2, ensure_ascii=False) + "\n"
    elif form == "markdown":
        from wslgpu.output.smoke_markdown import render_markdown

        text = render_markdown(document)
    else:
        from wslgpu.output.smoke_html import render_html

        text = render_html(document)
    put_out(text, form, output)


def find_python(folder: Path) -> Path:
    """DIR's own python. UserError where DIR has none; links are left as they are, for they are what makes it a venv."""
    if sys.platform == "win32":
        raise UserError("the smoke trains through fork, which Windows does not have; run this command in Ubuntu")
    folder = folder.expanduser()
    if not folder.is_dir():
        raise UserError(f"{folder} is not a folder; name the folder that `wslgpu setup` made")
    venv = folder / ".venv"
    python = Path(os.path.abspath(venv)) / "bin" / "python"  # noqa: PTH100  (resolve() would follow the link)
    if python.exists():
        return python
    if venv.is_symlink() and not venv.exists():
        raise UserError(f"{venv} leads nowhere; make the environment anew with: wslgpu setup {folder}")
    raise UserError(f"{folder} has no environment (.venv/bin/python); make one with: wslgpu setup {folder}")
