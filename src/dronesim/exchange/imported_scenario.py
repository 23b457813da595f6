"""The scenario of an imported day: hours, couriers and drones that follow from its orders."""

from __future__ import annotations

import math
from dataclasses import dataclass
from string import Template
from typing import Final

import numpy as np

from dronesim.exchange.placement import Floats, Indices
from dronesim.scenario.air import PilotsTable
from dronesim.scenario.fields import LATEST_S
from dronesim.scenario.ground import CouriersTable, ServiceTable
from dronesim.units import HOUR, MINUTE, clock_minutes

COURIERS: Final = CouriersTable()
SERVICE: Final = ServiceTable()
PILOTS: Final = PilotsTable()
SORTIE_MIN: Final = 10
SLACK: Final = 1.5
"""How long a sortie is taken to last, and how many times the busiest hour's need there is of drones and couriers:
assumptions for a first network, whose numbers then stand in the file."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Load:
    """What an imported day asks of a network; arrays ``(n,)`` by order, ``walk_m`` one way.

    ``origin`` and ``courier_walk`` are sentences for the file's head; ``head`` and ``demand`` stand for the lines of a
    day whose sites are made up and whose orders are in ``trace.csv``. What the source does not tell of kitchens is NaN.
    """

    name: str
    origin: str
    courier_walk: str
    placed_s: Floats
    preparation_s: Floats
    takeoff_point: Indices
    walk_m: Floats
    takeoff_points: int
    head: str = ""
    demand: str = ""


def scenario_toml(load: Load, *, hours_of: Floats | None = None) -> str:
    """Write a scenario with couriers and drones for the day's busiest hour, and half as many again.

    ``hours_of`` ``(m,)``: times of placing that the hours shall hold, those of the day itself if None.
    """
    start_s, end_s = _hours(load.placed_s if hours_of is None else hours_of)
    drones = max(2 * load.takeoff_points, math.ceil(SLACK * _busiest(load.placed_s) * SORTIE_MIN * MINUTE / HOUR))
    head = load.head or _HEAD.substitute(orders=len(load.placed_s), origin=load.origin, courier_walk=load.courier_walk)
    return _TEMPLATE.substitute(
        name=load.name,
        head=head,
        demand=load.demand or _DEMAND,
        kitchens=_kitchens(load.preparation_s[~np.isnan(load.preparation_s)] / MINUTE),
        start=clock_minutes(start_s),
        end=clock_minutes(end_s),
        drones=drones,
        radius=SERVICE.radius_m,
        limit=SERVICE.limit_min,
        walk=COURIERS.walk_mps,
        handling=COURIERS.handling_s,
        sortie=SORTIE_MIN,
        share=PILOTS.drones_per_pilot,
        couriers=max(_couriers(load, top) for top in range(load.takeoff_points)),
        pilots=math.ceil(drones / PILOTS.drones_per_pilot),
    )


def _kitchens(minutes: Floats) -> str:
    """State the law of the kitchens by mean and standard deviation of the day; nothing where nothing is known."""
    if not len(minutes):
        return ""
    return _KITCHENS.substitute(preparation=_preparation(minutes))


def _preparation(minutes: Floats) -> str:
    if round(float(minutes.std()), 1) == 0.0 or round(float(minutes.mean()), 1) == 0.0:
        return f'kind = "constant"\nmean_min = {minutes.mean():.1f}'
    return f'kind = "lognormal"\nmean_min = {minutes.mean():.1f}\nsd_min = {minutes.std():.1f}'


def _hours(placed_s: Floats) -> tuple[float, float]:
    """The whole hours that hold every order, until the midnight after the day's own at the latest."""
    first_s = min(HOUR * math.floor(placed_s.min() / HOUR), LATEST_S - HOUR)
    return first_s, min(LATEST_S, HOUR * math.ceil((placed_s.max() + 1.0) / HOUR))


def _busiest(placed_s: Floats) -> int:
    """Orders in the busiest clock hour."""
    return int(np.bincount((placed_s // HOUR).astype(np.int64)).max(initial=0))


def _couriers(load: Load, top: int) -> int:
    """Couriers whom the busiest hour of one take-off point keeps busy, by Little's law, with slack."""
    is_here = load.takeoff_point == top
    if not is_here.any():
        return 1
    walks_s = 2 * COURIERS.detour * float(load.walk_m[is_here].mean()) / COURIERS.walk_mps
    trip_s = walks_s + COURIERS.handling_s + COURIERS.boxing_s
    return max(1, math.ceil(SLACK * _busiest(load.placed_s[is_here]) * trip_s / HOUR))


_HEAD: Final = Template(
    """\
# Made by `dronesim import`: ${orders} orders of a real day, ${origin}.
# Placing, kitchens, merchants and customers are those of the trace. The network around them is made up (E, an
# assumption): sites by k-means, couriers and drones for the busiest hour by Little's law, half as many again.
# The kitchens are restaurants, not mall counters: on the placed clock the ceiling is low, whatever the fleet.
# Courier's straight way from merchant to take-off point: ${courier_walk} m.
"""
)
_DEMAND: Final = """\
[demand]
model = "trace"
file = "trace.csv"              # mass_kg is empty there: masses are drawn
"""
_KITCHENS: Final = Template(
    """\
[kitchens.preparation]          # mean and spread of this day; couriers leave by the mean where expected_min is empty
${preparation}

"""
)
_TEMPLATE: Final = Template(
    """\
${head}name = "${name}"
map = "map.geojson"

[horizon]                       # whole hours that hold every order of the trace
start = "${start}"
end = "${end}"
drain_max_min = 180.0           # E

[service]
radius_m = ${radius}               # B: the standard service, 3 kilometres in 15 minutes
limit_min = ${limit}                # B
clock = "placed"                # reports show "ready" beside it

${demand}
${kitchens}[couriers]
per_takeoff_point = ${couriers}
walk_mps = ${walk}                  # C
handling_s = ${handling}               # C, E

[fleet]
drones = ${drones}                     # ${sortie} min a sortie in the busiest hour, and half as many again

[pilots]
count = ${pilots}
drones_per_pilot = ${share}           # B

[airspace]
mode = "strategic"              # a choice: every two flights are kept apart; "headway" lets crossing ways meet

[dispatch]
policy = "nearest"
"""
)
