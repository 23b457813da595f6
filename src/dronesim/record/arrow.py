"""Tables in Arrow's form and in Parquet files: NaN, -1, None and False in memory are null there."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from dronesim.record.plain import check_plain, check_rows, unusable
from dronesim.record.tables import BOOL, FLOAT, INT, SCHEMAS, TEXT, Columns

_ROW_GROUP: Final = 1 << 18


def write_tables(folder: Path, tables: Mapping[str, Columns]) -> None:
    """Write each table as a Parquet file: zstd, floats split by byte, NaN and -1 as null."""
    import pyarrow.parquet as pq

    for name, columns in tables.items():
        first = to_arrow(name, _some_rows(columns, 0))
        with pq.ParquetWriter(
            (folder / f"{name}.parquet").absolute(),
            first.schema,
            compression="zstd",
            use_dictionary=[column for column, kind in SCHEMAS[name].items() if kind == TEXT],
            use_byte_stream_split=[column for column, kind in SCHEMAS[name].items() if kind == FLOAT],
            write_statistics=False,
        ) as writer:
            writer.write_table(first)
            for begin in range(_ROW_GROUP, len(next(iter(columns.values()))), _ROW_GROUP):
                writer.write_table(to_arrow(name, _some_rows(columns, begin)))


def _some_rows(columns: Columns, begin: int) -> Columns:
    """Cut a row group out, so that a long table is never held twice."""
    return {column: values[begin : begin + _ROW_GROUP] for column, values in columns.items()}


def to_arrow(name: str, columns: Columns) -> Any:
    """Turn columns into an Arrow table with the types of the schema."""
    import pyarrow as pa

    schema = SCHEMAS[name]
    return pa.table({column: _arrow_array(columns[column], kind) for column, kind in schema.items()})


def _arrow_array(values: Any, kind: str) -> Any:
    import pyarrow as pa

    if kind == TEXT:
        return pa.array(values, type=pa.string())
    if kind == INT:
        return pa.array(values, type=pa.int64(), mask=values == -1)
    if kind == FLOAT:
        return pa.array(values, mask=np.isnan(values))
    return pa.array(values)


def read_arrow(path: Path, name: str, *, content: bytes | None = None) -> Any:
    """Read a Parquet file as an Arrow table that has every column of the schema; ``content`` where it is read already.

    Raises
    ------
    InputError
        The file can't be read or lacks a column.
    """
    import pyarrow as pa
    from pyarrow import parquet

    if content is None:
        check_plain(path)
    source = path.absolute() if content is None else pa.BufferReader(content)
    try:
        # in this thread alone: a short program that ends while Arrow's own threads still wake up is aborted
        file = parquet.ParquetFile(source, pre_buffer=False)
        check_rows(path, rows=file.metadata.num_rows, columns=file.metadata.num_columns)
        table = file.read(use_threads=False)
        table.validate(full=True)
    except (OSError, pa.ArrowException) as error:
        raise unusable(path, f"is not a readable Parquet file: {str(error)[:200]}") from error
    missing = [column for column in SCHEMAS[name] if column not in table.column_names]
    if missing:
        raise unusable(path, f"has no column {', '.join(missing)}")
    return table


def read_columns(path: Path, name: str) -> Columns:
    """Read one table in its form in memory: NaN, -1, None and False where the file has nothing."""
    return to_columns(name, read_arrow(path, name))


def to_columns(name: str, table: Any) -> Columns:
    """Turn an Arrow table into columns, those of the schema alone."""
    return {column: _column(table[column], kind) for column, kind in SCHEMAS[name].items()}


def _column(column: Any, kind: str) -> NDArray[Any]:
    if kind == TEXT:
        return np.array([*column.to_pylist(), None], dtype=object)[:-1]
    arrow_type, absent = {INT: ("int64", -1), BOOL: ("bool", False), FLOAT: ("float64", float("nan"))}[kind]
    values: NDArray[Any] = column.cast(arrow_type).fill_null(absent).to_numpy()
    return values
