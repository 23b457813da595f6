"""What limits a network: paired runs with one more of each resource, on the same days."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

import numpy as np

from dronesim.defaults import CONFIDENCE
from dronesim.experiment.bench import ready
from dronesim.experiment.estimates import Estimate, estimate, finite, holm, number_or_nan, paired, paired_p
from dronesim.experiment.levels import shares
from dronesim.experiment.notebook import InNotebooks
from dronesim.experiment.one_more import OneMore, pinned, variations
from dronesim.experiment.points import tasks_of
from dronesim.experiment.runner import Runner
from dronesim.experiment.store import Record
from dronesim.experiment.study import Study
from dronesim.experiment.tidy import Row, tidy
from dronesim.experiment.without_zones import without_zones
from dronesim.record.resources import AIRPORT, RESOURCES
from dronesim.record.tables import WAIT_STAGES

PRICED: Final = 100.0
"""Gains by money are given for so much of the currency a day."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Gain:
    """What one more of a resource brings.

    Attributes
    ----------
    variation
        The resource, or the rule, and how many units were added in all.
    level
        Gain of the service level in all, a share.
    per_unit, per_price
        The gain for one unit, and for 100 of the currency a day; None for rules, which nobody sells, and for what a
        scenario gives away at a price of 0.
    p
        The p value of the paired test after Holm's correction.
    saved
        Late orders a day that it would have brought on time; ``saved_first_day`` those of replication 0.
    busy
        Share of the opening hours that the busiest site's units are in use, 0 to 1; None where there are none.
    wait_s
        Mean wait where it would show, seconds.
    records
        What is kept of each day, in order of replication.
    """

    variation: OneMore
    level: Estimate
    per_unit: Estimate
    per_price: Estimate | None
    p: float
    saved: Estimate
    saved_first_day: int
    busy: float | None
    wait_s: float | None
    records: Sequence[Record] = field(repr=False)

    @property
    def is_clear(self) -> bool:
        """Whether the gain stands after Holm's correction."""
        return self.p < 1 - CONFIDENCE and self.level.mean > 0

    def content(self) -> dict[str, Any]:
        """Give it for JSON."""
        return {
            "resource": self.variation.name,
            "is_rule": self.variation.is_rule,
            "units": self.variation.units,
            "gain": self.level.content(),
            "gain_per_unit": self.per_unit.content(),
            "gain_per_100_a_day": None if self.per_price is None else self.per_price.content(),
            "price_per_day": self.variation.price_per_day,
            "p_holm": finite(self.p),
            "late_orders_saved": self.saved.content(),
            "busiest_site": self.busy,
            "wait_s": self.wait_s,
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class Bottlenecks(InNotebooks):
    """What limits a network.

    Attributes
    ----------
    name, currency
        Name of the scenario, and the currency of its prices.
    level
        Service level of the network as it is, a share of 0 to 1.
    waits_s
        Mean waits of an order by stage, seconds; None where no order was collected.
    gains
        What one more of each brings, from the largest per unit down.
    late_first_day, beyond_help
        Late orders of replication 0, and those of them that none of it would save.
    base
        What is kept of each day of the network as it is.
    """

    name: str
    currency: str
    level: Estimate
    waits_s: Mapping[str, float | None]
    gains: tuple[Gain, ...]
    late_first_day: int
    beyond_help: int
    base: Sequence[Record] = field(repr=False)

    def most_per_unit(self, *, is_rule: bool = False) -> Gain | None:
        """Give the resource, or the rule, with the largest gain per unit of those that are clear."""
        return next((gain for gain in self.gains if gain.is_clear and gain.variation.is_rule == is_rule), None)

    def most_per_price(self) -> Gain | None:
        """Give the resource with the largest gain for the money of those that are clear."""
        sold = [(gain.per_price.mean, gain) for gain in self.gains if gain.is_clear and gain.per_price is not None]
        return max(sold, key=lambda pair: pair[0])[1] if sold else None

    def rows(self) -> list[Row]:
        """Give a row a replication, the unchanged network first."""
        rows: list[Row] = [({"one_more": "nothing"}, record) for record in self.base]
        return rows + [({"one_more": gain.variation.name}, record) for gain in self.gains for record in gain.records]

    def table(self) -> Any:
        """Give a row a day and variation as an Arrow table: what there is one more of, then the figures."""
        return tidy(self.rows())

    def content(self) -> dict[str, Any]:
        """Give it for JSON."""
        return {
            "schema_version": 1,
            "name": self.name,
            "currency": self.currency,
            "replications": len(self.base),
            "service_share": self.level.content(),
            "waits_s": dict(self.waits_s),
            "most": {
                "resource_per_unit": _name(self.most_per_unit()),
                "resource_per_100_a_day": _name(self.most_per_price()),
                "rule_per_unit": _name(self.most_per_unit(is_rule=True)),
            },
            "gains": [gain.content() for gain in self.gains],
            "late_orders_of_replication_0": {
                "late": self.late_first_day,
                "saved_by": {gain.variation.name: gain.saved_first_day for gain in self.gains},
                "saved_by_none": self.beyond_help,
            },
        }


def find_bottlenecks(study: Study, runner: Runner, *, replications: int, zones: bool = False) -> Bottlenecks:
    """Run the network as it is and with one more of each resource on the same days, and rank the gains.

    A resource that belongs to sites gets one more at each of them; its gain per unit is that over their number.
    What grows with the fleet where the scenario is silent (packs, chargers, pilots) is held as it is. With ``zones``
    the network is also run without each of its no-fly zones.
    """
    with without_zones(study.scenario(), wanted=zones) as opened:
        return _ranked(study, runner, opened, replications=replications)


def _ranked(study: Study, runner: Runner, opened: Sequence[OneMore], *, replications: int) -> Bottlenecks:
    scenario = study.scenario()
    setting_up = ready(study.point())
    held = pinned(setting_up)
    tried = [*variations(setting_up), *opened]
    points = [study.point(*held), *(study.point(*held, *each.settings) for each in tried)]
    tasks = tasks_of(points, replications=replications)
    found = runner.all_records(tasks)
    days = [found[row * replications : (row + 1) * replications] for row in range(len(points))]
    base, gains = days[0], _gains(tried, days)
    late, saved = set(base[0]["late"]), set().union(*(_saved(base[0], gain.records[0]) for gain in gains))
    return Bottlenecks(
        name=scenario.name,
        currency=scenario.costs.currency,
        level=estimate(shares(base)),
        waits_s={stage: _stage_s(base, stage) for stage in WAIT_STAGES},
        gains=tuple(gains),
        late_first_day=len(late),
        beyond_help=len(late - saved),
        base=base,
    )


def _name(gain: Gain | None) -> str | None:
    return None if gain is None else gain.variation.name


def _gains(tried: Sequence[OneMore], days: Sequence[Sequence[Record]]) -> list[Gain]:
    base = days[0]
    adjusted = holm([paired_p(shares(records), shares(base)) for records in days[1:]])
    gains = [_gain(*each, base) for each in zip(tried, days[1:], adjusted, strict=True)]
    return sorted(gains, key=lambda gain: -np.nan_to_num(gain.per_unit.mean))


def _gain(variation: OneMore, records: Sequence[Record], p: float, base: Sequence[Record]) -> Gain:
    more, fewer = shares(records), shares(base)
    price = variation.price_per_day
    part = None if not price else PRICED / (price * variation.units)
    saved = [len(_saved(before, after)) for before, after in zip(base, records, strict=True)]
    return Gain(
        variation=variation,
        level=paired(more, fewer),
        per_unit=paired(more / variation.units, fewer / variation.units),
        per_price=None if part is None else paired(more * part, fewer * part),
        p=p,
        saved=estimate(saved),
        saved_first_day=saved[0],
        busy=_busy(base, variation),
        wait_s=None if variation.stage is None else _stage_s(base, variation.stage),
        records=records,
    )


def _saved(before: Record, after: Record) -> set[int]:
    """Orders that were late and are on time now."""
    return set(before["late"]) - set(after["late"])


def _stage_s(records: Sequence[Record], stage: str) -> float | None:
    return finite(estimate([number_or_nan(record["kpis"]["stages_s"][stage]["mean"]) for record in records]).mean)


def _busy(records: Sequence[Record], variation: OneMore) -> float | None:
    """Mean over days of how busy a resource is at its busiest site."""
    if variation.calendar is None:
        return None
    by_day = [_at_its_sites(record, variation) for record in records]
    return finite(estimate([max(sites, default=np.nan) for sites in by_day]).mean)


def _at_its_sites(record: Record, variation: OneMore) -> list[float]:
    """Give how busy it is by site; where several resources share a calendar, as pads do, at its own kind of site."""
    airports = record["by"]["airport"]
    sites = record["kpis"]["resources"].get(variation.calendar, {})
    is_shared = sum(resource.calendar == variation.calendar for resource in RESOURCES) > 1
    return [
        share
        for site, share in sites.items()
        if share is not None and (not is_shared or (site in airports) == (variation.site == AIRPORT))
    ]
