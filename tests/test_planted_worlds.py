"""Kept worlds that were false alarms once, with faults planted in them: what they are allowed hides none of these."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from dronesim.experiment.run import run_day, write_day
from dronesim.verify import verify_run
from randomworlds import read_world
from randomworlds.judging import request

KEPT = Path(__file__).parent / "data" / "worlds"


def first_outage_untold(run: Path) -> None:
    """Where an unloader failed as it was promised past the close, and was never out, an outage before is not told."""
    facts = json.loads((run / "facts.json").read_text(encoding="utf-8"))
    first = next(out for out in facts["outages"] if (out["what"], out["site"]) == ("unloader", "A3"))
    facts["outages"].remove(first)
    (run / "facts.json").write_text(json.dumps(facts), encoding="utf-8")


def absence_untold(run: Path) -> None:
    """Where no courier is left to stay away, that the only one does is not told."""
    facts = json.loads((run / "facts.json").read_text(encoding="utf-8"))
    first = next(out for out in facts["outages"] if (out["what"], out["site"]) == ("courier", "T1"))
    facts["outages"].remove(first)
    (run / "facts.json").write_text(json.dumps(facts), encoding="utf-8")


def lands_early(run: Path) -> None:
    """A drone that holds on, silent anew, is told to come down before it has to."""

    def change(rows: list[dict[str, Any]]) -> None:
        held = [row for row in rows if (row["kind"], row["action"]) == ("link_loss", "holds")][-1]
        ends = next(row for row in rows if row["drone"] == held["drone"] and row["time_s"] > held["time_s"])
        ends["time_s"], ends["action"] = 37120.0, "lands safely, fetched by road"

    _edit(run / "incidents.parquet", change)


def costs_more(run: Path) -> None:
    """A leg on which a drone held in silence takes 4 % more energy than it did."""
    told = pq.read_table(run / "incidents.parquet").to_pylist()
    held = {row["leg"] for row in told if row["action"] == "holds"}

    def change(rows: list[dict[str, Any]]) -> None:
        for row in rows:
            row["energy_wh"] *= 1.04 if row["leg"] in held else 1.0

    _edit(run / "legs.parquet", change)


def _edit(path: Path, change: Callable[[list[dict[str, Any]]], None]) -> None:
    table = pq.read_table(path)
    rows = table.to_pylist()
    change(rows)
    pq.write_table(pa.Table.from_pylist(rows, schema=table.schema), path)


FAULTS: dict[str, tuple[Callable[[Path], None], str]] = {
    "no-courier-left-to-stay-away": (absence_untold, "outages"),
    "silent-anew-before-it-obeys": (lands_early, "command link"),
    "unloader-promised-past-the-close": (first_outage_untold, "outages"),
    "holds-in-silence-against-the-wind": (costs_more, "energy by physics"),
    "holds-in-silence-and-turns-with-the-wind": (costs_more, "energy by physics"),
}


@pytest.mark.parametrize("name", FAULTS)
def test_a_fault_in_a_kept_world_is_seen(name: str, tmp_path: Path) -> None:
    plant, says = FAULTS[name]
    day = run_day(request(read_world(KEPT / f"{name}.json"), tmp_path, has_tracks=True))
    run = write_day(day, tmp_path / "run")
    assert verify_run(run).is_clean
    plant(run)
    assert says in {check.name for check in verify_run(run).checks if not check.is_clean}
