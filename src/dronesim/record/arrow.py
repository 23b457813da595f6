"""Tables in Arrow's form and in Parquet files: NaN, -1, None and False in memory are null there."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import DTypeLike, NDArray

from dronesim.memory import give_back
from dronesim.record.arrays import flag_array, number_array, small_array, text_array
from dronesim.record.columns import ABSENT, Coded, Table, part_of, rows_of
from dronesim.record.plain import check_plain, check_rows, unusable
from dronesim.record.tables import BOOL, FLOAT, INT, SCHEMAS, TEXT, Columns

_ROW_GROUP: Final = 1 << 18


def write_tables(folder: Path, tables: Mapping[str, Columns]) -> None:
    """Write each table as a Parquet file, row group by row group: zstd, floats split by byte, NaN and -1 as null.

    Whatever form a text is kept in, it is read as a string.
    """
    import pyarrow.parquet as pq

    # what was worked out from them before has left holes
    give_back(max(map(rows_of, tables.values()), default=0))
    for name, columns in tables.items():
        first = _row_group(name, columns, 0)
        with pq.ParquetWriter(
            (folder / f"{name}.parquet").absolute(),
            first.schema,
            compression="zstd",
            use_dictionary=[column for column, kind in SCHEMAS[name].items() if kind == TEXT],
            use_byte_stream_split=[column for column, kind in SCHEMAS[name].items() if kind == FLOAT],
            write_statistics=False,
            # else codes would be read as categories
            store_schema=False,
        ) as writer:
            writer.write_table(first)
            for begin in range(_ROW_GROUP, rows_of(columns), _ROW_GROUP):
                writer.write_table(_row_group(name, columns, begin))


def _row_group(name: str, columns: Columns, begin: int) -> Any:
    """Cut a row group out, so that a long table is never held twice; what is kept by codes is written by codes."""
    import pyarrow as pa

    part = part_of(columns, slice(begin, begin + _ROW_GROUP))
    found = {}
    for column, kind in SCHEMAS[name].items():
        kept = part.kept(column) if isinstance(part, Table) else None
        found[column] = _arrow_codes(kept) if isinstance(kept, Coded) else _arrow_array(part[column], kind)
    return pa.table(found)


def to_arrow(name: str, columns: Columns) -> Any:
    """Turn columns into an Arrow table with the types of the schema."""
    import pyarrow as pa

    return pa.table({column: _arrow_array(columns[column], kind) for column, kind in SCHEMAS[name].items()})


def _arrow_codes(column: Coded) -> Any:
    import pyarrow as pa

    numbers = small_array(column.codes, column.codes != ABSENT)
    return pa.DictionaryArray.from_arrays(numbers, text_array(column.names))


def _arrow_array(values: NDArray[Any], kind: str) -> Any:
    if kind == TEXT:
        return text_array(values.tolist())
    if kind == BOOL:
        return flag_array(values)
    return number_array(values, values != -1 if kind == INT else ~np.isnan(values))


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
    arrow_type, absent = {INT: ("int64", -1), BOOL: ("bool", False), FLOAT: ("double", float("nan"))}[kind]
    if str(column.type) != arrow_type:
        column = column.cast(arrow_type)
    kept_as = np.bool_ if kind == BOOL else np.int64 if kind == INT else np.float64
    parts = [_chunk(chunk, kept_as, absent) for chunk in column.chunks if len(chunk)]
    return np.concatenate([np.zeros(0, dtype=kept_as), *parts])


def _chunk(chunk: Any, kept_as: DTypeLike, absent: float) -> NDArray[Any]:
    """Read numbers from Arrow's buffers: ``fill_null`` and ``to_numpy`` would import pandas, too."""
    flags, content = chunk.buffers()
    is_flags = kept_as == np.bool_
    values = _unpacked(content, chunk) if is_flags else np.frombuffer(content, dtype=kept_as)[_rows(chunk)]
    if not chunk.null_count:
        return values
    return np.where(_unpacked(flags, chunk), values, np.asarray(absent, dtype=kept_as))


def _unpacked(content: Any, chunk: Any) -> NDArray[np.bool_]:
    return np.unpackbits(np.frombuffer(content, dtype=np.uint8), bitorder="little")[_rows(chunk)].view(np.bool_)


def _rows(chunk: Any) -> slice:
    return slice(chunk.offset, chunk.offset + len(chunk))
