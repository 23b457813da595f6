"""The pickup codes of a run for its replay: what a page needs to show the token of each delivered order."""

from __future__ import annotations

import base64
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

import numpy as np

from dronesim.codes import issue_code
from dronesim.experiment.pickup import DayKey
from dronesim.record.tables import Columns
from dronesim.replay.packing import Packed, packed
from dronesim.units import MS, to_ms

OF_SIMULATION: Final = "for simulation only: whoever knows the seed of the day can make every code of it"
OF_PLANNER: Final = "signed with the planner's own key; whoever has this page can open the boxes of that day"
HIDDEN: Final = "signed with the planner's own key, which was not stated when this page was made"


@dataclass(frozen=True, slots=True, kw_only=True)
class Codes:
    """What a page is told of codes: columns (none where the key is not stated), and the rest as JSON."""

    columns: tuple[Packed, ...]
    told: Mapping[str, Any]


def codes_of(orders: Columns, facts: Mapping[str, Any], *, delivered: Packed, key: DayKey | None) -> Codes:
    """Give the signatures of all delivered orders, 16 bytes each in base64, and when each code expires.

    A token is ``order.airport.box.expiry.signature``, so a page has the rest of it; ``delivered`` is the packed column
    from whose steps the expiry is told, in milliseconds. Without a key there is no signature, and ``note`` says so.
    """
    if key is None:
        return Codes(columns=(), told={"signatures": None, "note": HIDDEN, "holdMs": 0})
    rows = np.flatnonzero(~np.isnan(orders["delivered_s"]))
    hold_ms = to_ms(facts["handling"]["hold_limit_s"])
    expires_ms = np.rint(orders["delivered_s"][rows] * MS).astype(np.int64) + hold_ms
    number = {site["id"]: place for place, site in enumerate(facts["sites"]["airports"])}
    columns = (orders["order"][rows].tolist(), orders["airport"][rows].tolist(), orders["box"][rows].tolist())
    tokens = [
        issue_code(key.value, order=order, airport=number[airport], box=box, expires_ms=last_ms)
        for order, airport, box, last_ms in zip(*columns, expires_ms.tolist(), strict=True)
    ]
    signatures = b"".join(bytes.fromhex(token.rpartition(".")[2]) for token in tokens)
    beyond_ms = expires_ms - hold_ms - delivered.steps[rows] * round(delivered.scale * MS)
    told = {
        "signatures": base64.b64encode(signatures).decode("ascii"),
        "note": OF_PLANNER if key.is_own else OF_SIMULATION,
        "holdMs": hold_ms,
    }
    return Codes(columns=(packed("codes.beyondMs", beyond_ms),), told=told)
