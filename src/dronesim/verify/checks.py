"""Runs every check on a run folder."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Final

from dronesim.verify import capacity, codes, conformance, energy, files, flights, laws, legs, orders, sorties, times
from dronesim.verify.accounts import accounts
from dronesim.verify.ageing import ageing
from dronesim.verify.astray import excursions_told
from dronesim.verify.belongings import belongings
from dronesim.verify.bookings import bookings
from dronesim.verify.ceilings import ceilings
from dronesim.verify.chances import chances
from dronesim.verify.charging import charging
from dronesim.verify.closed_rule import closed_rule
from dronesim.verify.closures import closed_airports
from dronesim.verify.comebacks import comebacks
from dronesim.verify.consumption import consumption
from dronesim.verify.customers import customers
from dronesim.verify.demand import demand
from dronesim.verify.exposure import exposure
from dronesim.verify.figures import key_figures
from dronesim.verify.flows import flows
from dronesim.verify.handling import handling_times
from dronesim.verify.heights import heights
from dronesim.verify.holds import holds
from dronesim.verify.homes import homes
from dronesim.verify.incidents import incidents
from dronesim.verify.kitchens import kitchens
from dronesim.verify.landings import missed_landings
from dronesim.verify.lanes import lanes
from dronesim.verify.link import command_link
from dronesim.verify.motion import motion
from dronesim.verify.moves import moved_demand
from dronesim.verify.obstacles import obstacles
from dronesim.verify.outage_areas import outage_areas
from dronesim.verify.outages import outages
from dronesim.verify.position import position_service
from dronesim.verify.reading import Run, read_run
from dronesim.verify.recalls import recalls
from dronesim.verify.refusals import full_queues, refusals
from dronesim.verify.report import Check, Report, listed, settle
from dronesim.verify.riders import riders
from dronesim.verify.separation import separation
from dronesim.verify.shifts import shifts
from dronesim.verify.stated_events import stated_events
from dronesim.verify.stated_keys import stated_keys
from dronesim.verify.stated_weather import stated_weather
from dronesim.verify.turnarounds import turnarounds
from dronesim.verify.upkeep import upkeep
from dronesim.verify.waits import reasons, waits
from dronesim.verify.walks import walks
from dronesim.verify.weather import weather
from dronesim.verify.weather_drawn import weather_drawn
from dronesim.verify.weather_of_file import weather_of_file

CHECKS: tuple[Callable[[Run], Check], ...] = (
    orders.conservation,
    orders.end_states,
    orders.milestones,
    ceilings,
    orders.ranges,
    times.milliseconds,
    times.day_bounds,
    demand,
    moved_demand,
    belongings,
    walks,
    legs.deliveries,
    sorties.sorties,
    homes,
    recalls,
    refusals,
    full_queues,
    flights.flights,
    flights.fleet,
    incidents,
    accounts,
    energy.energy,
    ageing,
    turnarounds,
    charging,
    upkeep,
    capacity.capacities,
    shifts,
    riders,
    bookings,
    lanes,
    laws.little,
    flows,
    laws.utilizations,
    codes.scans,
    waits,
    reasons,
    closed_airports,
    closed_rule,
    outages,
    stated_events,
    weather,
    stated_weather,
    weather_of_file,
    weather_drawn,
    stated_keys,
    key_figures,
    motion,
    heights,
    holds,
    consumption,
    separation,
    conformance.tracks_whole,
    conformance.conformance,
    obstacles,
    outage_areas,
    command_link,
    position_service,
    missed_landings,
    handling_times,
    kitchens,
    customers,
    chances,
    comebacks,
    excursions_told,
    exposure,
)
"""What is checked once the files are whole, in the order of the report."""

_ASTRAY: Final = (ArithmeticError, AttributeError, LookupError, TypeError, ValueError)
"""What numbers and names raise that lead nowhere, as where a table is that of another run."""


def verify_run(folder: Path) -> Report:
    """Check a run folder; one that is no run folder or can't be read is an ``InputError``.

    Where a table does not follow its schema, the report ends there: no other check could read it.
    """
    return check_run(read_run(folder))


def check_run(run: Run) -> Report:
    """Check a run that has been read."""
    first = (files.files_whole(run), files.schemas(run))
    others = [_carried_out(check, run) for check in CHECKS] if first[1].is_clean else []
    return Report(folder=run.folder, checks=(*first, *others))


def _carried_out(check: Callable[[Run], Check], run: Run) -> Check:
    """Carry a check out; one that can't be is a breach in words, for then files of the run contradict each other."""
    try:
        return check(run)
    except _ASTRAY as error:
        name = getattr(check, "__name__", "check").replace("_", " ")
        text = f"could not be carried out, so that nothing is known: {type(error).__name__}: {str(error)[:200]}"
        return settle(name, 0, [listed([text])])
