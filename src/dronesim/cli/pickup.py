"""The verb that shows pickup codes."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Annotated

import typer

from dronesim.cli.options import Json, KeyFile, Quiet, RunFolder, whole
from dronesim.cli.output import show, show_json, show_picture, tell


def code(
    folder: RunFolder,
    order: Annotated[int, whole("--order", least=0, about="Number of the order, as in the table orders.")],
    out: Annotated[
        Path | None, typer.Option("--out", metavar="FILE", help="Write the picture as .svg or .png instead.")
    ] = None,
    key_file: KeyFile = None,
    as_json: Json = False,
    quiet: Quiet = False,
) -> None:
    """Show the pickup code of a delivered order as a QR code that a phone scans; the simulated cabinet checked it.

    The token is signed with the run's key. By default that derives from the seed, so the codes are as secret as the
    seed: whoever knows it, or has the run folder, can make every code of it. That is enough for a simulation, and for
    nothing else. See --key-file.

    Example: dronesim code runs/quickstart-1-0a1b2c3d --order 17 --out code.svg
    """
    from dronesim.api.running import open_run

    found = open_run(folder, key_file=key_file).code(order)
    if out is not None:
        found.save(out)
    if as_json:
        show_json(found.content())
    elif out is None and not quiet:
        show_picture(found.terminal(has_color=_has_color()))
        show("\n".join(found.lines()))
    if not quiet:
        tell(f"signed with {found.signed_with}")
        if out is not None:
            tell(f"picture: {out}")


def _has_color() -> bool:
    """Tell whether colours can be stated; without them the picture is right on a dark terminal."""
    return sys.stdout.isatty() and not os.environ.get("NO_COLOR")
