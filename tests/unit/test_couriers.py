"""Couriers: first placed, first served, and a trip that begins much later leaves its courier free until then."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dronesim.simulation.couriers import CourierPool
from dronesim.simulation.ledger import Ledger
from dronesim.simulation.presence import Presence

HANDLING = (10, 20)
WALK = 5


def pool(count: int = 1) -> CourierPool:
    return CourierPool(count, site=0, ledger=Ledger(), handling=HANDLING)


def sent(couriers: CourierPool, *, placed: int, kitchen: int, planned: int) -> tuple[int, int]:
    """Send for an order; when the courier leaves, and when the parcel is ready."""
    wanted = max(placed, placed + planned - WALK)
    trip = couriers.find_trip(wanted, prepared_ms=placed + kitchen, walk_ms=WALK, now_ms=placed)
    return trip.leave_ms, couriers.send(placed, trip=trip, now_ms=placed)


def test_a_courier_arrives_when_the_kitchen_is_expected_to_end() -> None:
    assert sent(pool(), placed=100, kitchen=60, planned=60) == (155, 160 + 10 + 5 + 20)
    assert sent(pool(), placed=100, kitchen=80, planned=60) == (155, 180 + 10 + 5 + 20)
    assert sent(pool(), placed=100, kitchen=0, planned=0) == (100, 105 + 10 + 5 + 20)


def test_the_next_order_waits_for_the_courier_who_is_out() -> None:
    couriers = pool()
    assert sent(couriers, placed=0, kitchen=0, planned=0) == (0, 40)
    assert sent(couriers, placed=1, kitchen=0, planned=0) == (40, 80)


@pytest.mark.parametrize("count", [1, 2])
def test_a_pre_order_delays_nobody_before_its_time(count: int) -> None:
    alone, beside = pool(count), pool(count)
    assert sent(beside, placed=0, kitchen=10_000, planned=10_000) == (9995, 10_035)
    for placed in (1, 2, 60, 61, 500):
        order = {"placed": placed, "kitchen": 7, "planned": 7}
        assert sent(alone, **order) == sent(beside, **order)


def test_a_trip_that_would_not_be_over_in_time_is_not_begun() -> None:
    couriers = pool()
    assert sent(couriers, placed=0, kitchen=105, planned=105) == (100, 140)
    assert sent(couriers, placed=10, kitchen=90, planned=0) == (140, 180)
    assert sent(couriers, placed=20, kitchen=0, planned=0) == (20, 60)
    assert sent(couriers, placed=21, kitchen=0, planned=0) == (60, 100)
    assert sent(couriers, placed=22, kitchen=0, planned=0) == (180, 220)


def test_no_courier_is_in_two_places() -> None:
    ledger = Ledger()
    couriers = CourierPool(2, site=0, ledger=ledger, handling=HANDLING)
    for placed in range(0, 2000, 7):
        sent(couriers, placed=placed, kitchen=placed % 97, planned=(placed * 31) % 700)
    rows = ledger.couriers.table()
    for courier in (0, 1):
        out = sorted(zip(*(rows[name][rows["unit"] == courier].tolist() for name in ("from_ms", "to_ms")), strict=True))
        assert len(out) > 5
        assert all(before[1] <= after[0] for before, after in pairwise(out))


@given(st.lists(st.tuples(st.integers(0, 60), st.integers(0, 90)), max_size=12))
def test_of_couriers_who_work_in_shifts_the_one_who_can_leave_first_goes(trips: list[tuple[int, int]]) -> None:
    """Beside a look at all of them, each with when it is back and when its shift is on."""
    presence = Presence(((0.0, 3), (0.2, 1), (0.4, 4), (0.7, 2)), over_ms=5000)
    couriers = CourierPool(4, site=0, ledger=Ledger(), handling=(0, 1000), presence=presence)
    back_ms = dict.fromkeys(range(4), 0)
    for wanted_ms, takes_ms in ((10 * wanted, 10 * takes) for wanted, takes in trips):
        leaves = {it: presence.from_ms(it, max(wanted_ms, at_ms)) for it, at_ms in back_ms.items()}
        first = min(leaves, key=lambda it: (leaves[it], back_ms[it], it))
        trip = couriers.find_trip(wanted_ms, prepared_ms=0, walk_ms=0, now_ms=0, boxing_ms=takes_ms)
        assert (trip.courier, trip.leave_ms, trip.since_ms) == (first, leaves[first], back_ms[first])
        couriers.send(0, trip=trip, now_ms=0)
        back_ms[first] = trip.ready_ms
        assert trip.ready_ms == trip.leave_ms + takes_ms
