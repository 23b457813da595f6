"""Reads what the saved scenario states: its tables, and its events with their times."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from dronesim.verify.reading import Run, read_scenario

MINUTE_S: Final = 60.0
KINDS: Final = (
    *("airport_closed", "cabinet_jammed", "charger_fails", "courier_no_show", "dispatcher_outage", "divert"),
    *("drone_fails", "kitchen_surge", "link_loss", "position_outage", "return", "takeoff_point_closed"),
    "unloader_fails",
)
"""Kinds of events that are known here; a planner's own may bring whatever there is."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """An event of the scenario: its kind, from when until when (the same where it has no length), and its keys."""

    kind: str
    at_s: float
    to_s: float
    keys: Mapping[str, Any]

    @property
    def drone(self) -> int:
        """Give the drone that is named, -1 where none is."""
        return int(self.keys.get("drone", -1))


def has_scenario(run: Run) -> bool:
    """Say whether the run has kept its scenario; another check misses it."""
    return (run.folder / "scenario.toml").is_file()


def stated(run: Run) -> dict[str, Any]:
    """Give the tables of the saved scenario; none where it is not there."""
    return read_scenario(run.folder) if has_scenario(run) else {}


def events_of(scenario: Mapping[str, Any], *kinds: str) -> list[Event]:
    """List the events of some kinds, or of all where none is named, as they are stated."""
    return [
        Event(
            kind=str(event["kind"]),
            at_s=seconds(event["at"]),
            to_s=seconds(event["at"]) + MINUTE_S * float(event.get("minutes", 0.0)),
            keys=event,
        )
        for event in scenario.get("events", [])
        if not kinds or event["kind"] in kinds
    ]


def own_events_of(scenario: Mapping[str, Any]) -> list[Event]:
    """List the events of kinds of a planner's own."""
    return [event for event in events_of(scenario) if event.kind not in KINDS]


def value_at(scenario: Mapping[str, Any], path: str) -> Any:
    """Give what stands under a key with dots; None where nothing does."""
    found: Any = scenario
    for key in path.split("."):
        found = found.get(key) if isinstance(found, Mapping) else None
    return found


def seconds(text: Any) -> float:
    """Read a time of day, ``HH:MM`` or ``HH:MM:SS``, as seconds since midnight."""
    parts = [float(part) for part in str(text).split(":")]
    return sum(part * unit for part, unit in zip(parts, (3600.0, 60.0, 1.0), strict=False))
