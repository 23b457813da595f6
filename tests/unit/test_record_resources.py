"""The catalogue of resources names each thing once, and all who speak of resources agree with it."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import pytest

from command import TINY
from dronesim.experiment.compose import set_up
from dronesim.record.resources import HOLDERS, ITEMS, RESOURCES, by_site, counted, in_all, named, price_per_day
from dronesim.record.tables import STAGES, WAIT_STAGES
from dronesim.scenario import load_scenario
from dronesim.scenario.keys import scenario_keys
from dronesim.simulation.rules import Prices
from dronesim.verify import lookup, verify_run
from lab import lab_rules
from oracles.handmade_run import FACTS, measure, retold, write_handmade_run

ROWS = pytest.mark.parametrize("resource", RESOURCES, ids=[row.name for row in RESOURCES])
NOT_HELD = {"site_per_day", "pack_cycle", "energy_per_kwh", "rider_per_order", "pack_price"}
"""Prices of bare sites, of what flights use up, of rides, and of a new pack, which is in no bill."""
PAID_BY_USE = {"rider"}


def test_verify_counts_holders_as_the_catalogue_does() -> None:
    assert dict(lookup.HOLDERS) == dict(HOLDERS)


@pytest.mark.parametrize("price", sorted({row.price for row in RESOURCES if row.price is not None}))
def test_verify_bills_each_price_of_the_catalogue(price: str, tmp_path: Path) -> None:
    run = write_handmade_run(tmp_path / "run")
    change = {"prices": {**FACTS["prices"], price: 9}}
    dearer = retold(run, tmp_path / "dearer", file="facts.json", change=lambda facts: facts.update(change))
    assert "key figures recomputed" in failed(dearer)
    measure(dearer)
    assert failed(dearer) == []


def failed(folder: Path) -> list[str]:
    return [check.name for check in verify_run(folder).checks if check.violations]


def test_every_price_is_that_of_a_resource_but_for_sites_and_what_is_used_up() -> None:
    prices = {field.name for field in dataclasses.fields(Prices)} - {"currency"}
    assert {row.price for row in RESOURCES if row.price is not None} == prices - NOT_HELD


@ROWS
def test_a_row_names_what_is_there(resource) -> None:
    rules = lab_rules()
    assert resource.key is None or resource.key in {key.path for key in scenario_keys()}
    assert (resource.key is None) == (resource.counts is None)
    assert (resource.key is None or resource.name in PAID_BY_USE) == (resource.price is None)
    assert resource.counts is None or sum(counted(resource, rules)) >= 0
    assert resource.stage is None or resource.stage in WAIT_STAGES
    assert resource.item is None or resource.item in ITEMS
    assert resource.brings is None or named(resource.brings)
    assert (resource.calendar is None) == (resource.holder is None)


def test_names_stand_once_and_who_shares_a_calendar_shares_its_holder() -> None:
    assert len({row.name for row in RESOURCES}) == len({row.plural for row in RESOURCES}) == len(RESOURCES)
    assert len({(row.calendar, row.holder) for row in RESOURCES if row.calendar}) == len(HOLDERS)
    assert set(WAIT_STAGES) <= set(STAGES)


def test_each_kind_of_site_has_its_resources_one_after_the_other() -> None:
    sites = [row.site for row in by_site()]
    assert list(dict.fromkeys(sites)) == ["takeoff_point", "airport", "network"]
    assert sites == sorted(sites, key=["takeoff_point", "airport", "network"].index)


def test_every_drone_and_every_spare_brings_a_pack() -> None:
    rules = set_up(load_scenario(TINY, ["fleet.drones=5", "fleet.spares=2", "batteries.packs=3"])).resolved.rules
    homes = len(rules.batteries.packs)
    assert in_all(named("pack"), rules) == 5 + 2 + 3 * homes
    assert in_all(named("drone"), rules) == 5


def test_what_is_priced_by_the_hour_costs_all_opening_hours_a_day() -> None:
    prices = lab_rules().prices
    assert price_per_day(named("courier"), prices, open_h=4.0) == 4 * prices.courier_per_hour
    assert price_per_day(named("box"), prices, open_h=4.0) == prices.box_per_day
    assert price_per_day(named("departure lane"), prices, open_h=4.0) is None
