"""Names that others chose, made harmless for the file that they go into."""

from __future__ import annotations

from typing import Final
from xml.sax.saxutils import escape

from dronesim.letters import harmless

FORMULA_BEGINS: Final = ("=", "+", "-", "@", "\t")


def in_xml(text: object) -> str:
    """Give a value as text or attribute of XML."""
    return escape(harmless(str(text)), {'"': "&quot;"})


def in_a_cell(text: str) -> str:
    """Give a text as a field of a CSV file that no spreadsheet takes for a formula: an apostrophe goes before it."""
    found = harmless(text)
    return f"'{found}" if found.startswith(FORMULA_BEGINS) else found
