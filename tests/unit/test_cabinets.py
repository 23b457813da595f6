"""Cabinets, codes and customers through the engine: who opens which box, when it is free again."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

import gates
from dronesim.simulation import Outcome, simulate
from lab import lab_inputs

NEAR = ((900.0, 0.0), (0.0, 1200.0))


def day(placed_s: Any = (36000.0,), *, boxes: int = 28, hold_limit_s: float = 7200.0, **orders: Any) -> Outcome:
    inputs = lab_inputs(
        placed_s,
        airports_xy=NEAR,
        orders=orders,
        rules={"airports": {"boxes": (boxes, boxes), "hold_limit_s": hold_limit_s}, "horizon": {"drain_s": 1e5}},
    )
    outcome = simulate(inputs)
    gates.check_day(inputs, outcome)
    return outcome


def scans(outcome: Outcome) -> list[tuple[str, str]]:
    return [(row["airport"], row["verdict"]) for row in gates.rows(outcome.tables["scans"])]


def only(outcome: Outcome) -> gates.Row:
    (row,) = gates.rows(outcome.tables["orders"])
    return row


def test_a_customer_collects_with_one_good_scan() -> None:
    outcome = day()
    assert scans(outcome) == [("A0", "accepted")]
    assert only(outcome)["collected_s"] == only(outcome)["delivered_s"] + 240_000


def test_a_damaged_code_is_refused_and_the_next_scan_is_good() -> None:
    outcome = day(bad_scan=1)
    assert scans(outcome) == [("A0", "wrong"), ("A0", "accepted")]
    assert only(outcome)["collected_s"] == only(outcome)["delivered_s"] + 240_000 + 30_000


def test_a_code_held_up_at_another_airport_is_foreign() -> None:
    assert scans(day(bad_scan=3)) == [("A1", "foreign"), ("A0", "accepted")]


def test_a_used_code_is_refused() -> None:
    outcome = day((36000.0, 37500.0), bad_scan=[0, 2])
    assert scans(outcome) == [("A0", "accepted"), ("A0", "reused"), ("A0", "accepted")]
    assert outcome.tables["scans"]["order"].tolist() == [0, 1, 1]


def test_a_used_code_of_somebody_else_is_reused_even_when_it_has_expired() -> None:
    """Its hold limit passed hours before the clumsy customer holds it up; whose it was is written down."""
    outcome = day((36000.0, 50000.0), hold_limit_s=600.0, bad_scan=[0, 2])
    assert scans(outcome) == [("A0", "accepted"), ("A0", "reused"), ("A0", "accepted")]
    assert outcome.tables["scans"]["order"].tolist() == [0, 1, 1]
    assert outcome.tables["scans"]["code_order"].tolist() == [0, 0, 1]


def test_nobody_can_be_read_from_a_damaged_code_and_its_order_from_one_held_up_elsewhere() -> None:
    assert day(bad_scan=1).tables["scans"]["code_order"].tolist() == [-1, 0]
    assert day(bad_scan=3).tables["scans"]["code_order"].tolist() == [0, 0]


def test_without_a_used_code_at_hand_the_clumsy_customer_scans_a_damaged_one() -> None:
    assert scans(day(bad_scan=2)) == [("A0", "wrong"), ("A0", "accepted")]


@pytest.mark.parametrize(("collection_s", "state"), [(600.0, "collected"), (600.001, "unclaimed")])
def test_the_hold_limit_is_the_last_moment_of_the_code(collection_s: float, state: str) -> None:
    outcome = day(hold_limit_s=600.0, collection_s=collection_s)
    assert only(outcome)["end_state"] == state


def test_a_late_customer_finds_an_expired_code_and_a_cleared_box() -> None:
    outcome = day(hold_limit_s=600.0, collection_s=1000.0)
    assert scans(outcome) == [("A0", "expired")]
    assert only(outcome)["ended_s"] == only(outcome)["delivered_s"] + 600_001


def test_a_rescan_after_the_hold_limit_comes_too_late() -> None:
    outcome = day(hold_limit_s=600.0, collection_s=590.0, bad_scan=1)
    assert scans(outcome) == [("A0", "wrong"), ("A0", "expired")]
    assert only(outcome)["end_state"] == "unclaimed"


def test_a_no_show_scans_nothing_and_is_cleared() -> None:
    outcome = day(is_no_show=True, hold_limit_s=600.0)
    assert scans(outcome) == []
    assert only(outcome)["end_state"] == "unclaimed"


def test_the_lowest_free_box_is_taken() -> None:
    outcome = day((36000.0, 36100.0, 36200.0, 37800.0), collection_s=[3000.0, 100.0, 3000.0, 100.0])
    assert outcome.tables["orders"]["box"].tolist() == [0, 1, 2, 1]


def test_a_full_cabinet_shows_as_waiting_on_the_ground() -> None:
    outcome = day((36000.0, 36001.0), boxes=1)
    first, second = gates.rows(outcome.tables["orders"])
    assert second["ready_s"] < first["collected_s"]
    assert second["assigned_s"] == first["collected_s"]
    assert not outcome.tables["legs"]["hold_s"].any()


def test_two_full_cabinets_do_not_hold_up_a_third_order() -> None:
    outcome = day((36000.0, 36001.0, 36002.0), boxes=1, airport=[0, 0, 1])
    first, second, third = gates.rows(outcome.tables["orders"])
    assert third["assigned_s"] < first["collected_s"] <= second["assigned_s"]


def test_a_code_of_one_day_does_not_open_another_day_s_box() -> None:
    """Another key makes other codes; the customer's own still opens the box."""
    inputs = replace(lab_inputs(), key=b"another day")
    assert scans(simulate(inputs)) == [("A0", "accepted")]


def test_every_box_is_free_after_a_busy_day() -> None:
    rng = np.random.default_rng(4)
    count = 80
    outcome = day(
        np.sort(rng.uniform(36000, 40000, count)),
        boxes=3,
        hold_limit_s=900.0,
        airport=rng.integers(0, 2, count),
        collection_s=rng.exponential(500, count),
        is_no_show=rng.random(count) < 0.1,
        bad_scan=rng.integers(0, 4, count),
    )
    assert set(outcome.tables["orders"]["end_state"]) == {"collected", "unclaimed"}
    assert {row["verdict"] for row in gates.rows(outcome.tables["scans"])} == {
        "accepted", "wrong", "reused", "foreign", "expired",
    }  # fmt: skip
