"""Rows of CSV and Parquet files with their numbers, whatever the columns are."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, TypeAlias

from dronesim.errors import InputError, Problem
from dronesim.scenario.files import TRACE_LIMIT_BYTES, check_file, read_text
from dronesim.scenario.orders import MOST_ORDERS

Row: TypeAlias = Mapping[str, Any]


def csv_rows(path: Path) -> tuple[list[str], Iterator[tuple[int, Row]]]:
    """Read a CSV file with a header line: its columns, and each row with the line it begins on."""
    text = read_text(path, label=str(path), limit_bytes=TRACE_LIMIT_BYTES)
    reader = csv.reader(io.StringIO(text, newline=""))
    try:
        header = [name.strip() for name in next(reader, [])]
    except csv.Error as error:
        raise _refuse(path, f"is not valid CSV: {error}") from error
    return header, _csv_body(reader, header, path)


def _csv_body(reader: Any, header: Sequence[str], path: Path) -> Iterator[tuple[int, Row]]:
    line = 2
    while True:
        try:
            values = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            raise _refuse(path, f"is not valid CSV: {error}", line=reader.line_num) from error
        if len(values) > len(header):
            rule = f"must have {len(header)} fields like the header"
            raise _refuse(path, rule, line=line, value=len(values))
        if values:
            yield line, dict(zip(header, (value.strip() for value in values), strict=False))
        line = reader.line_num + 1


def parquet_rows(path: Path, columns: Sequence[str]) -> tuple[list[str], Iterator[tuple[int, Row]]]:
    """Read a Parquet file: the names of all columns, and each row of ``columns`` with its number from 1.

    What is in other columns is never read. A file of more rows than orders can be is refused by its head, for a few
    bytes may stand for a billion equal rows.
    """
    import pyarrow as pa
    import pyarrow.parquet as pq

    check_file(path, label=str(path), limit_bytes=TRACE_LIMIT_BYTES)
    try:
        file = pq.ParquetFile(path.absolute())
        names = list(file.schema_arrow.names)
    except (pa.ArrowException, OSError) as error:
        raise _refuse(path, f"is not a Parquet file: {error}") from error
    if file.metadata.num_rows > MOST_ORDERS:
        raise _refuse(path, f"has too many rows, at most {MOST_ORDERS:,.0f} can be", value=file.metadata.num_rows)
    return names, _parquet_body(file, [name for name in columns if name in names], path)


def _parquet_body(file: Any, columns: Sequence[str], path: Path) -> Iterator[tuple[int, Row]]:
    import pyarrow as pa

    cells = []
    for name in columns:
        try:
            cells.append(_cells(file.read(columns=[name]).column(0), name, path))
        except (pa.ArrowException, OSError) as error:
            raise _refuse(path, f"can't be read: {error}", key=name) from error
    for number, values in enumerate(zip(*cells, strict=True), start=1):
        yield number, dict(zip(columns, values, strict=True))


def _cells(column: Any, name: str, path: Path) -> list[Any]:
    """Give the cells of a column; times of day become seconds, so that their fractions stay."""
    import pyarrow as pa

    kind = column.type
    if pa.types.is_time(kind):
        per_second = {"s": 1, "ms": 1_000, "us": 1_000_000, "ns": 1_000_000_000}[kind.unit]
        whole = column.cast(pa.int32() if pa.types.is_time32(kind) else pa.int64()).to_pylist()
        return [None if value is None else value / per_second for value in whole]
    if pa.types.is_timestamp(kind):
        column = column.cast(pa.timestamp("us", tz=kind.tz), safe=False)
    found = []
    for number, cell in enumerate(column, start=1):
        try:
            found.append(cell.as_py())
        except (ValueError, ArithmeticError) as error:
            why = "is not UTF-8 text" if isinstance(error, UnicodeDecodeError) else f"can't be read: {error}"
            raise _refuse(path, f"{why} (a column of {kind})", key=f"row {number}, {name}") from error
    return found


def _refuse(path: Path, rule: str, *, line: int | None = None, value: object = None, key: str = "trace") -> InputError:
    return InputError([Problem(file=str(path), line=line, key=key, rule=rule, value=value)])
