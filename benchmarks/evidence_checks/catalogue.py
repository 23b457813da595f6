"""All checks, in the order in which they are run."""

from __future__ import annotations

from typing import Final

from evidence_checks import (
    air,
    answers,
    chance,
    demand,
    dispatch,
    exposure,
    flights,
    liberties,
    link,
    meals,
    physics,
    queues,
    retiming,
    wear,
)
from evidence_checks.check import Check

ALL_CHECKS: Final[tuple[Check, ...]] = (
    *flights.CHECKS,
    *physics.CHECKS,
    *air.CHECKS,
    *exposure.CHECKS,
    *link.CHECKS,
    *wear.CHECKS,
    *retiming.CHECKS,
    *queues.CHECKS,
    *dispatch.CHECKS,
    *liberties.CHECKS,
    *meals.CHECKS,
    *demand.CHECKS,
    *chance.CHECKS,
    *answers.CHECKS,
)
