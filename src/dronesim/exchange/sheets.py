"""Delimited text files with a header line, read so that every bad field is named with its line."""

from __future__ import annotations

import csv
import io
import math
import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from dronesim.errors import InputError, Problem
from dronesim.scenario.files import TRACE_LIMIT_BYTES, read_text
from dronesim.units import seconds_at

Lines = Iterator[tuple[int, list[str]]]
"""Numbers of lines and their fields."""

_CLOCK_PART: Final = re.compile("[0-9]{1,2}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One line of a sheet: its number in the file and its fields, stripped, by column."""

    line: int
    fields: dict[str, str]

    def drop(self, columns: tuple[str, ...], dropped: Counter[str]) -> bool:
        """Whether one of ``columns`` is empty; counts the row in ``dropped`` under the first of them."""
        empty = next((column for column in columns if not self.fields[column]), None)
        if empty is not None:
            dropped[f"{empty} is empty"] += 1
        return empty is not None


@dataclass(frozen=True, slots=True, kw_only=True)
class Sheet:
    """One file's rows, and the problems found in them so far."""

    path: Path
    rows: tuple[Row, ...]
    problems: list[Problem] = field(default_factory=list)

    def number(self, row: Row, column: str, *, low: float = -math.inf, high: float = math.inf) -> float:
        """Read a finite number in [``low``, ``high``]; NaN, and a problem noted, where it is none."""
        text = row.fields[column]
        try:
            value = float(text)
        except ValueError:
            return self.note(row, column, "must be a number")
        if not (math.isfinite(value) and low <= value <= high):
            return self.note(row, column, f"must be a finite number from {low:g} to {high:g}")
        return value

    def clock_s(self, row: Row, column: str) -> float:
        """Read ``HH:MM:SS`` as seconds since midnight; NaN, and a problem noted, where it is none."""
        parts = row.fields[column].split(":")
        if len(parts) != 3 or not all(_CLOCK_PART.fullmatch(part) for part in parts):
            return self.note(row, column, "must be a time of day as HH:MM:SS")
        hours, minutes, seconds = (int(part) for part in parts)
        if hours > 23 or minutes > 59 or seconds > 59:
            return self.note(row, column, "must be a time of day from 00:00:00 to 23:59:59")
        return seconds_at(hours, minutes, seconds)

    def note(self, row: Row, column: str, rule: str) -> float:
        """Keep a problem for ``check``; gives NaN for the value that is missing now."""
        value = row.fields[column]
        self.problems.append(Problem(file=str(self.path), line=row.line, key=column, rule=rule, value=value))
        return math.nan

    def check_unique(self, column: str) -> None:
        """Note every row whose ``column`` repeats an earlier one."""
        first: dict[str, int] = {}
        for row in self.rows:
            line = first.setdefault(row.fields[column], row.line)
            if line != row.line:
                self.note(row, column, f"must be unique; line {line} has it already")

    def kept(self, columns: tuple[str, ...], dropped: Counter[str]) -> list[Row]:
        """Rows with all of ``columns``; the others are counted in ``dropped``. None left is an InputError."""
        rows = [row for row in self.rows if not row.drop(columns, dropped)]
        if not rows:
            raise _refuse(self.path, "has no row with all of " + ", ".join(columns))
        return rows

    def check(self) -> None:
        """Raise an InputError with all problems noted so far."""
        if self.problems:
            raise InputError(self.problems)


def read_sheet(path: Path, *, columns: tuple[str, ...], delimiter: str) -> Sheet:
    """Read a file that has at least ``columns``; an InputError names the file and the line otherwise."""
    if path.parent.is_file():
        rule = f"is a file, and a folder with {path.name} is wanted; `dronesim import orders` reads single files"
        raise _refuse(path.parent, rule)
    text = read_text(path, label=str(path), limit_bytes=TRACE_LIMIT_BYTES)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)
    try:
        lines = ((reader.line_num, values) for values in reader)
        header = _header(lines, columns=columns, path=path)
        rows = tuple(_rows(lines, header=header, path=path))
    except csv.Error as error:
        raise _refuse(path, f"must be plain delimited text: {error}", line=reader.line_num) from error
    if not rows:
        raise _refuse(path, "has a header but no rows")
    return Sheet(path=path, rows=rows)


def _header(lines: Lines, *, columns: tuple[str, ...], path: Path) -> list[str]:
    header = [name.strip() for name in next(lines, (1, []))[1]]
    missing = [column for column in columns if column not in header]
    if missing:
        lacks = f"lacks {', '.join(missing)}; it needs the columns {', '.join(columns)}"
        raise _refuse(path, lacks, header, line=1)
    return header


def _rows(lines: Lines, *, header: list[str], path: Path) -> Iterator[Row]:
    for line, values in lines:
        if len(values) != len(header) and values:
            raise _refuse(path, f"must have {len(header)} fields like the header", len(values), line=line)
        if values:
            yield Row(line=line, fields=dict(zip(header, (value.strip() for value in values), strict=True)))


def _refuse(path: Path, rule: str, value: object = None, *, line: int | None = None) -> InputError:
    return InputError([Problem(file=str(path), line=line, key="file", rule=rule, value=value)])
