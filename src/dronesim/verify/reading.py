"""Reads a run folder into arrays for the checks."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from numpy.typing import DTypeLike, NDArray

from dronesim.errors import InputError, Problem
from dronesim.record.plain import SMALL_BYTES, check_rows, missing, read_object, read_plain, unusable
from dronesim.record.tables import BOOL, FLOAT, INT, SCHEMAS, TEXT, Columns
from dronesim.record.what_is_there import why_no_run
from dronesim.verify.facts import Facts
from dronesim.verify.facts_reading import read_facts

BUILT_IN: Final = frozenset(
    {
        *("first-job-first", "nearest", "random-feasible", "greedy", "matching", "matching-hold", "first-finish"),
        *("linear", "index", "reposition", "rollout"),
    }
)
"""The dispatch policies that ship, by all their names."""

NEEDED = ("orders", "legs", "occupancy", "waits", "incidents", "scans")
TRACKS = ("cleared", "flown")
_KEPT: Final[Mapping[str, DTypeLike]] = {INT: np.int64, FLOAT: np.float64, BOOL: np.bool_, TEXT: object}


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """A run folder in memory.

    ``tables`` holds the columns that the schema names, text as "" where absent; ``misfits`` says in words
    which columns are missing, unknown or of another type, by table.
    """

    folder: Path
    manifest: Mapping[str, Any]
    kpis: Mapping[str, Any]
    facts: Facts
    tables: Mapping[str, Columns]
    misfits: Mapping[str, tuple[str, ...]]

    @property
    def orders(self) -> Columns:
        """Give the orders table."""
        return self.tables["orders"]

    @property
    def legs(self) -> Columns:
        """Give the legs table."""
        return self.tables["legs"]

    @property
    def occupancy(self) -> Columns:
        """Give the occupancy table."""
        return self.tables["occupancy"]


def read_run(folder: Path) -> Run:
    """Read a run folder; what is missing or unreadable is an ``InputError`` that names every such file."""
    _require_files(folder)
    manifest = read_object(folder / "manifest.json", limit_bytes=SMALL_BYTES)
    facts, kpis = (read_object(folder / f"{name}.json") for name in ("facts", "kpis"))
    names = (*NEEDED, *(name for name in TRACKS if (folder / f"{name}.parquet").is_file()))
    read = {name: _read_table(folder / f"{name}.parquet", SCHEMAS[name]) for name in names}
    return Run(
        folder=folder,
        manifest=manifest,
        kpis=kpis,
        facts=read_facts(folder / "facts.json", facts),
        tables={name: columns for name, (columns, _) in read.items()},
        misfits={name: misfits for name, (_, misfits) in read.items()},
    )


def read_scenario(folder: Path) -> dict[str, Any]:
    """Read the saved scenario as the tables of its file."""
    path = folder / "scenario.toml"
    try:
        return tomllib.loads(read_plain(path).decode("utf-8"))
    except (ValueError, RecursionError) as error:
        raise unusable(path, f"is not readable TOML: {error}") from error


def _require_files(folder: Path) -> None:
    why = why_no_run(folder)
    if why is not None:
        raise unusable(folder, why)
    needed = ("manifest.json", "facts.json", "kpis.json", *(f"{name}.parquet" for name in NEEDED))
    lacking = [(name, missing(folder / name)) for name in needed]
    if any(why for _, why in lacking):
        raise InputError([_problem(folder, f"is not a run folder: {name} {why}") for name, why in lacking if why])


def _read_table(path: Path, schema: Mapping[str, str]) -> tuple[dict[str, NDArray[Any]], tuple[str, ...]]:
    try:
        file = pq.ParquetFile(path.absolute())
        check_rows(path, rows=file.metadata.num_rows, columns=file.metadata.num_columns)
        table = file.read()
        table.validate(full=True)
    except (OSError, pa.ArrowException) as error:
        raise unusable(path, f"is not a readable Parquet file: {str(error)[:200]}") from error
    misfits = tuple(_misfits(path.stem, table.schema, schema))
    if misfits:
        return {}, misfits
    return {name: _array(table.column(name), kind) for name, kind in schema.items()}, ()


def _misfits(table: str, found: Any, schema: Mapping[str, str]) -> list[str]:
    types = {field.name: field.type for field in found}
    unknown = [f"{table}: column {name} is not in the schema" for name in types if name not in schema]
    missing = [f"{table}: column {name} is missing" for name in schema if name not in types]
    other = [
        f"{table}: column {name} is {types[name]}, not {kind}"
        for name, kind in schema.items()
        if name in types and not _fits(types[name], kind)
    ]
    return unknown + missing + other


def _fits(found: Any, kind: str) -> bool:
    if kind == INT:
        return bool(pa.types.is_int64(found))
    if kind == FLOAT:
        return bool(pa.types.is_float64(found))
    if kind == BOOL:
        return bool(pa.types.is_boolean(found))
    plain = found.value_type if pa.types.is_dictionary(found) else found
    return bool(pa.types.is_string(plain) or pa.types.is_large_string(plain))


def _array(column: Any, kind: str) -> NDArray[Any]:
    pieces = [_piece(chunk, kind) for chunk in column.chunks if len(chunk)]
    values = np.concatenate([np.zeros(0, dtype=_KEPT[kind]), *pieces])
    values.flags.writeable = False
    return values


def _piece(chunk: Any, kind: str) -> NDArray[Any]:
    """Read a part of a column by its bytes: Arrow's own ways to numpy import pandas, wherever it is installed."""
    if kind == TEXT:
        return np.array([text or "" for text in chunk.to_pylist()] + [None], dtype=object)[:-1]
    places = np.arange(chunk.offset, chunk.offset + len(chunk))
    flags, content = chunk.buffers()
    if kind == BOOL:
        values = _bits(content, places)
    else:
        values = np.frombuffer(content, dtype=_KEPT[kind], count=len(chunk), offset=8 * chunk.offset).copy()
    if flags is not None:
        values[~_bits(flags, places)] = {INT: -1, FLOAT: np.nan, BOOL: False}[kind]
    return values


def _bits(content: Any, places: NDArray[np.int64]) -> NDArray[np.bool_]:
    """Give the bits at some places, counted from the lowest of each byte."""
    found: NDArray[np.bool_] = (np.frombuffer(content, dtype=np.uint8)[places >> 3] >> (places & 7)) & 1 == 1
    return found


def _problem(path: Path, rule: str) -> Problem:
    return Problem(file=str(path), key="run folder", rule=rule)
