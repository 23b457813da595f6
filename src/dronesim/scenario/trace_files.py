"""Rows of CSV and Parquet files with their numbers, whatever the columns are."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, TypeAlias

from dronesim.errors import InputError, Problem
from dronesim.scenario.files import TRACE_LIMIT_BYTES, check_file, read_text

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


def parquet_rows(path: Path) -> tuple[list[str], Iterator[tuple[int, Row]]]:
    """Read a Parquet file: its columns, and each row with its number from 1."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    check_file(path, label=str(path), limit_bytes=TRACE_LIMIT_BYTES)
    try:
        table = pq.read_table(path.absolute())
    except (pa.ArrowException, OSError) as error:
        raise _refuse(path, f"is not a Parquet file: {error}") from error
    return list(table.column_names), enumerate(table.to_pylist(), start=1)


def _refuse(path: Path, rule: str, *, line: int | None = None, value: object = None) -> InputError:
    return InputError([Problem(file=str(path), line=line, key="trace", rule=rule, value=value)])
