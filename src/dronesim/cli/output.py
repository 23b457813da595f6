"""What the verbs say: data to standard output, everything else to standard error."""

from __future__ import annotations

import json
import os
import sys

import typer

from dronesim.telling import harmless, spelled_out


def show(text: str) -> None:
    """Print data; where the reader has gone, as ``head`` does, the rest is dropped and the verb goes on.

    Names in it come from files of others: what would steer the terminal is shown as a mark.
    """
    _write(harmless(text), to_stderr=False)


def show_drawn(text: str) -> None:
    """Print what is drawn in colours, and holds no names."""
    _write(text, to_stderr=False)


def show_json(content: object) -> None:
    """Print data as JSON that people can read as well; NaN is refused, for no JSON has it.

    What a terminal would take for a command is spelled out, as JSON has it, so that the data stays the same.
    """
    text = json.dumps(content, indent=2, ensure_ascii=False, allow_nan=False)
    _write(spelled_out(text), to_stderr=False)


def tell(text: str) -> None:
    """Print what is not data."""
    _write(harmless(text), to_stderr=True)


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
