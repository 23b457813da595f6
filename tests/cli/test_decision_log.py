"""`run --log-decisions`: what each decision chose from, beside a day that it does not change."""

from __future__ import annotations

import json
from pathlib import Path

import pyarrow.parquet as pq
import pytest

import dronesim
from command import call
from dronesim.dispatch import Decisions, DispatchView
from dronesim.errors import InputError

TINY = Path(__file__).parents[1] / "data" / "tiny.toml"
FEWER = "--set", "fleet.drones=3"


@pytest.mark.usefixtures("no_pictures")
def test_each_order_is_chosen_once_from_all_that_it_could_have_had(tmp_path: Path) -> None:
    for name, more in (("plain", ()), ("told", ("--log-decisions",))):
        answer = call("run", TINY, *FEWER, "--quiet", *more, "--out", tmp_path / name)
        assert answer.code == 0, answer.err
    plain, told = ((tmp_path / name / "kpis.json").read_bytes() for name in ("plain", "told"))
    assert plain == told
    assert call("verify", tmp_path / "told").code == 0
    rows = pq.read_table(tmp_path / "told" / "decisions.parquet").to_pylist()
    orders = pq.read_table(tmp_path / "told" / "orders.parquet").to_pylist()
    chosen = {row["order"]: row for row in rows if row["is_chosen"]}
    assert (
        len(chosen) == sum(row["is_chosen"] for row in rows) == sum(order["assigned_s"] is not None for order in orders)
    )
    for order in orders:
        row = chosen.get(order["order"])
        assert row is None or (row["drone"], row["time_s"]) == (order["drone"], order["assigned_s"])
    assert any(not row["is_chosen"] and row["delivery_s"] is not None for row in rows)
    views = {row["view"]: (row["ready"], row["free"]) for row in rows}
    assert len(rows) == sum(ready * free for ready, free in views.values())
    asked = json.loads((tmp_path / "told" / "manifest.json").read_text(encoding="utf-8"))["decisions"]
    assert max(views) < asked["count"]


def hold_then_send(view: DispatchView) -> Decisions:
    """Hold an order that has just come, then serve it."""
    decisions = Decisions()
    for order, drone in zip(view.ready, view.free_drones, strict=False):
        if view.now_s < 36_900:
            decisions.hold(order, until_s=37_000.0)
        elif view.delivery_by(order, drone) < float("inf"):
            decisions.assign(order, drone)
    return decisions


def test_other_decisions_have_a_row_each(tmp_path: Path) -> None:
    dronesim.run(TINY, policy=hold_then_send, out=tmp_path / "run", report=False, log_decisions=True)
    rows = pq.read_table(tmp_path / "run" / "decisions.parquet").to_pylist()
    held = [row for row in rows if row["kind"] == "hold"]
    assert held
    assert all(row["until_s"] == 37_000.0 and row["is_chosen"] and row["drone"] is None for row in held)


def test_a_log_needs_a_folder_and_one_day() -> None:
    with pytest.raises(InputError, match="log_decisions: needs a folder"):
        dronesim.run(TINY, log_decisions=True)
    answer = call("run", TINY, "--log-decisions", "--replications", 3)
    assert (answer.code, "--log-decisions: is for one day" in answer.err) == (2, True)
