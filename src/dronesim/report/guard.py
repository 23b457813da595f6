"""The one door through which pictures are made: one that can't be drawn is told, and costs nothing else."""

from __future__ import annotations

import os
import sys
import traceback
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Final, TypeVar

from dronesim.telling import tell_planner

Made = TypeVar("Made")

_BACKEND: Final = "MPLBACKEND"


@dataclass(frozen=True, slots=True, kw_only=True)
class Failure:
    """What could not be made, and why, in one sentence."""

    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Drawn:
    """A picture as PNG with what stands below it, or why there is none."""

    file: str
    caption: str
    png: bytes | None = None
    failure: str | None = None


def attempt(what: str, make: Callable[[], Made]) -> Made | Failure:
    """Make a picture, or tell on standard error that it could not be made; what has been written before stays.

    Signals still end the program, and what is made is written elsewhere, so that a full disk is told as one.
    """
    try:
        import_matplotlib()
        return make()
    except Exception as error:  # noqa: BLE001
        # A picture is made of a finished day, by a library that may raise anything on what nobody thought of. Here,
        # and nowhere else, whatever it raises is told and passed over: hours of work are not lost for a picture.
        failure = Failure(text=f"{what} could not be drawn: {_told(error)}")
        tell_planner(f"warning: {failure.text}; all else is kept")
        return failure


def _told(error: Exception) -> str:
    last = traceback.extract_tb(error.__traceback__)[-1]
    text = f"{type(error).__name__}: {error}".removesuffix(": ")
    return f"{text} ({Path(last.filename).name}:{last.lineno})"


def import_matplotlib() -> None:
    """Import what draws; where the environment names a screen that is not installed, without it: none is used."""
    try:
        import matplotlib
    except ValueError:
        named = os.environ.pop(_BACKEND, None)
        if named is None:
            raise
        for half_imported in [name for name in sys.modules if name.partition(".")[0] == "matplotlib"]:
            del sys.modules[half_imported]
        try:
            import matplotlib  # noqa: F401
        finally:
            os.environ[_BACKEND] = named
