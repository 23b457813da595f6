"""The tables of a run as columns of a replay: what drones, orders, parcels, pads, boxes and couriers did when."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from dronesim.metrics.service import is_on_time
from dronesim.record.tables import END_STATES, LEG_KINDS, LEG_OUTCOMES, VERDICTS, Columns
from dronesim.record.waits import REASON_NAMES
from dronesim.replay.district import STEP_M
from dronesim.replay.packing import Packed, packed
from dronesim.replay.paths import Paths

STEP_S: Final = 0.1
"""Times are told in steps of so many seconds."""
STAY_STEP_S: Final = 1.0
"""So are the times of what is held."""
SHOWN: Final = ("pad", "box", "courier", "rider", "charger", "loader", "unloader")
"""What is held, of all that the table of occupancy has, and shown."""
_ONE_BY_ONE: Final = ("pad", "box")
_OF_ORDERS: Final = ("box", "courier", "rider")
_ORDER_TIMES: Final = (
    *("placed_s", "prepared_s", "ready_s", "assigned_s", "loading_s", "loaded_s", "departed_s", "arrived_s"),
    *("landed_s", "delivered_s", "collected_s", "ended_s"),
)
_SHARE: Final = 0.01
_GRAMS: Final = 0.01


class Names:
    """Numbers names in the order in which they come."""

    def __init__(self, known: Sequence[str] = ()) -> None:
        self._number = {name: number for number, name in enumerate(known)}

    def numbers(self, names: NDArray[Any]) -> NDArray[np.float64]:
        """Give each name's number, NaN for None."""
        found = [np.nan if name is None else self._number.setdefault(name, len(self._number)) for name in names]
        return np.array(found, dtype=np.float64)

    @property
    def all(self) -> list[str]:
        """The names by their numbers."""
        return list(self._number)


def told_s(time_s: float) -> float:
    """Give a time as columns tell it, so that the end of the day is not before what happened just then."""
    return round(time_s / STEP_S) / round(1.0 / STEP_S)


def known(numbers: NDArray[Any]) -> NDArray[np.float64]:
    """Give numbers with NaN for -1, which stands for none."""
    return np.where(numbers == -1, np.nan, numbers.astype(np.float64))


def leg_columns(legs: Columns, paths: Paths, sites: Names) -> list[Packed]:
    """Pack the legs, and the corners of their paths one after the other: times since the beginning of each."""
    departed = packed("legs.departed", legs["departed_s"], scale=STEP_S, is_delta=True)
    owner = np.repeat(np.arange(len(paths.count)), paths.count)
    since_s = paths.corners[:, 0] - departed.values[owner]
    return [
        departed,
        packed("legs.requested", legs["departed_s"] - legs["requested_s"], scale=STEP_S),
        packed("legs.arrived", legs["arrived_s"] - legs["departed_s"], scale=STEP_S),
        packed("legs.landed", legs["landed_s"] - legs["arrived_s"], scale=STEP_S),
        packed("legs.hold", legs["hold_s"], scale=STEP_S),
        packed("legs.kind", Names(LEG_KINDS).numbers(legs["kind"])),
        packed("legs.outcome", Names(LEG_OUTCOMES).numbers(legs["outcome"])),
        packed("legs.drone", known(legs["drone"])),
        packed("legs.order", known(legs["order"])),
        packed("legs.from", sites.numbers(legs["from"])),
        packed("legs.to", sites.numbers(legs["to"])),
        packed("legs.level", legs["level_m"]),
        packed("legs.distance", legs["distance_m"]),
        packed("legs.energy", legs["energy_wh"]),
        packed("legs.chargeStart", legs["charge_start"], scale=_SHARE),
        packed("legs.chargeEnd", legs["charge_end"], scale=_SHARE),
        packed("corners.count", paths.count),
        packed("corners.t", since_s, scale=STEP_S, is_delta=True),
        packed("corners.x", paths.corners[:, 1], scale=STEP_M, is_delta=True),
        packed("corners.y", paths.corners[:, 2], scale=STEP_M, is_delta=True),
        packed("corners.z", paths.corners[:, 3], scale=STEP_M, is_delta=True),
    ]


def order_columns(
    orders: Columns, service: Mapping[str, Any], *, sites: Names, merchants: Names, communities: Names, reasons: Names
) -> list[Packed]:
    """Pack the orders: each milestone by the time since the last one before it that happened."""
    on_time = is_on_time(orders, clock=str(service["clock"]), limit_s=float(service["limit_s"]))
    found = list[Packed]()
    for name in _ORDER_TIMES:
        short = name.removesuffix("_s")
        column = packed(f"orders.{short}", orders[name], scale=STEP_S, is_delta=not found, after=found or ())
        found.append(column)
    return [
        *found,
        packed("orders.isOnTime", on_time),
        packed("orders.isInRange", orders["in_range"]),
        packed("orders.state", Names(END_STATES).numbers(orders["end_state"])),
        packed("orders.reason", reasons.numbers(orders["reason"])),
        packed("orders.merchant", merchants.numbers(orders["merchant"])),
        packed("orders.community", communities.numbers(orders["community"])),
        packed("orders.takeoffPoint", sites.numbers(orders["takeoff_point"])),
        packed("orders.airport", sites.numbers(orders["airport"])),
        packed("orders.drone", known(orders["drone"])),
        packed("orders.box", known(orders["box"])),
        packed("orders.mass", orders["mass_kg"], scale=_GRAMS),
        packed("orders.distance", orders["distance_m"]),
    ]


def stay_columns(occupancy: Columns, closed_s: float, sites: Names) -> list[Packed]:
    """Pack who held what from when until when, by resource, site and time; what was not given back ends with the day.

    Units are told of what is drawn one by one, holders of what belongs to an order. A row of ``network`` has no site.
    """
    kind = Names(SHOWN)
    rows = np.flatnonzero(np.isin(occupancy["resource"], SHOWN))
    number, site = kind.numbers(occupancy["resource"][rows]), sites.numbers(occupancy["site"][rows])
    order = np.lexsort((occupancy["from_s"][rows], site, number))
    rows = rows[order]
    resource = occupancy["resource"][rows]
    from_s, to_s = occupancy["from_s"][rows], occupancy["to_s"][rows]
    begins = packed("stays.from", from_s, scale=STAY_STEP_S, is_delta=True)
    has_unit, has_holder = np.isin(resource, _ONE_BY_ONE), np.isin(resource, _OF_ORDERS)
    return [
        packed("stays.resource", number[order], is_delta=True),
        packed("stays.site", site[order], is_delta=True),
        packed("stays.unit", np.where(has_unit, known(occupancy["unit"][rows]), np.nan)),
        packed("stays.holder", np.where(has_holder, known(occupancy["holder"][rows]), np.nan), is_delta=True),
        begins,
        packed("stays.lasts", np.where(np.isnan(to_s), closed_s, to_s) - begins.values, scale=STAY_STEP_S),
    ]


def wait_columns(waits: Columns) -> list[Packed]:
    """Pack what orders waited for, by order and time."""
    order = np.lexsort((waits["from_s"], waits["order"]))
    return [
        packed("waits.order", known(waits["order"][order]), is_delta=True),
        packed("waits.reason", Names(REASON_NAMES).numbers(waits["reason"][order])),
        packed("waits.from", waits["from_s"][order], scale=STEP_S, is_delta=True),
        packed("waits.lasts", (waits["to_s"] - waits["from_s"])[order], scale=STEP_S),
    ]


def incident_columns(incidents: Columns, *, sites: Names, kinds: Names, actions: Names) -> list[Packed]:
    """Pack incidents by time."""
    order = np.argsort(incidents["time_s"], kind="stable")
    return [
        packed("incidents.time", incidents["time_s"][order], scale=STEP_S, is_delta=True),
        packed("incidents.kind", kinds.numbers(incidents["kind"][order])),
        packed("incidents.site", sites.numbers(incidents["site"][order])),
        packed("incidents.drone", known(incidents["drone"][order])),
        packed("incidents.order", known(incidents["order"][order])),
        packed("incidents.leg", known(incidents["leg"][order])),
        packed("incidents.action", actions.numbers(incidents["action"][order])),
    ]


def scan_columns(scans: Columns) -> list[Packed]:
    """Pack the scans that opened no box."""
    rows = np.flatnonzero(scans["verdict"] != VERDICTS[0])
    return [
        packed("scans.order", known(scans["order"][rows])),
        packed("scans.time", scans["time_s"][rows], scale=STEP_S, is_delta=True),
        packed("scans.verdict", Names(VERDICTS).numbers(scans["verdict"][rows])),
    ]
