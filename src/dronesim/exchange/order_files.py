"""Files of orders as tables of cells, whatever their format, separator and encoding."""

from __future__ import annotations

import csv
import datetime
import io
import warnings
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from dronesim.errors import InputError, Problem
from dronesim.exchange.order_names import meaning_of
from dronesim.scenario.files import TRACE_LIMIT_BYTES, check_file, is_wide
from dronesim.scenario.orders import MOST_ORDERS
from dronesim.scenario.trace_files import parquet_rows
from dronesim.scenario.trace_times import EPOCH

SEPARATORS: Final = (",", ";", "\t", "|")
HEADER_WITHIN: Final = 10
"""The header is looked for in so many rows, for titles may stand above it."""
SAMPLE: Final = 40
_BOMS: Final = {
    b"\xef\xbb\xbf": "utf-8-sig",
    b"\xff\xfe\x00\x00": "utf-32",
    b"\x00\x00\xfe\xff": "utf-32",
    b"\xff\xfe": "utf-16",
    b"\xfe\xff": "utf-16",
}
_OLD_EXCEL: Final = b"\xd0\xcf\x11\xe0"
_STRAY: Final = 0.2
"""A text in UTF-8 with stray bytes has fewer of them than this share of its letters beyond ASCII."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Cells:
    """One file's header and rows, each row with its number in the file; ``notes`` say how it was read.

    ``day_0`` is the date of serial number 0 in a spreadsheet.
    """

    path: Path
    header: tuple[str, ...]
    rows: list[tuple[int, Sequence[Any]]]
    notes: list[str] = field(default_factory=list)
    dropped: list[tuple[int, str]] = field(default_factory=list)
    day_0: datetime.date = EPOCH


def read_cells(path: Path, *, encoding: str | None = None, sheet: str | None = None) -> Cells:
    """Read CSV, XLSX or Parquet, by what the file is and not by its name alone."""
    check_file(path, label=str(path), limit_bytes=TRACE_LIMIT_BYTES)
    try:
        with path.open("rb") as file:
            head = file.read(4)
    except OSError as error:
        raise refuse(path, f"can't be read: {error.strerror}") from error
    if head == _OLD_EXCEL:
        raise refuse(path, "is an old .xls or has a password; save it as .xlsx or CSV without one")
    if head == b"PAR1":
        return _parquet(path)
    if head[:2] == b"PK":
        return _xlsx(path, sheet)
    return _csv(path, encoding)


def refuse(path: Path, rule: str, *, key: str = "orders", value: object = None, hint: str | None = None) -> InputError:
    """Give the error of a file that can't be used as a whole."""
    return InputError([Problem(file=str(path), key=key, rule=rule, value=value, hint=hint)])


def _parquet(path: Path) -> Cells:
    names, _ = parquet_rows(path, ())
    used = [name for name in names if meaning_of(name) is not None]
    return Cells(path=path, header=tuple(names), rows=_parquet_part(path, names, used))


def with_columns(cells: Cells, columns: Sequence[str]) -> Cells:
    """Read the columns of a Parquet file that the first look left out; other files have all."""
    with cells.path.open("rb") as file:
        is_parquet = file.read(4) == b"PAR1"
    if not is_parquet:
        return cells
    rows = _parquet_part(cells.path, cells.header, columns)
    return Cells(path=cells.path, header=cells.header, rows=rows, notes=cells.notes)


def _parquet_part(path: Path, names: Sequence[str], used: Sequence[str]) -> list[tuple[int, Sequence[Any]]]:
    _, rows = parquet_rows(path, used)
    return [(number, [row.get(name) for name in names]) for number, row in rows] if used else []


def _xlsx(path: Path, wanted: str | None) -> Cells:
    import zipfile

    import openpyxl
    from openpyxl.utils.exceptions import InvalidFileException

    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            book = openpyxl.load_workbook(io.BytesIO(path.read_bytes()), read_only=True, data_only=True)
            tables = {each.title: each for each in book.worksheets}
            if wanted is not None and wanted not in tables:
                raise refuse(path, f"has no sheet of that name, only {', '.join(tables)}", key="--sheet", value=wanted)
            chosen = [tables[wanted]] if wanted is not None else list(tables.values())
            found = [(each.title, _sheet_rows(each, path)) for each in chosen]
    except (InvalidFileException, zipfile.BadZipFile, KeyError, ValueError, OSError, EOFError, SyntaxError) as error:
        raise refuse(path, f"is not a sound .xlsx file: {error}") from error
    day_0 = book.epoch.date()
    title, rows = max(found, key=lambda pair: _best_header(pair[1])[1], default=("", []))
    more = [f"read sheet {title}; not read: {', '.join(name for name in tables if name != title)}"]
    return _table(path, rows, notes=more if len(tables) > 1 else [], day_0=day_0)


def _sheet_rows(sheet: Any, path: Path) -> list[tuple[int, Sequence[Any]]]:
    found: list[tuple[int, Sequence[Any]]] = []
    for number, row in enumerate(sheet.iter_rows(values_only=True), start=1):
        if any(cell is not None and cell != "" for cell in row):
            found.append((number, row))
        if number > MOST_ORDERS:
            raise refuse(path, f"has too many rows, at most {MOST_ORDERS:,.0f} can be")
    return found


def _csv(path: Path, encoding: str | None) -> Cells:
    text, notes = _decoded(path, path.read_bytes(), encoding)
    offset = 0
    if text.lower().startswith("sep=") and "\n" in text:
        first, text = text.split("\n", 1)
        separator, offset = first[4:5] or ",", 1
    else:
        separator = _separator(text)
    if separator != ",":
        notes.append(f"cells are parted by {separator!r}")
    rows: list[tuple[int, Sequence[Any]]] = [(number + offset, row) for number, row in _csv_rows(path, text, separator)]
    return _table(path, rows, notes=notes)


def _csv_rows(path: Path, text: str, separator: str) -> Iterator[tuple[int, list[str]]]:
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=separator, skipinitialspace=True)
    line = 1
    try:
        for row in reader:
            if any(cell.strip() for cell in row):
                yield line, [cell.strip() for cell in row]
            line = reader.line_num + 1
    except csv.Error as error:
        raise refuse(path, f"line {reader.line_num} is not valid CSV: {error}") from error


def _decoded(path: Path, raw: bytes, encoding: str | None) -> tuple[str, list[str]]:
    """Find the encoding: that which is stated, the file's own mark, UTF-8, GB 18030, else Windows-1252."""
    marked = next((name for bom, name in _BOMS.items() if raw.startswith(bom)), None)
    stated = encoding or marked
    if stated is None and is_wide(raw):
        raise refuse(path, "is UTF-16 without its mark; --encoding utf-16-le (or utf-16-be) reads it", key="encoding")
    if stated is not None:
        try:
            return raw.decode(stated), [f"text is {stated}"] if stated != "utf-8-sig" else []
        except (UnicodeDecodeError, LookupError) as error:
            raise refuse(path, f"is not text in {stated}: {error}", key="encoding") from error
    try:
        return raw.decode("utf-8"), []
    except UnicodeDecodeError:
        loose = raw.decode("utf-8", errors="replace")
    beyond = sum(letter > "\x7f" for letter in loose)
    if loose.count("\ufffd") < _STRAY * beyond:
        return loose, ["text is UTF-8 with stray bytes, shown as \ufffd"]
    for name in ("gb18030", "cp1252", "latin-1"):
        try:
            text = raw.decode(name)
        except UnicodeDecodeError:
            continue
        if name != "gb18030" or any("\u4e00" <= letter <= "\u9fff" for letter in _header_text(text)):
            return text, [f"text is taken as {name}, for it is not UTF-8; --encoding states another"]
    raise refuse(path, "is no text that is known; --encoding states its encoding")


def _header_text(text: str) -> str:
    """Give the first line: only a header that is Chinese speaks for a Chinese encoding."""
    return text.split("\n", 1)[0]


def _separator(text: str) -> str:
    """Choose the separator that cuts the first lines into the most columns of which something is known."""
    sample = "\n".join(text.splitlines()[:SAMPLE])

    def worth(separator: str) -> tuple[int, int]:
        try:
            rows = list(enumerate(csv.reader(io.StringIO(sample), delimiter=separator)))
        except csv.Error:
            return 0, 0
        return _best_header(rows)[1], max((len(row) for _, row in rows), default=0)

    return max(SEPARATORS, key=worth)


def _best_header(rows: Sequence[tuple[int, Sequence[Any]]]) -> tuple[int, int]:
    """Place and worth of the row, among the first, with the most names that mean something; one alone may be a cell."""
    worths = [len({meaning_of(str(cell)) for cell in row} - {None}) for _, row in rows[:HEADER_WITHIN]]
    best = max(worths, default=0)
    return (worths.index(best) if best > 1 else 0), best


def _table(
    path: Path, rows: list[tuple[int, Sequence[Any]]], *, notes: list[str], day_0: datetime.date = EPOCH
) -> Cells:
    if not rows:
        raise refuse(path, "has no rows")
    place, _ = _best_header(rows)
    header = tuple("" if cell is None else str(cell).strip() for cell in rows[place][1])
    if place:
        notes.append(f"{place} rows above the header, at row {rows[place][0]}, are left out")
    body: list[tuple[int, Sequence[Any]]] = []
    dropped: list[tuple[int, str]] = []
    for number, row in rows[place + 1 :]:
        if [str(cell).strip() for cell in row if cell is not None] == [name for name in header if name]:
            dropped.append((number, "the header once more"))
        elif len(row) > len(header) and any(cell not in (None, "") for cell in row[len(header) :]):
            dropped.append((number, f"has more cells than the header, which has {len(header)}"))
        else:
            body.append((number, [*row, *[None] * (len(header) - len(row))]))
    return Cells(path=path, header=header, rows=body, notes=notes, dropped=dropped, day_0=day_0)
