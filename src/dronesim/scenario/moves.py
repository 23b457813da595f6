"""The scenario table of demand that moves between places over the day."""

from __future__ import annotations

from typing import Annotated, Any, Final, TypeAlias

from pydantic import Field, Strict, create_model

from dronesim.scenario.fields import Table, TimeOfDay

MOST_TIMES: Final = 1000.0
"""A place may weigh so many times what it does; beyond, name those that have no demand."""

_FIELDS: Final[dict[str, Any]] = {
    "place": (
        str,
        Field(
            description="a merchant, a community, a take-off point (all its merchants) or an airport (all its homes)"
        ),
    ),
    "from": (TimeOfDay, Field(description="from when its weight is another, local time")),
    "to": (TimeOfDay, Field(description="until when, local time")),
    "factor": (
        Annotated[float, Field(ge=0.0, le=MOST_TIMES)],
        Field(description="its weight is multiplied by so much; others have less or more of the same orders"),
    ),
}
MoveTable: Final = create_model(
    "MoveTable",
    __base__=Table,
    __doc__="A place that has another share of the orders for a part of the day; several for one multiply.",
    __module__=__name__,
    **_FIELDS,
)
"""Made, not written, for a key that Python keeps for itself: ``from``."""

Moves: TypeAlias = Annotated[tuple[MoveTable, ...], Strict(False)]  # type: ignore[valid-type]
