"""Run folders: written aside, renamed at the end, so that nobody ever sees half of one."""

from __future__ import annotations

import hashlib
import json
import os
import platform
import re
import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

import numpy as np

from dronesim.errors import InputError, Problem
from dronesim.tables import FLOAT, INT, SCHEMAS, TEXT, Columns
from dronesim.targets import check_writable, checking, writing_to

_KEY: Final = "--out"
_PARTIAL: Final = ".partial-"
_LEFT: Final = re.compile(r"\.(?P<name>.+)\.partial-(?P<mark>new|old)-(?P<node>.*)-(?P<process>\d+)")
_ROW_GROUP = 1 << 18


@contextmanager
def new_folder(place: Path) -> Iterator[Path]:
    """Give a folder to write in; it takes its place when the block ends well and vanishes when it does not.

    A run folder that stands there already is replaced; anything else that is not empty is refused. What killed
    runs left aside in the same folder, whatever their names, is removed.
    """
    check_place(place)
    target = place.resolve()
    with writing_to(place):
        target.parent.mkdir(parents=True, exist_ok=True)
        _sweep(target.parent)
        aside = _aside(target)
        aside.mkdir()
        try:
            yield aside
            _replace(target, aside)
        finally:
            shutil.rmtree(aside, ignore_errors=True)


def check_place(place: Path) -> None:
    """Refuse a place for a run where something else lies, or that can't be written to."""
    with checking(place, key=_KEY):
        target = place.resolve()
        is_free = not target.exists() or (target.is_dir() and (not any(target.iterdir()) or _is_run(target)))
    if not is_free:
        rule = "is there already and is not a run folder; name another place"
        raise InputError([Problem(file=str(place), key=_KEY, rule=rule)])
    check_writable(place, key=_KEY)


def _aside(target: Path, mark: str = "new") -> Path:
    return target.with_name(f".{target.name}{_PARTIAL}{mark}-{platform.node()}-{os.getpid()}")


def _is_run(folder: Path) -> bool:
    """Tell a run by a manifest of ours: other programs have a manifest.json too."""
    try:
        manifest = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return False
    return isinstance(manifest, dict) and {"dronesim", "files"} <= manifest.keys()


def _sweep(folder: Path) -> None:
    """Remove what killed runs of this machine left aside; an older run that was on its way out comes back."""
    for left in folder.iterdir():
        found = _LEFT.fullmatch(left.name)
        if found is None or found["node"] != platform.node() or _is_running(found["process"]):
            continue
        if found["mark"] == "old" and not (folder / found["name"]).exists():
            left.rename(folder / found["name"])
        else:
            shutil.rmtree(left, ignore_errors=True)


def _is_running(process: str) -> bool:
    """Tell whether another process has this number; what carries our own number is a namesake's."""
    if process == str(os.getpid()):
        return False
    try:
        os.kill(int(process), 0)
    except (ProcessLookupError, OverflowError, ValueError):
        return False
    except PermissionError:
        return True
    return True


def _replace(target: Path, aside: Path) -> None:
    if target.exists():
        old = _aside(target, "old")
        target.rename(old)
        aside.rename(target)
        shutil.rmtree(old, ignore_errors=True)
    else:
        aside.rename(target)


def write_tables(folder: Path, tables: Mapping[str, Columns]) -> None:
    """Write each table as a Parquet file: zstd, floats split by byte, NaN and -1 as null."""
    import pyarrow.parquet as pq

    for name, columns in tables.items():
        first = to_arrow(name, _some_rows(columns, 0))
        with pq.ParquetWriter(
            folder / f"{name}.parquet",
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
