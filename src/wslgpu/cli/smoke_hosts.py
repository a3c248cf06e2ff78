"""`wslgpu smoke --hosts`: one training over several machines, or over several processes of this one."""

from __future__ import annotations

import sys
import threading
from pathlib import Path
from typing import TYPE_CHECKING

import click

from wslgpu import __version__
from wslgpu.cli import exit_codes
from wslgpu.errors import UserError
from wslgpu.system.peers import is_here

if TYPE_CHECKING:
    from wslgpu.training.smoke import SmokeResult
    from wslgpu.training.workers import Part

PORT = 29500
EXIT_CODES = {"ok": exit_codes.OK, "fail": exit_codes.FAILED, "unknown": exit_codes.INCONCLUSIVE}


def read_hosts(text: str) -> tuple[str, ...]:
    """ "a,b:4000" as ("a:29500", "b:4000"); a host that is named again gets the next port."""
    machines: list[str] = []
    for word in (part.strip() for part in text.split(",")):
        host, colon, port = word.rpartition(":") if not word.endswith("]") else (word, "", "")
        host = host if colon else word
        if not host or (colon and not (port.isdigit() and 0 < int(port) < 65536)):
            raise UserError(f"--hosts {text}: {word!r} is no host or host:port; such as --hosts alpha,beta:29500")
        number = int(port) if colon else PORT
        while f"{host}:{number}" in machines and not colon:
            number += 1
        machines.append(f"{host}:{number}")
    if len(machines) < 2 or len(set(machines)) < len(machines):
        raise UserError(f"--hosts {text}: name at least two hosts, each port once; such as --hosts alpha,beta")
    return tuple(machines)


def run_hosts(
    python: Path, hosts: str, index: int | None, device: str, workers: int, deadline: float, form: str
) -> int:
    """This machine's part; without an index, where all hosts are this machine, every part at once."""
    from wslgpu.training.workers import Part

    machines = read_hosts(hosts)
    if index is not None and index >= len(machines):
        raise UserError(f"--index {index}: there are {len(machines)} hosts, so it is one of 0 to {len(machines) - 1}")
    if index is None and not all(map(is_here, machines)):
        raise UserError(
            "--hosts names other machines: run the same command on each, at about the same time, with --index 0 on the"
            " first of them, --index 1 on the second and so on (provision/fleet/smoke.yml does it)"
        )
    wanted = range(len(machines)) if index is None else (index,)
    join_s = min(120.0, deadline / 2)
    parts = [Part(python, machines, one, device, workers, deadline, join_s) for one in wanted]
    results = run_parts(parts)
    codes = [EXIT_CODES[result.status] for result in results]
    code = next((code for code in (exit_codes.FAILED, exit_codes.INCONCLUSIVE) if code in codes), exit_codes.OK)
    show(parts, results, code, form)
    return code


def run_parts(parts: list[Part]) -> list[SmokeResult]:
    """All parts of this machine; those after the first in threads. A part that has failed ends the others soon."""
    from wslgpu.training.workers import run_worker

    stop = threading.Event()
    results: dict[int, SmokeResult | BaseException] = {}

    def run(part: Part) -> None:
        def say(text: str) -> None:
            click.echo(f"smoke: machine {part.index}: {text}", err=True)

        try:
            results[part.index] = run_worker(part, say, stop)
        except BaseException as error:  # raised again where it is seen
            results[part.index] = error
            stop.set()

    threads = [threading.Thread(target=run, args=(part,)) for part in parts[1:]]
    for thread in threads:
        thread.start()
    run(parts[0])
    for thread in threads:
        thread.join()
    for result in results.values():
        if isinstance(result, BaseException):
            raise result
    return [found for part in parts if not isinstance(found := results[part.index], BaseException)]


def show(parts: list[Part], results: list[SmokeResult], code: int, form: str) -> None:
    """One report of each part; as JSON one value, a list only where several parts ran here."""
    if form == "json":
        import json

        from wslgpu.training.smoke_document import as_document

        documents = [as_document(result, __version__, EXIT_CODES[result.status]) for result in results]
        value = documents[0] if len(documents) == 1 else {"machines": documents, "exit_code": code}
        text = json.dumps(value, indent=2, ensure_ascii=False) + "\n"
        sys.stdout.flush()
        sys.stdout.buffer.write(text.encode("utf-8"))
        return
    if form != "text":
        raise UserError(f"--hosts has its report as text and json, not as {form}")
    from wslgpu.training.workers_text import render_worker

    for part, result in zip(parts, results, strict=True):
        click.echo(render_worker(result, part.index))
