"""Run folders: written aside, renamed at the end, so that nobody ever sees half of one."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np

from dronesim.errors import InputError, Problem
from dronesim.tables import FLOAT, INT, SCHEMAS, TEXT, Columns

_PARTIAL = ".partial-"


@contextmanager
def new_folder(target: Path) -> Iterator[Path]:
    """Give a folder to write in; it takes its place when the block ends well and vanishes when it does not.

    A run folder that stands there already is replaced; anything else that is not empty is refused.
    """
    _check_place(target)
    target.parent.mkdir(parents=True, exist_ok=True)
    _sweep(target)
    aside = target.with_name(f".{target.name}{_PARTIAL}{os.getpid()}")
    aside.mkdir()
    try:
        yield aside
        _replace(target, aside)
    finally:
        shutil.rmtree(aside, ignore_errors=True)


def _check_place(target: Path) -> None:
    if target.is_dir() and (not any(target.iterdir()) or (target / "manifest.json").exists()):
        return
    if target.exists():
        rule = "is there already and is not a run folder; name another place"
        raise InputError([Problem(file=str(target), key="--out", rule=rule)])


def _sweep(target: Path) -> None:
    """Remove what killed runs left aside."""
    for left in target.parent.glob(f".{target.name}{_PARTIAL}*"):
        if not _is_alive(left.name.rpartition("-")[2]):
            shutil.rmtree(left, ignore_errors=True)


def _is_alive(process: str) -> bool:
    try:
        os.kill(int(process), 0)
    except (ProcessLookupError, ValueError):
        return False
    except PermissionError:
        return True
    return True


def _replace(target: Path, aside: Path) -> None:
    if target.exists():
        old = target.with_name(f".{target.name}{_PARTIAL}{os.getpid()}-old")
        target.rename(old)
        aside.rename(target)
        shutil.rmtree(old, ignore_errors=True)
    else:
        aside.rename(target)


def write_tables(folder: Path, tables: Mapping[str, Columns]) -> None:
    """Write each table as a Parquet file: zstd, floats split by byte, NaN and -1 as null."""
    import pyarrow.parquet as pq

    for name, columns in tables.items():
        floats = [column for column, kind in SCHEMAS[name].items() if kind == FLOAT]
        pq.write_table(
            to_arrow(name, columns),
            folder / f"{name}.parquet",
            compression="zstd",
            use_dictionary=[column for column, kind in SCHEMAS[name].items() if kind == TEXT],
            use_byte_stream_split=floats,
            write_statistics=False,
        )


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
        return pa.array(values, mask=values == -1)
    if kind == FLOAT:
        return pa.array(values, mask=np.isnan(values))
    return pa.array(values)


def write_json(path: Path, content: Any) -> None:
    """Write JSON that people can read; NaN is refused."""
    path.write_text(json.dumps(content, indent=2, ensure_ascii=False, allow_nan=False) + "\n", encoding="utf-8")


def sha256_of(path: Path) -> str:
    """Give a file's SHA-256 in hexadecimal."""
    return hashlib.sha256(path.read_bytes()).hexdigest()


def hashes_of(folder: Path) -> dict[str, str]:
    """Give the SHA-256 of every file below a folder, by path in it."""
    files = sorted(path for path in folder.rglob("*") if path.is_file())
    return {path.relative_to(folder).as_posix(): sha256_of(path) for path in files}
