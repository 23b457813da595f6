"""The scenario table of shifts: who is at work from when until when."""

from __future__ import annotations

from typing import Annotated, Any, Final, Literal, TypeAlias

from pydantic import Field, Strict, create_model

from dronesim.scenario.fields import Some, Table, TimeOfDay, about

_FIELDS: Final[dict[str, Any]] = {
    "what": (
        Literal["couriers", "loaders", "pilots", "riders", "drones"],
        Field(description="who works, or is in service"),
    ),
    "site": (
        str | None,
        about(None, "take-off point that they belong to; absent: so many at each, or of the network", "stated"),
    ),
    "from": (TimeOfDay, Field(description="when the shift begins, local time")),
    "to": (TimeOfDay, Field(description="when it ends, local time; who is at work then finishes")),
    "count": (Some, Field(description="how many; shifts of one site add up where they overlap")),
}
ShiftTable: Final = create_model(
    "ShiftTable",
    __base__=Table,
    __doc__="People at work, or drones in service, for a part of the day.",
    __module__=__name__,
    **_FIELDS,
)
"""Made, not written, for a key that Python keeps for itself: ``from``."""

SHIFT_WORDS: Final = {
    "start": "from",
    "begin": "from",
    "at": "from",
    "end": "to",
    "until": "to",
    "till": "to",
    "kind": "what",
    "who": "what",
    "takeoff_point": "site",
    "number": "count",
}
"""What people call the keys of a shift."""

Shifts: TypeAlias = Annotated[tuple[ShiftTable, ...], Strict(False)]  # type: ignore[valid-type]
