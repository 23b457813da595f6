"""Names in any script as terminals and pictures show them: how wide they are, where they are cut, what is escaped."""

from __future__ import annotations

import unicodedata
from typing import Final

MORE: Final = "…"
_KEPT: Final = frozenset("\n\t\u200c\u200d")
"""New lines and tabs of our own text, and the joiners that Persian, Hindi and emoji are written with."""
_UNSEEN: Final = frozenset({"Cc", "Cf", "Cs", "Zl", "Zp"})
"""Categories of what steers a terminal or the direction of text, of halves of letters, of separators of lines."""


def printable(text: str) -> str:
    r"""Write what steers a terminal as an escape such as ``\x1b``; all else, in any script, stays as it is."""
    if text.isascii() and text.isprintable():
        return text
    return "".join(_escaped(sign) if _is_steering(sign) else sign for sign in text)


def as_json_text(text: str) -> str:
    r"""Write the same in a text of JSON in its own way, as ``\u001b``, so that it is read as it was."""
    return "".join(_units(sign) if _is_steering(sign) else sign for sign in text)


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


def _is_steering(sign: str) -> bool:
    return sign not in _KEPT and unicodedata.category(sign) in _UNSEEN


def _escaped(sign: str) -> str:
    return sign.encode("unicode_escape").decode("ascii")


def _units(sign: str) -> str:
    """Write a sign as JSON's escapes, one a unit of UTF-16."""
    raw = sign.encode("utf-16-be", "surrogatepass").hex()
    return "".join(f"\\u{raw[begin : begin + 4]}" for begin in range(0, len(raw), 4))
