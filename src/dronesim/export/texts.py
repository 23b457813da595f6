"""Names that others chose, made harmless for the file that they go into."""

from __future__ import annotations

import re
from typing import Final
from xml.sax.saxutils import escape

_ODD: Final = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff\ufffe\uffff]")
"""Control characters, which move a terminal's cursor and which neither XML nor a spreadsheet may hold; half letters."""
FORMULA_BEGINS: Final = ("=", "+", "-", "@", "\t", "\r")
_STANDS_IN: Final = "\N{REPLACEMENT CHARACTER}"


def plain(text: str) -> str:
    """Give a text with a mark for every control character but tab and line ends."""
    return _ODD.sub(_STANDS_IN, text)


def in_xml(text: object) -> str:
    """Give a value as text or attribute of XML."""
    return escape(plain(str(text)), {'"': "&quot;", "\r": "&#13;"})


def in_a_cell(text: str) -> str:
    """Give a text as a field of a CSV file that no spreadsheet takes for a formula: an apostrophe goes before it."""
    found = plain(text)
    return f"'{found}" if found.startswith(FORMULA_BEGINS) else found
