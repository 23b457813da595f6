"""The same scenario on many days: every key figure with its interval."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from dronesim.defaults import CONFIDENCE
from dronesim.experiment.estimates import Estimate, estimate, number_or_nan
from dronesim.experiment.notebook import InNotebooks
from dronesim.experiment.points import tasks_of
from dronesim.experiment.runner import Runner
from dronesim.experiment.store import Record
from dronesim.experiment.study import Study
from dronesim.experiment.tidy import tidy
from dronesim.experiment.uncounted import not_counted


@dataclass(frozen=True, slots=True, kw_only=True)
class Repeated(InNotebooks):
    """The same scenario on many days.

    Attributes
    ----------
    name, currency
        Name of the scenario, and the currency of its costs.
    confidence
        Of the intervals, 0 to 1.
    figures
        Every key figure by its dotted name in ``kpis.json``, such as ``service.share``, in the unit that it has there.
    service
        What the scenario promises: clock, radius in metres, limit in seconds, target.
    days, missed_days
        How many there are, and how many have a service level below the target; days without orders miss nothing.
    records
        What is kept of each day, in order of replication.
    """

    name: str
    confidence: float
    figures: Mapping[str, Estimate]
    service: Mapping[str, Any]
    currency: str
    days: int
    missed_days: int
    records: Sequence[Record] = field(repr=False)

    @property
    def not_counted(self) -> tuple[str, ...]:
        """Names of the figures that the days did not look at."""
        return not_counted(self.records)

    def table(self) -> Any:
        """Give a row a day as an Arrow table: the figures of ``kpis.json`` with underscores."""
        return tidy([({}, record) for record in self.records])

    def content(self) -> dict[str, Any]:
        """Give it for JSON."""
        return {
            "schema_version": 1,
            "name": self.name,
            "replications": self.days,
            "confidence": self.confidence,
            "target": self.service["target"],
            "missed_days": self.missed_days,
            "not_counted": list(self.not_counted),
            "figures": {name: found.content() for name, found in self.figures.items()},
        }


def repeat(study: Study, runner: Runner, *, replications: int, confidence: float = CONFIDENCE) -> Repeated:
    """Run replications 0 to ``replications`` - 1 and estimate the mean of every figure with a t interval."""
    records = runner.all_records(tasks_of([study.point()], replications=replications))
    figures = [dict(numbers(record["kpis"])) for record in records]
    names = dict.fromkeys(name for row in figures for name in row)
    service = records[0]["kpis"]["service"]
    shares = np.array([number_or_nan(record["kpis"]["service"]["share"]) for record in records])
    return Repeated(
        name=study.scenario().name,
        confidence=confidence,
        figures={
            name: estimate([number_or_nan(row.get(name)) for row in figures], confidence=confidence) for name in names
        },
        service=service,
        currency=records[0]["kpis"]["cost"]["currency"],
        days=replications,
        missed_days=int((shares < service["target"]).sum()),
        records=records,
    )


def numbers(content: Mapping[str, Any], path: tuple[str, ...] = ()) -> Iterator[tuple[str, float | None]]:
    """Walk through the key figures that are numbers or "no data", by dotted name; whole tables by site too."""
    for key, value in content.items():
        if isinstance(value, Mapping):
            yield from numbers(value, (*path, key))
        elif value is None or (isinstance(value, int | float) and not isinstance(value, bool)):
            yield ".".join((*path, key)), value
