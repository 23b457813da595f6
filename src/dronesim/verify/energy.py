"""Checks the energy account of every pack: what flights take, what chargers give, the reserve."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from dronesim.verify.ageing import health_of
from dronesim.verify.capacity import ends
from dronesim.verify.intervals import Ints, combine, covers, last_before, overlapping
from dronesim.verify.lookup import Mask, is_disturbed, is_set
from dronesim.verify.reading import Run
from dronesim.verify.report import Check, Faults, at, settle, where
from dronesim.verify.weather import usable_wh

_CHARGE = 1e-6
"""Tolerance in shares of a pack."""


def energy(run: Run) -> Check:
    """Energy is the drop in charge, the reserve is kept, and a pack gains charge on a charger only."""
    faults = [*_accounts(run), *_reserves(run), *_continuity(run), _without_pack(run), *_doubles(run)]
    return settle("energy and packs", len(run.legs["leg"]), faults)


def _name(run: Run, row: int) -> str:
    legs = run.legs
    return f"leg {legs['leg'][row]} (drone {legs['drone'][row]}, pack {legs['pack'][row]})"


def _accounts(run: Run) -> Iterator[Faults]:
    legs = run.legs
    start, end = legs["charge_start"], legs["charge_end"]
    health = health_of(run, legs["pack"])
    first_wh, other_wh = (held_wh * health for held_wh in usable_wh(run))
    drop_wh = (start - end) * first_wh
    gap_wh = np.fmin(np.abs(legs["energy_wh"] - drop_wh), np.abs(legs["energy_wh"] - (start - end) * other_wh))
    yield where(
        gap_wh > _CHARGE * first_wh,
        lambda row: (
            f"{_name(run, row)}: energy_wh {legs['energy_wh'][row]:.6f}, its charge dropped by {drop_wh[row]:.6f} Wh"
        ),
    )
    yield where(
        (start > 1 + _CHARGE) | (end > start),
        lambda row: f"{_name(run, row)}: charge from {start[row]:.6f} to {end[row]:.6f}",
    )
    is_free = (legs["distance_m"] > 0) & (legs["outcome"] == "landed") & ~(legs["energy_wh"] > 0)
    yield where(
        is_free,
        lambda row: f"{_name(run, row)}: {legs['distance_m'][row]:.1f} m for {legs['energy_wh'][row]} Wh",
    )


def _reserves(run: Run) -> Iterator[Faults]:
    legs, reserve = run.legs, run.facts.reserve
    end, calm = legs["charge_end"], ~is_disturbed(run)
    yield where(
        calm & (end < reserve - _CHARGE),
        lambda row: (
            f"{_name(run, row)}: lands {at(legs['landed_s'][row])} with charge {end[row]:.6f}, below "
            f"the reserve {reserve:g}, and nothing went wrong"
        ),
    )
    yield where(~calm & (end < -_CHARGE), lambda row: f"{_name(run, row)}: ends with charge {end[row]:.6f}")


def _continuity(run: Run) -> Iterator[Faults]:
    legs, before, after = run.legs, *pack_pairs(run)
    was, now = legs["charge_end"][before], legs["charge_start"][after]
    charged = _is_charged(run, before, after)

    def name(i: int) -> str:
        return (
            f"{_name(run, after[i])} starts with charge {now[i]:.6f} {at(legs['departed_s'][after[i]])}, leg "
            f"{legs['leg'][before[i]]} left it at {was[i]:.6f}"
        )

    yield where(~charged & (np.abs(now - was) > _CHARGE), lambda i: f"{name(i)} and no charger had it in between")
    yield where(charged & (now < was - _CHARGE), lambda i: f"{name(i)}: it lost charge on a charger")
    limit = max(run.facts.charge_to, 0.0)
    yield where(
        charged & (now > np.maximum(limit, was) + _CHARGE),
        lambda i: f"{name(i)}: charging ends at {limit:g}",
    )


def pack_pairs(run: Run) -> tuple[Ints, Ints]:
    """Give each leg and the next one on the same pack."""
    legs = run.legs
    rows = np.flatnonzero(is_set(legs["departed_s"]))
    order = rows[np.lexsort((legs["leg"][rows], legs["departed_s"][rows], legs["pack"][rows]))]
    same = legs["pack"][order[1:]] == legs["pack"][order[:-1]]
    return order[:-1][same], order[1:][same]


def _is_charged(run: Run, before: Ints, after: Ints) -> Mask:
    """Say whether a charger held the pack at some time between two legs."""
    table, legs = run.occupancy, run.legs
    rows = np.flatnonzero((table["resource"] == "charger") & (ends(run) > table["from_s"]))
    found = last_before(
        table["holder"][rows],
        table["from_s"][rows],
        ask_keys=legs["pack"][after],
        ask=legs["departed_s"][after],
    )
    since_s = np.fmax(legs["landed_s"][before], legs["departed_s"][before])
    charged_s = np.append(ends(run)[rows], -np.inf)[found]
    return charged_s > since_s


def _without_pack(run: Run) -> Faults:
    """Find legs whose pack was not on the drone from departure to landing."""
    table, legs = run.occupancy, run.legs
    rows = np.flatnonzero(table["resource"] == "pack")
    flown = np.flatnonzero(is_set(legs["departed_s"]))
    keys = combine(
        np.concatenate([table["unit"][rows], legs["pack"][flown]]),
        np.concatenate([table["holder"][rows], legs["drone"][flown]]),
    )
    is_aboard = covers(
        keys[: len(rows)],
        table["from_s"][rows],
        ends(run)[rows],
        ask_keys=keys[len(rows) :],
        ask_from_s=legs["departed_s"][flown],
        ask_to_s=np.fmax(legs["departed_s"], legs["landed_s"])[flown],
    )
    return where(
        ~is_aboard,
        lambda i: (
            f"{_name(run, flown[i])}: the pack is not on the drone from "
            f"{at(legs['departed_s'][flown[i]])} to {at(legs['landed_s'][flown[i]])}"
        ),
    )


def _doubles(run: Run) -> Iterator[Faults]:
    """Find drones with two packs, and packs on a charger while in the air or, where swapped, on a drone."""
    table, legs, to_s = run.occupancy, run.legs, ends(run)
    packs = np.flatnonzero(table["resource"] == "pack")
    later, _ = overlapping(table["holder"][packs], table["from_s"][packs], to_s[packs])
    yield where(
        np.ones(len(later), np.bool_),
        lambda i: (
            f"drone {table['holder'][packs[later[i]]]} takes pack {table['unit'][packs[later[i]]]} "
            f"{at(table['from_s'][packs[later[i]]])} while it has another"
        ),
    )
    chargers = np.flatnonzero(table["resource"] == "charger")
    flown = np.flatnonzero(is_set(legs["departed_s"]) & is_set(legs["landed_s"]))
    yield _clashes(run, chargers, legs["pack"][flown], legs["departed_s"][flown], legs["landed_s"][flown])
    if run.facts.battery_mode == "swap":
        yield _clashes(run, chargers, table["unit"][packs], table["from_s"][packs], to_s[packs])


def _clashes(run: Run, chargers: Ints, packs: Ints, from_s: np.ndarray, to_s: np.ndarray) -> Faults:
    table = run.occupancy
    pack = np.concatenate([table["holder"][chargers], packs])
    starts = np.concatenate([table["from_s"][chargers], from_s])
    later, earlier = overlapping(pack, starts, np.concatenate([ends(run)[chargers], to_s]))
    is_mixed = (later < len(chargers)) != (earlier < len(chargers))
    return where(is_mixed, lambda i: f"pack {pack[later[i]]} is on a charger and on a drone {at(starts[later[i]])}")
