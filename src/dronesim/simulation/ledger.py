"""What happened, row by row, as the engine writes it down; times in milliseconds, sites by number."""

from __future__ import annotations

from typing import Any

from numpy.typing import NDArray


class LegRow:
    """One flight; its times are planned until it has landed, when they become what was flown.

    ``path`` holds the corners flown where the leg was cut short or began in the air, None for a leg along its
    whole route.
    """

    __slots__ = (
        "arrived_ms",
        "charge_end",
        "charge_start",
        "cruise_from_ms",
        "cruise_to_ms",
        "departed_ms",
        "destination",
        "distance_m",
        "drone",
        "energy_wh",
        "hold_ms",
        "kind",
        "landed_ms",
        "leg",
        "level_m",
        "order",
        "origin",
        "outcome",
        "pack",
        "path",
        "requested_ms",
        "sortie",
    )

    def __init__(
        self,
        leg: int,
        kind: str,
        drone: int,
        pack: int,
        *,
        sortie: int,
        order: int,
        origin: int,
        destination: int,
        level_m: float,
        distance_m: float,
        requested_ms: int,
        departed_ms: int,
        charge: float,
        climb_ms: int,
    ) -> None:
        self.leg = leg
        self.kind = kind
        self.drone = drone
        self.pack = pack
        self.sortie = sortie
        self.order = order
        self.origin = origin
        self.destination = destination
        self.level_m = level_m
        self.distance_m = distance_m
        self.requested_ms = requested_ms
        self.departed_ms = departed_ms
        self.cruise_from_ms = departed_ms + climb_ms
        self.cruise_to_ms = -1
        self.arrived_ms = -1
        self.landed_ms = -1
        self.hold_ms = 0
        self.energy_wh = 0.0
        self.charge_start = self.charge_end = charge
        self.outcome = "open"
        self.path: NDArray[Any] | None = None


class Ledger:
    """Everything that is written down while the day passes and becomes a table at its end."""

    __slots__ = ("boxes", "chargers", "couriers", "incidents", "legs", "packs", "scans")

    def __init__(self) -> None:
        self.legs: list[LegRow] = []
        self.couriers: list[tuple[str, int, int, int, int]] = []
        self.chargers: list[tuple[str, int, int, int, int]] = []
        self.packs: list[tuple[str, int, int, int, int]] = []
        self.boxes: list[tuple[str, int, int, int, int]] = []
        self.incidents: list[tuple[int, str, str | None, int, int, int, str]] = []
        self.scans: list[tuple[int, str, int, int, str]] = []

    def latest_ms(self) -> list[int]:
        """Give the latest time of all flights, incidents and scans."""
        flights = [row.landed_ms for row in self.legs] + [row.departed_ms for row in self.legs]
        return [*flights, *(row[0] for row in self.incidents), *(row[0] for row in self.scans)]

    def incident(
        self,
        at_ms: int,
        kind: str,
        *,
        site: str | None = None,
        drone: int = -1,
        order: int = -1,
        leg: int = -1,
        action: str,
    ) -> None:
        """Write down what went wrong and what was done about it."""
        self.incidents.append((at_ms, kind, site, drone, order, leg, action))
