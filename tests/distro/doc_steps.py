"""The commands of the pages as steps of a bed: what is marked `run: bed` there, in the pages' own order."""

from __future__ import annotations

from shlex import quote

from tests.distro.scenario import Scenario, Step
from tests.docs.blocks import Block, every_block

PAGES = ("docs/start.md", "docs/onboarding.md")
SAYS = {"provision/ubuntu.sh": ("smoke passed",), "wslgpu smoke": ("smoke passed",), "first_training.py": ("accuracy",)}
# That a notebook's kernel really starts, imports TensorFlow and is the environment's own.
KERNEL = """
import glob, json, os
from jupyter_client.manager import start_new_kernel
name = os.path.basename(glob.glob(os.path.expanduser("~/.local/share/jupyter/kernels/wslgpu-*"))[0])
manager, client = start_new_kernel(kernel_name=name, startup_timeout=300)
said = []
hook = lambda message: said.append(message["content"].get("text", ""))
client.execute_interactive("import sys, tensorflow; print(sys.prefix, tensorflow.__version__)", timeout=300, output_hook=hook)
manager.shutdown_kernel(now=True)
print("a notebook says", "".join(said))
"""


def as_step(block: Block) -> Step:
    """One block in a shell of its own, as the user's login shell finds the commands."""
    text = block.text
    if block.with_yes:
        text = "".join(f"{line} --yes\n" for line in text.splitlines())
    says = tuple(word for key, words in SAYS.items() if key in text for word in words)
    command = f"cd {{checkout}} && PATH=$HOME/.local/bin:$PATH bash -ec {quote(text)}"
    return Step(f"{block.page}: {text.splitlines()[0]}", command, says=says)


def docs_scenario() -> Scenario:
    """A plain user with sudo follows the pages, and ends with an environment, settings and a kernel; then all goes."""
    blocks = [
        block
        for page in PAGES
        for block in every_block()
        if block.page == page and block.runs and block.how.startswith("bed")
    ]
    checks = (
        Step(
            "VS Code's settings name the environment",
            "grep -q .venv/bin/python {home}/wslgpu-train/.vscode/settings.json",
            deadline_s=300,
        ),
        Step(
            "a notebook runs in the environment",
            f"{{home}}/wslgpu-train/.venv/bin/python -c {quote(KERNEL)}",
            says=("/wslgpu-train/.venv 2.21.0",),
            deadline_s=600,
        ),
        Step(
            "setup has nothing to do",
            "{tool}/bin/wslgpu setup {home}/wslgpu-train",
            says=("nothing to do",),
            deadline_s=300,
        ),
        Step(
            "uninstall takes the editor's settings back, too",
            "{tool}/bin/wslgpu uninstall --yes {home}/wslgpu-train && [ ! -e {home}/wslgpu-train/.vscode ] "
            '&& [ -z "$(ls {home}/.local/share/jupyter/kernels)" ]',
            deadline_s=300,
        ),
    )
    return Scenario(
        "docs", "the commands of the pages, as they stand there", "trixie", (*map(as_step, blocks), *checks), sudo=True
    )
