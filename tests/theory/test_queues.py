"""The engine against queues with known answers, everything else switched off.

Error rates: at least 12 replications with seeds of their own, and an agreement within 4 standard errors, which a
sound engine misses about once in 300 tests; every test also asserts that its standard error is small. Days are as
short as that allows: what chance did to their draws is known and taken out by regression.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

import gates
from dronesim.dispatch import Decisions
from dronesim.simulation import Outcome, simulate
from theory.laws import (
    REPLICATIONS,
    SORTIE_MS,
    adjusted,
    assert_near,
    bare_network,
    bunching,
    erlang_c,
    lindley_ms,
    md1_wait,
    poisson_s,
    standard_error,
)

WARM_UP = 0.1
"""Share of the orders at the beginning that is left out, because the day begins empty."""


def generators(name: int, replications: int = REPLICATIONS) -> list[np.random.Generator]:
    return [np.random.default_rng([name, number]) for number in range(replications)]


def settled(values: NDArray[Any]) -> NDArray[Any]:
    return values[int(WARM_UP * len(values)) :]


# one drone


def waits_for_the_drone(load: float, rng: np.random.Generator, count: int) -> tuple[Outcome, NDArray[np.int64]]:
    placed_s = poisson_s(rng, count, mean_gap_s=SORTIE_MS / 1000 / load)
    outcome = simulate(bare_network(placed_s, drones=1, collection_s=1.0))
    orders = outcome.tables["orders"]
    return outcome, gates.ms(orders["loading_s"]) - gates.ms(orders["ready_s"])


def mean_wait_for_the_drone(load: float, count: int) -> tuple[float, float]:
    """Mean wait in sorties, and its standard error."""
    runs = [waits_for_the_drone(load, rng, count) for rng in generators(1)]
    means = [float(settled(wait_ms).mean()) / SORTIE_MS for _, wait_ms in runs]
    gaps_s = [np.diff(settled(outcome.tables["orders"]["placed_s"])) for outcome, _ in runs]
    excesses = [gap_s * 1000 * load / SORTIE_MS - 1 for gap_s in gaps_s]
    return adjusted(means, [(float(excess.mean()), bunching(excess, 10)) for excess in excesses])


@pytest.mark.slow
def test_mean_wait_for_one_busy_drone_is_pollaczek_khinchine() -> None:
    """Less busy drones are looked at by the check behind docs/validation.md, which the gate runs."""
    assert_near(*mean_wait_for_the_drone(0.8, 2500), md1_wait(0.8), precision=0.07)


def test_every_single_wait_for_one_drone_is_lindleys() -> None:
    outcome, wait_ms = waits_for_the_drone(0.7, np.random.default_rng(5), 1000)
    placed_ms = gates.ms(outcome.tables["orders"]["placed_s"])
    assert np.array_equal(wait_ms, lindley_ms(placed_ms, SORTIE_MS))
    assert (wait_ms > 0).mean() > 0.5


def test_the_wait_of_exponential_sorties_would_be_told_apart() -> None:
    """The test has power: the mean of the queue with exponential service is twice as long and is refused."""
    load = 0.6
    means = [float(settled(waits_for_the_drone(load, rng, 600)[1]).mean()) / SORTIE_MS for rng in generators(2)]
    assert abs(np.mean(means) - load / (1 - load)) > 8 * standard_error(means)


# many couriers

ERLANG_C_ROWS = [
    (1, 0.5, 0.5, 1.0),
    (5, 4.0, 0.55411, 0.55411),
    (10, 8.0, 0.40918, 0.20459),
    (20, 18.0, 0.55077, 0.27538),
    (30, 27.0, 0.47141, 0.15714),
]
TRIP_S = 100.0
DAYS = {1: (13, 1500, (10,)), 5: (13, 2500, (40,)), 10: (13, 3000, (60,)), 20: (16, 6000, (200,))}
"""Replications, orders and windows of bunching by number of couriers; 30 are as busy as 20, and would take twice as
long to say the same."""


@pytest.mark.parametrize(("servers", "offered", "share", "wait"), ERLANG_C_ROWS)
def test_the_formulas_give_the_published_rows(servers: int, offered: float, share: float, wait: float) -> None:
    assert erlang_c(servers, offered) == pytest.approx(share, abs=6e-6)
    assert erlang_c(servers, offered) / (servers - offered) == pytest.approx(wait, abs=6e-6)


def nobody_flies(_view: object) -> Decisions:
    return Decisions()


def waits_for_a_courier(
    servers: int, offered: float, rng: np.random.Generator, count: int, windows: tuple[int, ...]
) -> tuple[NDArray[np.float64], tuple[float, ...]]:
    """Waits, in mean trips, of orders whose couriers' trips are exponential; the walk is drawn, all else is quick.

    No drone flies; the customers give up long after their parcel is ready. Also returned: by how much arrivals
    and trips as drawn missed their means, and work bunched over windows of orders.
    """
    gaps, trips = settled(rng.exponential(1 / offered, count)), rng.exponential(1.0, count)
    placed_s = TRIP_S * np.cumsum(np.concatenate([rng.exponential(1 / offered, count - len(gaps)), gaps]))
    inputs = bare_network(
        placed_s,
        couriers=servers,
        drones=0,
        policy=nobody_flies,
        walk_m=TRIP_S * trips / 2,
        patience_s=TRIP_S * max(30.0, 400 / offered),
    )
    tables = simulate(inputs).tables
    assert set(tables["orders"]["end_state"]) == {"cancelled"}
    ready_s, placed_s = tables["orders"]["ready_s"], tables["orders"]["placed_s"]
    is_trip = tables["occupancy"]["resource"] == "courier"
    left_s = np.empty(count)
    left_s[tables["occupancy"]["holder"][is_trip].astype(int)] = tables["occupancy"]["from_s"][is_trip]
    assert np.all(np.abs(ready_s - left_s - TRIP_S * trips) < 0.003)
    early, late = gaps * offered - 1, settled(trips) - 1
    missed = [bunching((late - early) / np.sqrt(2), window) for window in windows]
    return settled(np.round(left_s - placed_s, 3)) / TRIP_S, (float(early.mean()), float(late.mean()), *missed)


def waits_for_couriers(servers: int, offered: float) -> tuple[tuple[float, float], tuple[float, float]]:
    """Share of orders that wait, and mean wait in mean trips; each with its standard error."""
    replications, count, windows = DAYS[servers]
    runs = [waits_for_a_courier(servers, offered, rng, count, windows) for rng in generators(3, replications)]
    controls = [missed for _, missed in runs]
    shares, means = [float((waits > 0).mean()) for waits, _ in runs], [float(waits.mean()) for waits, _ in runs]
    return adjusted(shares, controls), adjusted(means, controls)


@pytest.mark.slow
def test_waits_for_many_couriers_are_erlang_c() -> None:
    """Fewer couriers are looked at by the check behind docs/validation.md, which the gate runs."""
    servers, offered, expected_share, expected_wait = ERLANG_C_ROWS[3]
    share, wait = waits_for_couriers(servers, offered)
    assert_near(*share, expected_share, precision=0.04)
    assert_near(*wait, expected_wait, precision=0.08)


# boxes

FLIGHT_S = 20.0 + 100.0 / 15 + 15 / 2.6 + 40.0
DWELL_S = 240.0


def blocked_share(
    boxes: int, offered: float, dwell_s: NDArray[np.float64], rng: np.random.Generator
) -> tuple[float, tuple[float, float]]:
    """Share of orders that find no free box; their customers give up within a millisecond.

    An order holds its box from booking, which is placing here, until the customer has scanned the code: the
    flight of 100 m and the dwell. Also returned: by how much the arrivals as drawn missed their mean, and bunched.
    """
    mean_hold_s = FLIGHT_S + float(np.mean(dwell_s))
    placed_s = poisson_s(rng, len(dwell_s), mean_gap_s=mean_hold_s / offered)
    inputs = bare_network(
        placed_s, boxes=boxes, drones=100, airport_xy=(100.0, 0.0), collection_s=dwell_s, patience_s=0.001
    )
    state = simulate(inputs).tables["orders"]["end_state"]
    assert set(state) <= {"collected", "cancelled"}
    excess = settled(np.diff(placed_s, prepend=0.0)) * offered / mean_hold_s - 1
    return float(np.mean(settled(state) == "cancelled")), (float(excess.mean()), bunching(excess, 10))


DWELL_LAWS = {
    "exponential": lambda rng, count: rng.exponential(DWELL_S, count),
    "constant": lambda _rng, count: np.full(count, DWELL_S),
    "lognormal": lambda rng, count: DWELL_S * rng.lognormal(-0.5, 1.0, count),
}


def mean_blocked_share(law: str, boxes: int, offered: float) -> tuple[float, float]:
    """Share of orders that find no free box, and its standard error."""
    runs = [blocked_share(boxes, offered, DWELL_LAWS[law](rng, 1200), rng) for rng in generators(4)]
    return adjusted([share for share, _ in runs], [missed for _, missed in runs])


def test_nobody_is_blocked_by_a_cabinet_that_never_fills() -> None:
    rng = np.random.default_rng(6)
    assert blocked_share(60, 8.0, rng.exponential(DWELL_S, 1000), rng)[0] == 0.0
