"""The tables a run leaves behind: names, columns and types, shared by the engine, the measures and the checks."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from dronesim.record.waits import REASONS, TO_COURIER, TO_LOADING, TO_TAKE_OFF, stages_of

Columns = Mapping[str, NDArray[Any]]
"""One table: a column name to an array; times and other floats are NaN, integers -1, text None where absent."""

INT, FLOAT, TEXT, BOOL = "int64", "float64", "text", "bool"

MILESTONES: Final = (
    "placed_s",
    "prepared_s",
    "ready_s",
    "assigned_s",
    "loading_s",
    "loaded_s",
    "departed_s",
    "arrived_s",
    "landed_s",
    "delivered_s",
    "collected_s",
)

STAGES: Final = (
    "kitchen",
    *stages_of(TO_COURIER),
    "courier",
    *stages_of(TO_LOADING),
    "loading",
    *stages_of(TO_TAKE_OFF),
    "flight",
    "landing",
    "unloading",
    "dwell",
)
"""Where the time of an order goes, from placed to collected; those in between milestones are split by the waits."""

WAIT_STAGES: Final = tuple(reason.stage for reason in REASONS if reason.part != TO_TAKE_OFF)
"""Stages in which an order waits for somebody or something."""

END_STATES: Final = ("collected", "unclaimed", "refused", "cancelled", "ground", "lost", "open")

REFUSALS: Final = (
    *("too_heavy", "out_of_hours", "out_of_reach", "wind", "weather", "zone", "queue_limit", "airport_closed"),
)
"""Why an order is refused when it is placed."""
BY_POLICY: Final = "policy"
"""Why an order is refused later, where the policy may."""

ORDERS: Final = {
    "order": INT,
    "order_id": TEXT,
    "merchant": TEXT,
    "community": TEXT,
    "takeoff_point": TEXT,
    "airport": TEXT,
    "placed_airport": TEXT,
    "distance_m": FLOAT,
    "mass_kg": FLOAT,
    "in_range": BOOL,
    "end_state": TEXT,
    "reason": TEXT,
    "drone": INT,
    "outbound_leg": INT,
    "box": INT,
    **dict.fromkeys(MILESTONES, FLOAT),
    "ended_s": FLOAT,
    "ceiling_s": FLOAT,
    "ceiling_ready_s": FLOAT,
}
"""One row an order. ``airport`` is where it is to be delivered, ``placed_airport`` the customer's own, to which
``distance_m`` is: they differ where that was closed. ``ceiling_s`` and ``ceiling_ready_s``: click-to-door and
ready-to-door with unlimited resources and no queues, NaN where no drone of the fleet could bring the parcel and for
orders out of hours."""

LEGS: Final = {
    "leg": INT,
    "sortie": INT,
    "kind": TEXT,
    "drone": INT,
    "pack": INT,
    "order": INT,
    "from": TEXT,
    "to": TEXT,
    "level_m": FLOAT,
    "requested_s": FLOAT,
    "departed_s": FLOAT,
    "arrived_s": FLOAT,
    "landed_s": FLOAT,
    "hold_s": FLOAT,
    "distance_m": FLOAT,
    "energy_wh": FLOAT,
    "charge_start": FLOAT,
    "charge_end": FLOAT,
    "outcome": TEXT,
}
LEG_KINDS: Final = ("outbound", "return", "deadhead", "divert")
LEG_OUTCOMES: Final = ("landed", "diverted", "lost", "down", "open")
"""``down``: landed safely somewhere after a failure and fetched by road."""

OCCUPANCY: Final = {
    "resource": TEXT,
    "site": TEXT,
    "unit": INT,
    "holder": INT,
    "from_s": FLOAT,
    "to_s": FLOAT,
}
WAITS: Final = {
    "order": INT,
    "reason": TEXT,
    "from_s": FLOAT,
    "to_s": FLOAT,
}
"""Why an order was not flown, as it was at each decision. The rows of an order fill the time from ready to the start of
loading, or to its end, and that from loaded to departed; before these there may be one of waiting for a courier."""

INCIDENTS: Final = {
    "incident": INT,
    "time_s": FLOAT,
    "kind": TEXT,
    "site": TEXT,
    "drone": INT,
    "order": INT,
    "leg": INT,
    "action": TEXT,
}

SCANS: Final = {
    "scan": INT,
    "time_s": FLOAT,
    "airport": TEXT,
    "box": INT,
    "order": INT,
    "code_order": INT,
    "verdict": TEXT,
}
"""``order`` is the customer's who scans, ``code_order`` the one that the code was issued for, -1 where it can't be
read: a clumsy customer may hold up the code of somebody else."""
VERDICTS: Final = ("accepted", "wrong", "reused", "expired", "foreign")

SEGMENTS: Final = {
    "drone": INT,
    "leg": INT,
    "t0_s": FLOAT,
    "t1_s": FLOAT,
    "x0_m": FLOAT,
    "y0_m": FLOAT,
    "z0_m": FLOAT,
    "x1_m": FLOAT,
    "y1_m": FLOAT,
    "z1_m": FLOAT,
}

SCHEMAS: Final[Mapping[str, Mapping[str, str]]] = {
    "orders": ORDERS,
    "legs": LEGS,
    "occupancy": OCCUPANCY,
    "waits": WAITS,
    "incidents": INCIDENTS,
    "scans": SCANS,
    "cleared": SEGMENTS,
    "flown": SEGMENTS,
}

_DTYPES: Final = {
    INT: np.dtype(np.int64),
    FLOAT: np.dtype(np.float64),
    BOOL: np.dtype(np.bool_),
    TEXT: np.dtype(object),
}


def empty(table: str) -> dict[str, NDArray[Any]]:
    """Give the named table without rows."""
    return {column: np.empty(0, dtype=_DTYPES[kind]) for column, kind in SCHEMAS[table].items()}
