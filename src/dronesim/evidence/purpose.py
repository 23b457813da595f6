"""What the model is meant for, and the marks that it must pass for that."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from dronesim.evidence.kinds import Result, Status

USES: Final = (
    "How many drones and hands a service level needs: a range with its interval, asked again with other assumptions.",
    "What limits a network, and which of two policies does better: differences on the same days, not their levels.",
    'Whether a promise such as "3 km, 15 min, 95 %" can be kept by any fleet, and what would have to change.',
)
NOT_FOR: Final = (
    "Proof of safety: separation is promised for the motion that the model flies, not for real aircraft in real wind.",
    "Absolute costs, and reach near its limit: prices and packs are assumptions.",
    "Other aircraft than multirotors with one parcel a sortie, and paths longer than those that were measured.",
    "Control of a real network.",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Mark:
    """A bar that named capabilities must reach before the model is used as intended."""

    title: str
    capabilities: tuple[str, ...]
    least: Status


MARKS: Final = (
    Mark(
        title="Flights last as long as measured ones: inside the quartiles of all three path lengths and within 10 % "
        "of each median, though the fit saw only two of them",
        capabilities=("flight times",),
        least=Status.VALIDATED,
    ),
    Mark(
        title="Queues, events and resources come out as theory and an independent program have them",
        capabilities=("course of a day", "waiting for drones", "waiting for couriers", "boxes of cabinets", "ceiling"),
        least=Status.VERIFIED,
    ),
    Mark(
        title="Drones are kept apart on the paths that they fly, at the speeds that they fly",
        capabilities=("motion on a leg", "routes", "separation"),
        least=Status.VERIFIED,
    ),
    Mark(
        title="Energy and charging follow their formulas",
        capabilities=("power", "charging"),
        least=Status.VERIFIED,
    ),
    Mark(
        title="Key figures follow from the tables, and intervals cover as often as they promise",
        capabilities=("key figures", "intervals over days", "search for the smallest fleet"),
        least=Status.VERIFIED,
    ),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """A mark, and the capabilities that fall short of it."""

    mark: Mark
    short: tuple[str, ...]

    @property
    def result(self) -> Result:
        """Passed where nothing falls short."""
        return Result.FAILED if self.short else Result.PASSED


def mark_verdicts(statuses: Mapping[str, Status]) -> tuple[Verdict, ...]:
    """Hold the statuses of all capabilities, by title, against the marks."""
    return tuple(
        Verdict(mark=mark, short=tuple(title for title in mark.capabilities if statuses[title] < mark.least))
        for mark in MARKS
    )
