"""What a kind of trouble is: its words, the keys of its table in a scenario, and what strikes."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final, Literal, TypeAlias

from dronesim.record.incidents import IncidentKind
from dronesim.simulation.rules import ScriptedEvent
from dronesim.simulation.trouble.remedies import Remedies
from dronesim.units import DAY, MINUTE

Strike: TypeAlias = Callable[[Remedies, ScriptedEvent], None]
Holds: TypeAlias = Literal["number", "count", "airport", "takeoff_point", "merchant", "drone", "area"]

COMMON: Final = ("kind", "at")
"""Keys that every event has beside those of its trouble."""
_WORD: Final = re.compile(r"[a-z][a-z0-9]*(_[a-z0-9]+)*")


@dataclass(frozen=True, slots=True, kw_only=True)
class Key:
    """A key of a trouble's table in a scenario.

    Attributes
    ----------
    name
        What planners write, with the unit at its end or in ``unit``.
    text
        What it means, with its unit in words.
    holds
        ``"number"``; ``"count"``, a whole number; ``"airport"`` or ``"takeoff_point"``, the id of one, which strikes
        as its index; ``"merchant"``, the id of one; ``"drone"``, the number of one; or ``"area"``, the id of a link
        area of the map, which strikes as its index.
    is_required
        Whether planners must state it; the others have a ``default`` and its ``source``. A site, a drone or an area has
        none: where it is absent, it strikes as -1, and a merchant as an empty id.
    above, at_least, at_most
        Limits of a number or count, in the planner's unit.
    unit, si
        The unit where the name doesn't tell, and what one of it is in SI units.
    becomes
        The name by which ``strike`` finds the value; that of the key where it is empty.
    also
        What people call the key as well; messages then name the key that is meant.
    """

    name: str
    text: str
    holds: Holds = "number"
    is_required: bool = False
    default: float | None = None
    source: str = ""
    above: float | None = None
    at_least: float | None = None
    at_most: float | None = None
    unit: str = ""
    si: float = 1.0
    becomes: str = ""
    also: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if not _WORD.fullmatch(self.name) or self.name in COMMON:
            raise ValueError(f"a key must be lower-case words joined by _, and not kind or at, not {self.name!r}")
        is_amount, has_default = self.holds in ("number", "count"), self.default is not None
        if has_default and (self.is_required or not is_amount):
            raise ValueError(f"key {self.name}: has no default, for it is required or no number")
        if is_amount and not (self.is_required or has_default):
            raise ValueError(f"key {self.name}: give a number a default, or make it required")
        if not self.is_required and not self.source:
            raise ValueError(f"key {self.name}: say where its default comes from")

    @property
    def value_name(self) -> str:
        """The name by which ``strike`` finds the value."""
        return self.becomes or self.name


AIRPORT: Final = Key(
    name="airport", holds="airport", is_required=True, text="id of the airport", also=("site", "station")
)
DRONE: Final = Key(
    name="drone",
    holds="drone",
    text="number of the drone; absent: the lowest one aloft with a parcel",
    source="a choice",
)
TAKEOFF_POINT: Final = Key(
    name="takeoff_point",
    holds="takeoff_point",
    is_required=True,
    text="id of the take-off point",
    also=("site", "hub", "depot"),
)
MINUTES: Final = Key(
    name="minutes",
    text="how long, minutes",
    default=30.0,
    source="E, assumption",
    above=0.0,
    at_most=DAY / MINUTE,
    unit="min",
    si=MINUTE,
    becomes="duration_s",
    also=("duration", "duration_min", "duration_s"),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Trouble:
    """A kind of trouble that a scenario may state.

    Attributes
    ----------
    incident
        The words in which it is told; a scenario calls the trouble as the incident is called.
    meaning
        What happens, in one line.
    keys
        Its table in a scenario, beside the kind and the time.
    strike
        Called when it comes, with the remedies and what the scenario says of it.
    """

    incident: IncidentKind
    meaning: str
    strike: Strike
    keys: tuple[Key, ...] = ()

    def __post_init__(self) -> None:
        for names in ([key.name for key in self.keys], [key.value_name for key in self.keys]):
            twice = sorted({name for name in names if names.count(name) > 1})
            if twice:
                raise ValueError(f"trouble {self.kind}: has {', '.join(twice)} twice")

    @property
    def kind(self) -> str:
        """What a scenario calls it."""
        return self.incident.name
