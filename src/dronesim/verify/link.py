"""Checks the command link: who was silent, that no silent drone was edited, and what drones did on their own."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from typing import Any, Final

import numpy as np

from dronesim.verify.lookup import places_m
from dronesim.verify.reading import Run, read_scenario
from dronesim.verify.report import NO_TRACKS, Check, at, listed, settle, skipped
from dronesim.verify.silence import (
    DOWN,
    ROUNDING_S,
    UNEDITED,
    Act,
    Spells,
    acts,
    is_of_link,
    outages_of,
    spells_aloft,
    spells_by_leg,
)

_NAME: Final = "command link"
_NEAR_M: Final = 1.0
_OWN: Final[Mapping[str, tuple[str, ...]]] = {
    "continue": ("goes on",),
    "hold": ("goes on", "holds", DOWN),
    "return": ("goes on", "holds", DOWN, "returns"),
    "land": ("goes on", "holds", DOWN),
}
"""What silent drones do when their time is out, by the rule for it."""
_DEAF: Final = "waits: the drone does not hear"
_BY_DISPATCHER: Final = (
    *("airport_closed", "cabinet_jammed", "divert", "return", "unloader_fails", "weather", "wind_changed"),
    *("unloading_overrun", "zone_closed"),
)


def command_link(run: Run) -> Check:
    """Silent drones are told as the outages have it, are edited by nobody, and do what the rule says, no sooner."""
    link = run.facts.link
    if link is None:
        return skipped(_NAME, "the command link is never lost")
    if "cleared" not in run.tables:
        return skipped(_NAME, NO_TRACKS)
    by_leg, aloft, own = spells_by_leg(run), spells_aloft(run), acts(run)
    words = [
        *_outages(run),
        *_counts(run, by_leg),
        *_edited(run, aloft),
        *_own_acts(run, aloft),
        *_time_outs(run, aloft),
        *_overdue(run, aloft),
        *_told_acts(run, own),
    ]
    note = f"{len(outages_of(run))} outages, {len(aloft.drone)} silences, {len(own)} times on their own"
    return settle(_NAME, len(aloft.drone) + len(run.tables["incidents"]["kind"]), [listed(words)], note=note)


def _outages(run: Run) -> Iterator[str]:
    """Find outages that are not told, and told ones that are none."""
    table = run.tables["incidents"]
    rows = np.flatnonzero((table["kind"] == "link_loss") & (table["drone"] < 0)).tolist()
    told = [(str(table["action"][row]).removeprefix("no link in "), float(table["time_s"][row])) for row in rows]
    for outage in outages_of(run):
        if not any(name == outage.name and abs(time_s - outage.from_s) < ROUNDING_S for name, time_s in told):
            yield f"no incident tells that the link is lost in {outage.name} {at(outage.from_s)}"
    for name, time_s in told:
        spans = [(it.from_s, it.to_s) for it in outages_of(run) if it.name == name]
        if not any(from_s - ROUNDING_S < time_s < to_s + ROUNDING_S for from_s, to_s in spans):
            yield f"the link is told to be lost in {name} {at(time_s)}, where no outage is"


def _counts(run: Run, spells: Spells) -> Iterator[str]:
    """Compare what facts tell of silent flights with tracks; lengths near a limit may count or not."""
    link: Mapping[str, Any] = run.facts.link or {}
    span_s = spells.to_s - spells.from_s
    longest_s: dict[int, float] = {}
    for leg, length_s in zip(spells.leg.tolist(), span_s.tolist(), strict=True):
        longest_s[leg] = max(longest_s.get(leg, 0.0), length_s)
    lengths_s = np.array(list(longest_s.values()), np.float64)
    for name, limit_s in (("flights_silent", 0.0), ("flights_timed_out", float(link["hold_after_s"]))):
        least, most = (int((lengths_s > limit_s + slack_s).sum()) for slack_s in (ROUNDING_S, -ROUNDING_S))
        if not least <= link[name] <= most:
            yield f"link.{name} is {link[name]}, tracks and outages show {least}"
    if abs(link["silent_s"] - span_s.sum()) > ROUNDING_S * (1 + len(span_s)):
        yield f"link.silent_s is {link['silent_s']:.3f}, tracks and outages show {span_s.sum():.3f}"
    flights = len(np.unique(run.tables["cleared"]["leg"]))
    if not flights <= link["flights"] <= len(run.legs["leg"]):
        yield f"link.flights is {link['flights']}, of {flights} there are tracks"


def _edited(run: Run, spells: Spells) -> Iterator[str]:
    """Find silent drones on their way that the dispatcher gave another plan."""
    table = run.tables["incidents"]
    rows = np.isin(table["kind"], _BY_DISPATCHER) & (table["drone"] >= 0) & ~np.isin(table["action"], UNEDITED)
    for row in np.flatnonzero(rows).tolist():
        drone, time_s = int(table["drone"][row]), float(table["time_s"][row])
        spell = spells.at(drone, time_s)
        is_within = spell is not None and spell[0] + ROUNDING_S < time_s < spell[1] - ROUNDING_S
        if is_within and not _has_arrived(run, drone, time_s):
            yield (
                f"drone {drone} was silent {at(time_s)}, and yet incident {row} ({table['kind'][row]}) has it that it "
                f"{table['action'][row]}"
            )


def _has_arrived(run: Run, drone: int, time_s: float) -> bool:
    """Tell whether a drone is over its site, on the ground or without a flight at a time."""
    legs = run.legs
    is_under_way = (legs["drone"] == drone) & (legs["departed_s"] <= time_s) & ~(legs["arrived_s"] <= time_s)
    is_under_way &= (legs["outcome"] == "landed") | ~(_ended_s(run) <= time_s)
    return not any(not _is_over_its_site(run, row, time_s) for row in np.flatnonzero(is_under_way).tolist())


def _is_over_its_site(run: Run, row: int, time_s: float) -> bool:
    """Tell whether a leg without an arrival is over its site at a time, or under way to the ground."""
    legs, tracks = run.legs, run.tables["cleared"]
    its = np.flatnonzero((tracks["leg"] == legs["leg"][row]) & (tracks["t0_s"] <= time_s))
    if np.isfinite(legs["arrived_s"][row]) or not len(its):
        return False
    last = its[np.argmax(tracks["t0_s"][its])]
    there_m = places_m(run, legs["to"][row : row + 1])[0]
    ends_m = np.array([[tracks[f"{axis}{end}_m"][last] for axis in "xy"] for end in (0, 1)])
    return bool(np.hypot(*(ends_m - there_m).T).max() <= _NEAR_M)


def _ended_s(run: Run) -> np.ndarray:
    """Give when each leg ended by its track, minus infinity where it has none."""
    tracks, legs = run.tables["cleared"], run.legs
    ends_s = np.full(max(int(legs["leg"].max(initial=-1)), int(tracks["leg"].max(initial=-1))) + 2, -np.inf)
    np.maximum.at(ends_s, tracks["leg"], tracks["t1_s"])
    return np.asarray(ends_s[legs["leg"]])


def _own_acts(run: Run, spells: Spells) -> Iterator[str]:
    """Find drones that did something in silence before their time was out, or against the rule for it."""
    link: Mapping[str, Any] = run.facts.link or {}
    table, held = run.tables["incidents"], dict[int, int]()
    has_track = np.isin(table["leg"], run.tables["cleared"]["leg"])
    for row in np.flatnonzero(is_of_link(run) & has_track).tolist():
        drone, time_s, action = int(table["drone"][row]), float(table["time_s"][row]), str(table["action"][row])
        # who comes down is silent until then
        is_down = action in ("holds", DOWN)
        spell = (spells.at(drone, time_s - 2 * ROUNDING_S) if is_down else None) or spells.at(drone, time_s)
        is_over = spell is None or (time_s > spell[1] - ROUNDING_S and not is_down)
        if spell is not None and is_over and action == "goes on":
            # whether it is silent by a hair or not, it goes on
            continue
        if spell is None or is_over:
            if drone not in held:
                yield f"incident {row}: drone {drone} {action} {at(time_s)}, but was not silent"
            held.pop(drone, None)
            continue
        if action == DOWN and drone in held and time_s > spell[1] - ROUNDING_S:
            # it hears again just then, and there is no way on from where it hangs
            held.pop(drone)
            continue
        least_s = link["act_after_s"] if action == "returns" else link["hold_after_s"]
        is_early = time_s - spell[0] < link["hold_after_s"] - ROUNDING_S
        if action in ("returns", DOWN) and _held_until(run, held.get(drone, row), row):
            # silent since it held, or anew: it acts by the rule, or when it may not hold for longer
            least_s = math.inf if link["after"] == "hold" else link["act_after_s"]
            is_early = time_s - spell[0] < least_s - ROUNDING_S and not _may_hold_no_longer(run, held[drone])
        if is_early or action not in _OWN[link["after"]]:
            due = f"after {least_s:g} s" if math.isfinite(least_s) else "until it may hold no longer"
            yield (
                f"incident {row}: drone {drone}, silent since {at(spell[0])}, {action} {at(time_s)}; the rule is "
                f"{link['after']!r}, {due}"
            )
        if action == "holds":
            held[drone] = row


def _held_until(run: Run, since: int, row: int) -> bool:
    """Tell whether a drone holds since one incident until another: nothing was done about it in between."""
    table = run.tables["incidents"]
    others = (table["drone"] == table["drone"][row]) & ~np.isin(table["action"], UNEDITED)
    return since < row and not others[since + 1 : row].any()


def _may_hold_no_longer(run: Run, since: int) -> bool:
    """Tell whether a hold was as long as any may be, or left no more in the pack than the dearest way of the day takes.

    ``since``: the incident that tells of it.
    """
    legs, allowed_s = run.legs, _allowed_s(run)
    its = legs["leg"] == run.tables["incidents"]["leg"][since]
    dearest = float(np.fmax.reduce(legs["charge_start"] - legs["charge_end"], initial=0.0))
    has_held = legs["hold_s"][its] > allowed_s - ROUNDING_S
    return bool((has_held | (legs["charge_end"][its] < run.facts.reserve + dearest)).any())


def _allowed_s(run: Run) -> float:
    """Give how long a drone may hold in all; 0 where the scenario does not tell."""
    if not (run.folder / "scenario.toml").is_file():
        return 0.0
    return float(read_scenario(run.folder).get("batteries", {}).get("hold_allowance_s", 0.0))


def _time_outs(run: Run, spells: Spells) -> Iterator[str]:
    """Find silences that were long enough, on the way, for a drone's time to be out, of which nothing is told."""
    link: Mapping[str, Any] = run.facts.link or {}
    table = run.tables["incidents"]
    its, is_at_once = is_of_link(run), link["after"] == "continue"
    for drone, from_s, to_s in zip(spells.drone.tolist(), spells.from_s.tolist(), spells.to_s.tolist(), strict=True):
        out_s = from_s + link["hold_after_s"]
        if out_s > to_s - ROUNDING_S or _has_arrived(run, drone, out_s + ROUNDING_S) or _fell(run, drone, to_s):
            continue
        until_s = out_s if is_at_once else to_s
        times_s = table["time_s"][its & (table["drone"] == drone)]
        if not ((times_s >= out_s - ROUNDING_S) & (times_s <= until_s + ROUNDING_S)).any():
            yield f"drone {drone} was silent from {at(from_s)} to {at(to_s)}, and nothing tells that its time was out"


def _overdue(run: Run, spells: Spells) -> Iterator[str]:
    """Find drones that held in silence for longer than until they are to act, or until they heard again.

    Told of those that are silent once on their way: who is silent anew before it obeys holds on.
    """
    link: Mapping[str, Any] = run.facts.link or {}
    table = run.tables["incidents"]
    counts = table["action"] != _DEAF
    has_track = np.isin(table["leg"], run.tables["cleared"]["leg"])
    for row in np.flatnonzero(is_of_link(run) & has_track & (table["action"] == "holds")).tolist():
        drone, held_s = int(table["drone"][row]), float(table["time_s"][row])
        spell = spells.at(drone, held_s - 2 * ROUNDING_S) or spells.at(drone, held_s)
        later = np.flatnonzero(counts[row + 1 :] & (table["drone"][row + 1 :] == drone))
        if spell is None or not len(later):
            continue
        acted_s = float(table["time_s"][row + 1 + later[0]])
        due_s = spell[1] + float(link["latency_s"])
        if link["after"] in ("return", "land"):
            due_s = min(due_s, spell[0] + float(link["act_after_s"]))
        anew = (spells.drone == drone) & (spells.from_s > spell[0]) & (spells.from_s < acted_s)
        if acted_s > max(due_s, held_s) + 2 * ROUNDING_S and not anew.any():
            yield (
                f"drone {drone} holds from {at(held_s)} to {at(acted_s)}, silent since {at(spell[0])}; by "
                f"{link['after']!r} it is to act {at(max(due_s, held_s))}"
            )


def _fell(run: Run, drone: int, time_s: float) -> bool:
    """Tell whether a drone was lost or came down at a time."""
    legs = run.legs
    is_down = (legs["drone"] == drone) & np.isin(legs["outcome"], ("lost", "down"))
    return bool((is_down & (np.abs(_ended_s(run) - time_s) < ROUNDING_S)).any())


def _told_acts(run: Run, found: list[Act]) -> Iterator[str]:
    """Compare what facts tell of drones on their own with incidents and outages."""
    link: Mapping[str, Any] = run.facts.link or {}
    tracks = run.tables["cleared"]
    told = [Act(drone=row["drone"], from_s=row["from_s"], to_s=row["to_s"]) for row in link["acts"]]
    # of legs that are not over when the day closes there are no tracks
    told = [
        act
        for act in told
        if ((tracks["drone"] == act.drone) & (tracks["t0_s"] <= act.from_s) & (tracks["t1_s"] > act.from_s)).any()
    ]
    for name, some, others in (("told", told, found), ("found", found, told)):
        for act in some:
            if act.to_s - act.from_s > ROUNDING_S and not any(_is_same(act, other) for other in others):
                yield f"drone {act.drone} is {name} on its own from {at(act.from_s)} to {at(act.to_s)}, and only so"


def _is_same(one: Act, other: Act) -> bool:
    ends = ((one.from_s, other.from_s), (one.to_s, other.to_s))
    return one.drone == other.drone and all(abs(a_s - b_s) < ROUNDING_S for a_s, b_s in ends)


def link_figures(run: Run) -> dict[str, Any]:
    """Give what incidents and outages tell of the command link."""
    link = run.facts.link
    if link is None:
        return {}
    table = run.tables["incidents"]
    actions = table["action"][(table["kind"] == "link_loss") & (table["drone"] >= 0)].tolist()
    found: dict[str, Any] = {name: link[name] for name in ("flights_silent", "flights_timed_out", "silent_s")}
    found |= {"held": actions.count("holds"), "returned": actions.count("returns")}
    found |= {"landed": actions.count(DOWN), "outages": len(link["outages"])}
    found["outage_s"] = math.fsum(outage["to_s"] - outage["from_s"] for outage in link["outages"])
    found["timed_out_share"] = link["flights_timed_out"] / link["flights"] if link["flights"] else None
    return {f"link.{name}": value for name, value in found.items()}
