"""Names in any script as terminals and pictures show them: how wide they are, where they are cut, what is escaped."""

from __future__ import annotations

import re
import unicodedata
from typing import Final

LONGEST: Final = 2000
"""So much of a line is shown of what is no data."""
MORE: Final = "…"
_KEPT: Final = frozenset("\n\t\u200c\u200d")
"""New lines and tabs of our own text, and the joiners that Persian, Hindi and emoji are written with."""
_STEERING: Final = re.compile("[\x00-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069\ud800-\udfff]")
"""Control signs, separators of lines, marks that turn the direction of text, and halves of signs: no name holds any."""
_UNSEEN: Final = "Cf"
"""Category of what else is not seen; it stays in names, and is written out where they are shown."""
_NO_SIGNS: Final = frozenset("\ufffe\uffff")
"""What no XML holds, though nothing is steered by it."""


def harmless(text: str) -> str:
    """Give a text that any file can hold, whoever chose the names in it: a mark stands for what is more than a sign."""
    if text.isascii() and text.isprintable():
        return text
    return "".join("\N{REPLACEMENT CHARACTER}" if _is_harmful(sign) else sign for sign in text)


def cleaned(text: str, mark: str = " ") -> str:
    """Put a ``mark`` for each sign that no name may hold; all else, in any script, stays as it is."""
    return _STEERING.sub(mark, text)


def printable(text: str) -> str:
    r"""Write what steers a terminal as an escape such as ``\x1b``; all else, in any script, stays as it is."""
    if text.isascii() and text.isprintable():
        return text
    return "".join(_escaped(sign) if _is_hidden(sign) else sign for sign in text)


def as_json_text(text: str) -> str:
    r"""Write the same in a text of JSON in its own way, as ``\u001b``, so that it is read as it was."""
    return "".join(_units(sign) if _is_hidden(sign) else sign for sign in text)


def is_steering(text: str) -> bool:
    """Whether a text holds a sign that is not seen and changes how others are shown; tab and line end count too."""
    return _STEERING.search(text) is not None


def short(text: str, most: int = LONGEST) -> str:
    """Leave the middle out of what is longer than ``most``, and say how long it is."""
    if len(text) <= most:
        return text
    cut = f" ... ({len(text):,} characters) ... "
    kept = max(most - len(cut), 2)
    return text[: kept - kept // 2] + cut + text[-(kept // 2) :]


def short_lines(text: str) -> str:
    """Shorten each line, and write out what steers a terminal."""
    return "\n".join(short(printable(line)) for line in text.split("\n"))


def counted(count: int, name: str) -> str:
    """Give a count with its noun: one order, of two orders."""
    return f"{count:,} {name}{'' if count == 1 else 's'}"


def cells(text: str) -> int:
    """Count the columns that a text takes in a terminal: two for a letter of Chinese, none for an accent."""
    if text.isascii():
        return len(text)
    from rich.cells import cell_len

    return cell_len(text)


def shortened(text: str, width: int) -> str:
    """Cut a text, for one line, that is wider than so many columns, and end it with an ellipsis."""
    line = text if text.isprintable() else printable(text.replace("\n", "\\n").replace("\t", "\\t"))
    if cells(line) <= width:
        return line
    kept = line[:width]
    while cells(kept) > width - 1:
        kept = kept[:-1]
    return kept.rstrip() + MORE


def column(text: str, width: int) -> str:
    """Fill a text up to so many columns with blanks; one that is too wide is cut, with a blank behind it."""
    fitted = shortened(text, width - 1)
    return fitted + " " * (width - cells(fitted))


def column_width(texts: list[str], *, least: int, most: int) -> int:
    """Find how many columns a column of names needs, a blank between it and the next one included."""
    return min(most, max([least, *(cells(text) + 2 for text in texts)]))


def _is_hidden(sign: str) -> bool:
    return sign not in _KEPT and (is_steering(sign) or unicodedata.category(sign) == _UNSEEN)


def _is_harmful(sign: str) -> bool:
    return sign in _NO_SIGNS or (sign not in _KEPT and is_steering(sign))


def _escaped(sign: str) -> str:
    return sign.encode("unicode_escape").decode("ascii")


def _units(sign: str) -> str:
    """Write a sign as JSON's escapes, one a unit of UTF-16."""
    raw = sign.encode("utf-16-be", "surrogatepass").hex()
    return "".join(f"\\u{raw[begin : begin + 4]}" for begin in range(0, len(raw), 4))
