"""What is told on standard error whoever asks, from the command line or from Python, and however quiet it shall be."""

from __future__ import annotations

import re
import sys
from contextlib import suppress
from typing import Final

_CONTROLS: Final = "\x00-\x08\x0b-\x1f\x7f-\x9f"
"""All but tab and the end of a line: they move a terminal's cursor or change its colours, titles and keys."""
_TURNS: Final = "\u202a-\u202e\u2066-\u2069"
"""They write what follows in the other direction, over the end of a name."""
_HALVES: Final = "\ud800-\udfff\ufffe\uffff"
"""Half letters and none, which no file and no terminal can have."""
_HARMFUL: Final = re.compile(f"[{_CONTROLS}{_TURNS}{_HALVES}]")
_MARK: Final = "\N{REPLACEMENT CHARACTER}"


def harmless(text: str) -> str:
    """Give a text that can be shown anywhere, whoever chose the names in it: a mark stands for what does more."""
    return _HARMFUL.sub(_MARK, text)


def spelled_out(text: str) -> str:
    """Give JSON in which such signs are spelled out; all of them stand within its texts."""
    return _HARMFUL.sub(lambda found: f"\\u{ord(found[0]):04x}", text)


def tell_planner(text: str) -> None:
    """Write a line to standard error; where its reader has gone, it is dropped."""
    with suppress(BrokenPipeError):
        sys.stderr.write(f"{harmless(text)}\n")
        sys.stderr.flush()
