"""Draws columns of a day again, from its seed: the stream of each name, and what a trace states instead."""

from __future__ import annotations

import csv
import hashlib
import math
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

import numpy as np
import pyarrow.parquet as pq

from dronesim.verify.intervals import Floats
from dronesim.verify.reading import Run

NORMAL_P95: Final = 1.6448536269514722
NOT_THERE: Final = -1.0
"""What a trace states of an order that it has not."""


def generator(run: Run, name: str) -> np.random.Generator:
    """Open the stream of a name, of the day's seed and replication."""
    key = int.from_bytes(hashlib.sha256(name.encode()).digest()[:8], "big")
    sequence = np.random.SeedSequence(int(run.facts.seed), spawn_key=(int(run.facts.replication), key))
    return np.random.Generator(np.random.Philox(sequence))


def lognormal(rng: np.random.Generator, mean: float, sd: float, count: int) -> Floats:
    """Draw from the lognormal law of a mean and a standard deviation."""
    spread = math.log1p((sd / mean) ** 2)
    return rng.lognormal(math.log(mean) - spread / 2, math.sqrt(spread), count)


def why_orders_are_not(folder: Path, scenario: Mapping[str, Any], *tables: str) -> str:
    """Say why what was drawn for the orders of a run can't be drawn again; empty where it can."""
    if not {"demand", "map", *tables} <= set(scenario):
        return f"the saved scenario has no orders and {' and '.join(tables)}"
    trace = scenario["demand"].get("file")
    if not all((folder / name).is_file() for name in (scenario["map"], trace) if name):
        return "the run has not all of its inputs"
    return "copies of a trace are not drawn again" if scenario["demand"].get("trace_factor", 1.0) != 1.0 else ""


def of_trace(run: Run, scenario: Mapping[str, Any], column: str) -> Floats:
    """Give what a trace states in a column, by order, NaN where it leaves it open; `NOT_THERE` for one that it has not.

    All NaN where orders are drawn.
    """
    if scenario["demand"].get("model") != "trace":
        return np.full(len(run.orders["order"]), np.nan)
    told = {name: float(row.get(column) or "nan") for name, row in trace_of(run, scenario).items()}
    return np.array([told.get(name, NOT_THERE) for name in run.orders["order_id"].tolist()])


def trace_of(run: Run, scenario: Mapping[str, Any]) -> dict[str, dict[str, str]]:
    """Give the rows of a trace of the day of a run, as texts by column, by order."""
    rows = _rows(run.folder / scenario["demand"]["file"])
    days = sorted({row.get("day", "").strip() for row in rows})
    day = days[int(run.facts.replication) % len(days)] if days else ""
    return {row["order_id"]: row for row in rows if row.get("day", "").strip() == day}


def _rows(path: Path) -> list[dict[str, str]]:
    """Read a trace as texts, from Parquet if its name says so, else from CSV; an empty cell is empty."""
    if path.suffix.lower() in (".parquet", ".pq"):
        table = pq.read_table(path).to_pydict()
        cells = ([("" if cell is None else str(cell)) for cell in column] for column in table.values())
        return [dict(zip(table, row, strict=True)) for row in zip(*cells, strict=True)]
    with path.open(encoding="utf-8-sig", newline="") as lines:
        header, *rows = csv.reader(lines)
    names = [name.strip() for name in header]
    return [dict(zip(names, (cell.strip() for cell in row), strict=False)) for row in rows if row]
