"""Text as it may be shown: signs that steer a terminal written out, and no line longer than a reader looks at."""

from __future__ import annotations

import re
from typing import Final

LONGEST: Final = 2000
"""So much of a line is shown of what is no data."""
_STEERING: Final = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069\ud800-\udfff]")
"""Control signs but tab and line end, marks that turn the direction of text, and halves of signs."""


def is_steering(text: str) -> bool:
    """Whether a text holds a sign that is not seen and changes how others are shown; tab and line end count too."""
    return _STEERING.search(text) is not None or "\t" in text or "\n" in text


def visible(text: str) -> str:
    """Write the signs that steer a terminal as their escapes."""
    return _STEERING.sub(lambda found: found.group().encode("unicode_escape").decode("ascii"), text)


def short(text: str, most: int = LONGEST) -> str:
    """Leave the middle out of what is longer than ``most``, and say how long it is."""
    if len(text) <= most:
        return text
    cut = f" ... ({len(text):,} characters) ... "
    kept = max(most - len(cut), 2)
    return text[: kept - kept // 2] + cut + text[-(kept // 2) :]


def short_lines(text: str) -> str:
    """Shorten each line, and write out what steers a terminal."""
    return "\n".join(short(visible(line)) for line in text.split("\n"))


def counted(count: int, name: str) -> str:
    """Give a count with its noun: one order, of two orders."""
    return f"{count:,} {name}{'' if count == 1 else 's'}"
