"""What is wrong where a text is no TOML, with its line, a caret, and how the line is meant to be written."""

from __future__ import annotations

import re
import sys
import unicodedata
from typing import Final

from dronesim.errors import Problem
from dronesim.slips import SIGNS, plain, plain_number

_PLACE: Final = re.compile(r" \(at line (\d+), column (\d+)\)")
_NAMES: Final = re.compile(r"\((?:'[^']*',? ?)+\)")
"""How the parser names a table: as Python does."""
_DIGITS: Final = "exceeds the limit"
_AT_END: Final = " (at end of document)"
_SIGN: Final = re.compile(f"[{re.escape(''.join(SIGNS))}\uff01-\uff5e]")
_VALUE: Final = re.compile(r"=[ \t]*([^#\n]*?)[ \t]*(?:#.*)?$")
_TEXT_IN_QUOTES: Final = re.compile(r'"(?:[^"\\]|\\.)*"|\'[^\']*\'')
_TIME: Final = re.compile(r"\d{1,2}:\d{2}(?::\d{2})?")
_WORD: Final = re.compile(r"[^\W\d][\w ./\\:-]*")
_WIDTH: Final = 100
"""So much of a long line is shown."""


def syntax_problem(label: str, text: str, message: str) -> Problem:
    """Word what the parser says of ``text``."""
    found = _PLACE.search(message)
    said = _NAMES.sub(_as_written, _PLACE.sub("", message).replace(_AT_END, ""))
    rule = f"is not valid TOML: {said[:1].lower()}{said[1:]}"
    if _DIGITS in said.lower():
        return Problem(
            file=label, key="file", rule=f"has a number of more than {sys.get_int_max_str_digits():,} figures"
        )
    if found is None:
        # what is not closed is noticed where the text ends, and begins before
        last = max(text.rstrip().count("\n") + 1, 1)
        return Problem(
            file=label, line=last, key="end", rule=f"{rule}; it begins in this line or above, and has no end"
        )
    number, column = int(found.group(1)), int(found.group(2))
    lines = text.replace("\r\n", "\n").split("\n")
    line = lines[number - 1] if number <= len(lines) else ""
    way_out = _way_out(line, said)
    rule += f"; {way_out}" if way_out else ""
    return Problem(file=label, line=number, key=f"column {column}", rule=rule, excerpt=_excerpt(line, column))


def _as_written(names: re.Match[str]) -> str:
    return "[" + ".".join(re.findall("'([^']*)'", names.group())) + "]"


def _way_out(line: str, said: str) -> str | None:
    """Tell how a line is written that people write otherwise."""
    sign = _SIGN.search(_TEXT_IN_QUOTES.sub("", line.partition("#")[0]))
    if sign is not None:
        return f"{sign.group()} is a full-width or typographic sign: write {plain(sign.group())}"
    if '"' in line and "\\" in line and ("escape" in said or "hex" in said):
        return "a backslash begins an escape in \"...\": write / instead, or '...'"
    if "expected '='" in said.lower() and re.match(r"\s*[\w.-]+\s*:", line):
        return "a key and its value stand on either side of =, not of :"
    found = _VALUE.search(line)
    return None if found is None else _way_out_of_value(found.group(1))


def _way_out_of_value(value: str) -> str | None:
    number = plain_number(value)
    if _TIME.fullmatch(value):
        return f'a time of day stands in quotes: "{value}"'
    if number is not None and number != value:
        return f"a number has a point for its decimals, and no other sign in it: write {number}"
    if value.lower() in ("true", "false"):
        return f"write {value.lower()}"
    if _WORD.fullmatch(value) and len(value) < _WIDTH:
        quote = "'" if "\\" in value else '"'
        return f"text stands in quotes: {quote}{value}{quote}"
    return None


def _excerpt(line: str, column: int) -> str:
    """Show a line with a caret below its column, counted from 1; of a long one what is around."""
    begin = max(0, column - 1 - _WIDTH // 2) if len(line) > _WIDTH else 0
    shown = "".join(sign if sign.isprintable() else " " for sign in line[begin : begin + _WIDTH])
    before = shown[: column - 1 - begin]
    wide = sum(1 + (unicodedata.east_asian_width(sign) in "WF") for sign in before)
    return f"    {shown}\n    {' ' * wide}^"
