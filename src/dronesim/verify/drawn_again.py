"""Draws columns of a day again, from its seed: the stream of each name, and what a trace states instead."""

from __future__ import annotations

import csv
import hashlib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from dronesim.verify.intervals import Floats
from dronesim.verify.reading import Run


def generator(run: Run, name: str) -> np.random.Generator:
    """Open the stream of a name, of the day's seed and replication."""
    key = int.from_bytes(hashlib.sha256(name.encode()).digest()[:8], "big")
    sequence = np.random.SeedSequence(int(run.facts.seed), spawn_key=(int(run.facts.replication), key))
    return np.random.Generator(np.random.Philox(sequence))


def why_orders_are_not(folder: Path, scenario: Mapping[str, Any], *tables: str) -> str:
    """Say why what was drawn for the orders of a run can't be drawn again; empty where it can."""
    if not {"demand", "map", *tables} <= set(scenario):
        return f"the saved scenario has no orders and {' and '.join(tables)}"
    trace = scenario["demand"].get("file")
    if not all((folder / name).is_file() for name in (scenario["map"], trace) if name):
        return "the run has not all of its inputs"
    return "copies of a trace are not drawn again" if scenario["demand"].get("trace_factor", 1.0) != 1.0 else ""


def of_trace(run: Run, scenario: Mapping[str, Any], column: str) -> Floats:
    """Give what a trace states in a column, by order, NaN where it leaves it open; -inf for an order that it has not.

    All NaN where orders are drawn, or the trace is no CSV.
    """
    open_ = np.full(len(run.orders["order"]), np.nan)
    if scenario["demand"].get("model") != "trace":
        return open_
    path = run.folder / scenario["demand"]["file"]
    if path.suffix != ".csv":
        return open_
    with path.open(encoding="utf-8-sig", newline="") as lines:
        rows = list(csv.DictReader(lines))
    days = sorted({(row.get("day") or "").strip() for row in rows})
    day = days[int(run.facts.replication) % len(days)] if days else ""
    its = [row for row in rows if (row.get("day") or "").strip() == day]
    told = {row["order_id"]: (row.get(column) or "").strip() for row in its}
    texts = [told.get(name, "-inf") for name in run.orders["order_id"]]
    return np.array([float(text or "nan") for text in texts])
