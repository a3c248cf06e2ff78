"""`wslgpu team sources`: wslgpu itself as one archive, for machines that have none yet."""

from __future__ import annotations

from pathlib import Path

import click

from wslgpu.cli import exit_codes
from wslgpu.errors import UserError


@click.command("sources", short_help="Write wslgpu's own sources as an archive.")
@click.option("-o", "--output", type=click.Path(path_type=Path), required=True, help="The archive to write (.tar.gz).")
def sources(output: Path) -> int:
    """Write this wslgpu's own sources as an archive; `sh provision/ubuntu.sh` in it installs them.

    The same wslgpu always gives the same bytes. provision/fleet carries it to every machine.

    \b
    Example:
      wslgpu team sources -o wslgpu.tar.gz
    """
    from wslgpu.apply.carry import pack_sources

    try:
        output.write_bytes(pack_sources())
    except OSError as error:
        raise UserError(f"cannot write {output}: {error.strerror or error}; name another file") from None
    click.echo(f"wrote {output}; there: tar -xzf {output.name} && sh provision/ubuntu.sh --yes", err=True)
    return exit_codes.OK
