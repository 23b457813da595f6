"""What the verbs say: data to standard output, everything else to standard error."""

from __future__ import annotations

import json
import os
import sys

import typer

from dronesim.signs import short_lines, visible


def show(text: str) -> None:
    """Print data; where the reader has gone, as ``head`` does, the rest is dropped and the verb goes on.

    What would steer the terminal is written out.
    """
    _write(visible(text), to_stderr=False)


def show_drawing(text: str) -> None:
    """Print a drawing of our own, colours included."""
    _write(text, to_stderr=False)


def show_json(content: object) -> None:
    """Print data as JSON that people can read as well; NaN is refused, for no JSON has it."""
    show(json.dumps(content, indent=2, ensure_ascii=False, allow_nan=False))


def tell(text: str) -> None:
    """Print what is not data; a line that is too long to be read is cut."""
    _write(short_lines(text), to_stderr=True)


def warn(text: str) -> None:
    """Print a warning where it is no data."""
    tell(f"warning: {text}")


def unfit(key: str, rule: str) -> Exception:
    """Give the error of an option that does not go with the others."""
    from dronesim.errors import InputError, Problem

    return InputError([Problem(file="command line", key=key, rule=rule)])


def _write(text: str, *, to_stderr: bool) -> None:
    try:
        typer.echo(text, err=to_stderr)
    except BrokenPipeError:
        stream = sys.stderr if to_stderr else sys.stdout
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, stream.fileno())
        os.close(nowhere)
