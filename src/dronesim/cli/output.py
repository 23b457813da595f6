"""What the verbs say: data to standard output, everything else to standard error."""

from __future__ import annotations

import json
import os
import sys
from contextlib import suppress
from typing import Final, TextIO

import typer

from dronesim.letters import as_json_text, printable, short_lines

_STREAMS: Final = (("stdin", "r"), ("stdout", "w"), ("stderr", "w"))
"""Python's names of the files 0, 1 and 2, and how each is opened."""


def open_closed_streams() -> None:
    """Let what the caller has closed, as ``2>&-`` does, lead nowhere; else the next file opened would be it."""
    for number, (name, mode) in enumerate(_STREAMS):
        try:
            os.fstat(number)
        except OSError:
            with suppress(OSError):
                os.open(os.devnull, os.O_RDWR)
        if getattr(sys, name) is None:
            setattr(sys, name, open(os.devnull, mode, encoding="utf-8"))  # noqa: SIM115, PTH123


def show(text: str) -> None:
    """Print data; where the reader has gone, as ``head`` does, the rest is dropped and the verb goes on.

    What would steer the terminal is written out.
    """
    _write(printable(text), to_stderr=False)


def show_picture(text: str) -> None:
    """Print a picture made of characters, with the colours that it states."""
    _write(text, to_stderr=False)


def show_json(content: object) -> None:
    """Print data as JSON that people can read as well; NaN is refused, for no JSON has it."""
    _write(as_json_text(json.dumps(content, indent=2, ensure_ascii=False, allow_nan=False)), to_stderr=False)


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
    stream = sys.stderr if to_stderr else sys.stdout
    try:
        typer.echo(_sayable(text, stream), err=to_stderr)
    except BrokenPipeError:
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, stream.fileno())
        os.close(nowhere)


def _sayable(text: str, stream: TextIO) -> str:
    r"""Write letters that a stream's encoding does not have, as a terminal of another age, as ``\u9f99``."""
    encoding = getattr(stream, "encoding", None) or "utf-8"
    try:
        text.encode(encoding)
    except UnicodeEncodeError:
        return text.encode(encoding, "backslashreplace").decode(encoding)
    except LookupError:
        pass
    return text
