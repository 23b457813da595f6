"""The words for what goes wrong in a day, and for what is done about it: kinds of incidents with their actions."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

HOLDS: Final = "holds"
GOES_ON: Final = "goes on"
RETURNS: Final = "returns"
DIVERTS: Final = "diverts"
STAYS: Final = "stays on the pad"
FLIES_AROUND: Final = "flies around"
OTHER_WAY_HOME: Final = "has another way home"
GROUNDED: Final = "no drone may fly"
MAY_FLY: Final = "drones may fly again"
OTHER_WIND: Final = "waits for another wind"
ZONE_OVER: Final = "waits for a zone to end"
CLOSED: Final = "closed"
IN_FORCE: Final = "no-fly zone {name} in force"
REVOKED: Final = "revoked"
STOPS: Final = "flying stops: {why}"
NO_WAY_HOME: Final = "stays away: no way home, or too little charge for it"
DAY_ENDS: Final = "stays away: the day ends first"
NO_WAY: Final = "revoked: no energy or no way for it any more"
RECALLED: Final = "revoked: recalled by the policy"
BY_POLICY: Final = "its pack is swapped or charged, as the policy says"
PUT_OFF: Final = "revoked: flying is forecast to stop before it would be over"
LOST: Final = "lost"
FETCHED: Final = "lands safely, fetched by road"
STRAYS: Final = "strays {metres} m from its path"
LANDS_ANEW: Final = "makes another pass"
NO_POSITION: Final = "no position in {name}"
NO_LINK: Final = "no link in {name}"
SILENT: Final = "waits: the drone does not hear"
FAILS_LATER: Final = "fails at its next take-off"
NOBODY_OUTBOUND: Final = "nothing: no such drone is outbound"
COMES_HOME: Final = "nothing: it is not on its way with a parcel"
DOWN_FOR_NOW: Final = "decides nothing"
JAMMED: Final = "takes and gives nothing"
UNIT_LESS: Final = "one less"
SLOWER: Final = "takes longer"
LANDS: Final = "nothing: it sinks to land already"
SLOT_LOST: Final = "not loaded when its slot ends"
UNLOADS_ON: Final = "is unloaded for longer"
WAITS_ON_PAD: Final = "waits on its pad to be unloaded"
NOBODY_LOADED: Final = "nothing: no drone is in the air with a parcel"

NOBODY: Final = "nothing: "
"""So begin the words of what had no effect."""

_REMEDIES: Final = (HOLDS, GOES_ON, RETURNS, DIVERTS, FETCHED)
_WORD: Final = re.compile(r"[a-z]+(_[a-z]+)*")
_GAP: Final = re.compile(r"\{[a-z_]+\}")


@dataclass(frozen=True, slots=True, kw_only=True)
class IncidentKind:
    """A kind of incident: its ``name`` in the table, what may be done about it, and what it means.

    An action may have gaps, as "no-fly zone {name} in force" has.
    """

    name: str
    actions: tuple[str, ...]
    meaning: str

    def __post_init__(self) -> None:
        if not _WORD.fullmatch(self.name):
            raise ValueError(f"the kind of an incident must be lower-case words joined by _, not {self.name!r}")
        if not self.actions:
            raise ValueError(f"incident kind {self.name}: name the actions that it may have")

    def has(self, action: str) -> bool:
        """Tell whether an action is one of those of this kind, whatever fills its gaps."""
        return any(_pattern(known).fullmatch(action) for known in self.actions)


def _pattern(action: str) -> re.Pattern[str]:
    return re.compile(".+".join(re.escape(part) for part in _GAP.split(action)), re.DOTALL)


_KINDS: Final[dict[str, IncidentKind]] = {}

INCIDENTS: Final[Mapping[str, IncidentKind]] = MappingProxyType(_KINDS)
"""Every kind that is known, by name."""


def register(kind: IncidentKind) -> IncidentKind:
    """Make a kind known, so that `verify` takes its rows.

    Raises
    ------
    ValueError
        There is another kind of that name.
    """
    if _KINDS.setdefault(kind.name, kind) != kind:
        raise ValueError(f"incident kind {kind.name} is there already, with other words")
    return kind


AIRPORT_CLOSED: Final = register(
    IncidentKind(
        name="airport_closed",
        actions=(CLOSED, STAYS, SILENT, *_REMEDIES),
        meaning="an airport takes no drone for a while; drones bound for it, or on its pads, do something else",
    )
)
DIVERT: Final = register(
    IncidentKind(
        name="divert",
        actions=(NOBODY_OUTBOUND, LANDS, SILENT, *_REMEDIES),
        meaning="a drone is told to leave its way for the next airport",
    )
)
RETURN: Final = register(
    IncidentKind(
        name="return",
        actions=(NOBODY_OUTBOUND, LANDS, COMES_HOME, SILENT, *_REMEDIES),
        meaning="a drone on its way with a parcel turns back to its take-off point",
    )
)
TAKEOFF_POINT_CLOSED: Final = register(
    IncidentKind(
        name="takeoff_point_closed",
        actions=(CLOSED,),
        meaning="nothing is loaded at a take-off point, and nobody departs from it; drones land there as ever",
    )
)
CABINET_JAMMED: Final = register(
    IncidentKind(
        name="cabinet_jammed",
        actions=(JAMMED, SILENT, *_REMEDIES),
        meaning="a pickup cabinet takes and gives nothing for a while; drones bound for it do something else",
    )
)
UNLOADER_FAILS: Final = register(
    IncidentKind(
        name="unloader_fails",
        actions=(UNIT_LESS, *_REMEDIES),
        meaning="an airport has an unloader less for a while; drones bound for it land when there is one",
    )
)
CHARGER_FAILS: Final = register(
    IncidentKind(name="charger_fails", actions=(UNIT_LESS,), meaning="a take-off point has a charger less for a while")
)
COURIER_NO_SHOW: Final = register(
    IncidentKind(name="courier_no_show", actions=(UNIT_LESS,), meaning="a courier does not come to work for a while")
)
KITCHEN_SURGE: Final = register(
    IncidentKind(
        name="kitchen_surge",
        actions=(SLOWER,),
        meaning="kitchens take longer than they are expected to for orders placed meanwhile",
    )
)
DISPATCHER_OUTAGE: Final = register(
    IncidentKind(
        name="dispatcher_outage",
        actions=(DOWN_FOR_NOW,),
        meaning="the cloud dispatcher decides nothing for a while; drones in the air finish, nobody departs",
    )
)
DRONE_FAILS: Final = register(
    IncidentKind(
        name="drone_fails",
        actions=(NOBODY_LOADED, FAILS_LATER, LOST, FETCHED),
        meaning="a drone fails in the air, by chance or as stated, and comes down",
    )
)
BOOKING_REVOKED: Final = register(
    IncidentKind(
        name="booking_revoked",
        actions=(REVOKED, NO_WAY, PUT_OFF, RECALLED),
        meaning="a drone on the ground loses what it had booked, and books anew",
    )
)
AWAY_AT_CLOSE: Final = register(
    IncidentKind(
        name="away_at_close",
        actions=(NO_WAY_HOME, DAY_ENDS),
        meaning="a drone that is to fly home after the close can't, or not before the day ends",
    )
)
EARLY_TURNAROUND: Final = register(
    IncidentKind(
        name="early_turnaround",
        actions=(BY_POLICY,),
        meaning="a policy has the pack of a drone swapped or charged that had charge enough not to be",
    )
)
PACK_KEPT: Final = register(
    IncidentKind(
        name="pack_kept",
        actions=(BY_POLICY,),
        meaning="a policy has a drone keep a pack that was due to be swapped or charged",
    )
)
GO_AROUND: Final = register(
    IncidentKind(
        name="go_around",
        actions=(LANDS_ANEW, *_REMEDIES),
        meaning="a landing at an airport is missed; the drone makes another pass, or lands elsewhere",
    )
)
HANDLING_OVERRUN: Final = register(
    IncidentKind(
        name="handling_overrun",
        actions=(SLOT_LOST,),
        meaning="loading takes longer than is booked; the drone loses its slot and books anew",
    )
)
UNLOADING_OVERRUN: Final = register(
    IncidentKind(
        name="unloading_overrun",
        actions=(UNLOADS_ON, WAITS_ON_PAD, *_REMEDIES),
        meaning="unloading takes longer than is booked; who is to be unloaded next waits on its pad, or lands later",
    )
)
EXCURSION: Final = register(
    IncidentKind(
        name="excursion",
        actions=(STRAYS,),
        meaning="a drone strays further from its path than it is cleared for, and comes back",
    )
)
LINK_LOSS: Final = register(
    IncidentKind(
        name="link_loss",
        actions=(NO_LINK, FLIES_AROUND, *_REMEDIES),
        meaning="the command link is lost for a while; the time of a silent drone is out, or one that held goes on",
    )
)
POSITION_OUTAGE: Final = register(
    IncidentKind(
        name="position_outage",
        actions=(NO_POSITION, STRAYS, LANDS_ANEW, *_REMEDIES),
        meaning="drones in an area, or everywhere, don't know where they are for a while, and drift and miss landings",
    )
)
ZONE_CLOSED: Final = register(
    IncidentKind(
        name="zone_closed",
        actions=(IN_FORCE, FLIES_AROUND, OTHER_WAY_HOME, OTHER_WIND, ZONE_OVER, SILENT, *_REMEDIES),
        meaning="a no-fly zone comes into force; drones whose way leads through it do something else",
    )
)
WIND_CHANGED: Final = register(
    IncidentKind(
        name="wind_changed",
        actions=(GROUNDED, MAY_FLY, OTHER_WAY_HOME, OTHER_WIND, ZONE_OVER, SILENT, *_REMEDIES),
        meaning="the wind is another: above the limit of drones, or below it again, or a drone that is out goes home "
        "another way, or later",
    )
)
WEATHER: Final = register(
    IncidentKind(
        name="weather",
        actions=(STOPS, MAY_FLY, OTHER_WAY_HOME, OTHER_WIND, ZONE_OVER, *_REMEDIES),
        meaning="the weather is beyond the limits of drones, or within them again; or a drone that is out does "
        "something else for it",
    )
)
