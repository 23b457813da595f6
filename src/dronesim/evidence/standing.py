"""What one scenario rests on: the capabilities that it uses, each with the status that the checks give it there."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from dronesim.evidence.capabilities import CAPABILITIES, Capability
from dronesim.evidence.kinds import Outcome, Status, status_of
from dronesim.evidence.saved import saved_outcomes

_MEANING: Final = {
    Status.VALIDATED: "against data from outside",
    Status.VERIFIED: "against theory or an independent program",
    Status.ASSUMED: "no check speaks for it",
}
BEST_FIRST: Final = tuple(sorted(Status, reverse=True))


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """A capability that a scenario uses; ``reason`` tells why it is assumed here though its checks have passed."""

    capability: Capability
    status: Status
    reason: str = ""

    @property
    def words(self) -> str:
        """Name the capability, with the reason where there is one."""
        return f"{self.capability.title} ({self.reason})" if self.reason else self.capability.title


def statuses(outcomes: Mapping[str, Outcome]) -> dict[str, Status]:
    """Give every capability's status, by title; a check that never ran counts as one that is missing."""
    return {capability.title: _status(capability, outcomes) for capability in CAPABILITIES}


def _status(capability: Capability, outcomes: Mapping[str, Outcome]) -> Status:
    if not capability.checks or any(name not in outcomes for name in capability.checks):
        return Status.ASSUMED
    return status_of([outcomes[name] for name in capability.checks])


def standings(scenario: Mapping[str, Any], outcomes: Mapping[str, Outcome] | None = None) -> tuple[Standing, ...]:
    """List what a scenario rests on; ``scenario`` is the resolved one as nested tables."""
    known = statuses(saved_outcomes() if outcomes is None else outcomes)
    return tuple(
        _standing(capability, known[capability.title], scenario)
        for capability in CAPABILITIES
        if not capability.used_where or any(condition.holds(scenario) for condition in capability.used_where)
    )


def _standing(capability: Capability, status: Status, scenario: Mapping[str, Any]) -> Standing:
    is_within = all(condition.holds(scenario) for condition in capability.checked_where)
    if is_within or status == Status.ASSUMED:
        return Standing(capability=capability, status=status)
    return Standing(capability=capability, status=Status.ASSUMED, reason="not as it was checked")


def standing_lines(found: Sequence[Standing]) -> list[str]:
    """Say it in a line a status, the best first."""
    lines = []
    for status in BEST_FIRST:
        names = [standing.words for standing in found if standing.status == status]
        if names:
            lines.append(f"{status.name} ({_MEANING[status]}): {', '.join(names)}")
    return lines


def standing_content(found: Sequence[Standing]) -> list[dict[str, str]]:
    """Give the same for programs, a row a capability."""
    return [
        {"capability": standing.capability.title, "status": standing.status.name, "reason": standing.reason}
        for standing in found
    ]
