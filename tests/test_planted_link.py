"""Days on which the command link is lost, and faults planted in them: the checker must see every one."""

from __future__ import annotations

import copy
import re
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from dronesim.simulation import Outcome, ScriptedEvent, SimulationInputs, simulate
from dronesim.simulation.rules import LinkRules
from dronesim.simulation.trouble import Remedies
from dronesim.simulation.trouble.link_loss import LinkLoss
from dronesim.verify import Check
from dronesim.verify.closures import closed_airports
from dronesim.verify.figures import key_figures
from dronesim.verify.link import command_link
from dronesim.verify.separation import separation
from lab import lab_inputs
from oracles.plain_tables import changeable
from test_planted_laws import as_read

LINK, APART, FIGURES = "command link", "separation", "key figures recomputed"
Change = Callable[[Outcome], None]


def silent(*events: ScriptedEvent, after: str = "continue", mode: str = "headway") -> SimulationInputs:
    """Drones from two take-off points on crossing ways, and no link for a minute while they are under way.

    Events count from the middle of the way of one of them with a parcel, and are of its airport.
    """
    inputs = lab_inputs(
        36_000.0 + 20.0 * np.arange(40),
        homes_xy=((0.0, 0.0), (1500.0, 900.0)),
        airports_xy=((1800.0, 0.0), (0.0, 1200.0)),
    )
    inputs = replace(inputs, rules=replace(inputs.rules, link=LinkRules(after=after)))
    air = replace(inputs.rules.airspace, mode=mode)
    long = replace(inputs.rules.batteries, hold_allowance_s=120.0)
    inputs = replace(inputs, rules=replace(inputs.rules, airspace=air, batteries=long))
    quiet = simulate(inputs).tables["legs"]
    sixth = int(np.flatnonzero(quiet["kind"] == "outbound")[6])
    middle_s, airport = float(quiet["departed_s"][sixth] + quiet["arrived_s"][sixth]) / 2, int(quiet["to"][sixth][1:])
    lost = ScriptedEvent(kind="link_loss", at_s=middle_s, duration_s=60.0, own=(("area", -1.0),))
    events = tuple(replace(event, at_s=middle_s + event.at_s, airport=airport) for event in events)
    return replace(inputs, rules=replace(inputs.rules, events=(lost, *events)))


CLOSES = ScriptedEvent(kind="airport_closed", at_s=5.0, duration_s=600.0, airport=0)


def found(outcome: Outcome, *, figures: dict[str, Any] | None = None) -> dict[str, str]:
    """What each check that is not clean says."""
    run = as_read(outcome, figures=figures)
    checks: list[Check] = [command_link(run), separation(run), key_figures(run)]
    return {check.name: "\n".join(check.violations) for check in checks if not check.is_clean}


def flown(inputs: SimulationInputs) -> Outcome:
    return simulate(inputs, has_tracks=True, counts_losses=True)


@pytest.mark.parametrize("mode", ["headway", "strategic"])
@pytest.mark.parametrize("after", ["continue", "hold", "return", "land"])
def test_a_day_in_silence_is_clean(after: str, mode: str) -> None:
    outcome = flown(silent(CLOSES, after=after, mode=mode))
    told = set(outcome.tables["incidents"]["action"][outcome.tables["incidents"]["kind"] == "link_loss"])
    expected = {"continue": "goes on", "hold": "holds", "return": "returns", "land": "lands safely, fetched by road"}
    assert expected[after] in told
    assert found(outcome) == {}
    if mode == "strategic":
        assert outcome.facts["separation"]["losses_of_separation"] == 0


def test_who_is_silent_by_continue_flies_as_if_the_link_had_never_been_lost() -> None:
    inputs = silent()
    quiet = simulate(replace(inputs, rules=replace(inputs.rules, events=())))
    lost = simulate(inputs)
    for name in ("orders", "legs", "occupancy", "scans", "waits"):
        for column, values in quiet.tables[name].items():
            assert values.tolist() == lost.tables[name][column].tolist() or "nan" in repr(values.tolist())
    assert lost.facts["link"]["flights_timed_out"] > 0
    assert "link" not in quiet.facts


def test_a_silent_drone_is_edited_only_when_it_hears() -> None:
    """Its airport closes 5 s into the minute: what is told of it then is that it does not hear."""
    incidents = flown(silent(CLOSES)).tables["incidents"]
    closed = incidents["kind"] == "airport_closed"
    begins_s = incidents["time_s"][closed].min()
    waits = closed & (incidents["action"] == "waits: the drone does not hear")
    assert waits.any()
    assert set(incidents["action"][closed & (incidents["drone"] >= 0) & (incidents["time_s"] == begins_s)]) <= {
        "waits: the drone does not hear",
        "stays on the pad",
    }
    later = closed & np.isin(incidents["action"], ["holds", "diverts", "returns", "stays on the pad"])
    assert (incidents["time_s"][later] > begins_s).any()


def test_orders_reach_drones_later_by_the_latency() -> None:
    inputs = silent(CLOSES)
    rules = replace(inputs.rules, link=LinkRules(latency_s=7.0), events=inputs.rules.events[1:])
    outcome = flown(replace(inputs, rules=rules))
    incidents = outcome.tables["incidents"]
    begins_s = float(incidents["time_s"][incidents["action"] == "closed"][0])
    redirected = np.isin(incidents["action"], ["holds", "diverts", "returns"])
    assert redirected.any()
    assert (incidents["time_s"][redirected] >= begins_s + 7.0 - 1e-6).all()
    assert found(outcome) == {}


# engines that are wrong


def test_who_holds_for_longer_than_it_may_is_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    honest = LinkLoss._holds_until_ms
    monkeypatch.setattr(LinkLoss, "_holds_until_ms", lambda self, *when: honest(self, *when) + 5000)
    assert "by 'return' it is to act" in found(flown(silent(after="return")))[LINK]


def test_a_silent_drone_that_was_edited_is_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Remedies, "_reached_ms", lambda self, _sortie, _ordered_ms: self.now_ms)
    seen = found(flown(silent(CLOSES)))
    assert "was silent" in seen[LINK]
    assert "airport_closed" in seen[LINK]


def test_a_loss_of_drones_that_were_led_is_seen() -> None:
    """Crossing flights lose separation under headways; if that were a promise, silence would be no excuse for it."""
    outcome = flown(silent())
    assert outcome.facts["separation"]["losses_of_separation"] > 0
    outcome.facts["airspace"]["mode"] = "strategic"
    assert "came within" in found(outcome)[APART]


# tables and facts that were changed


def fact(name: str, by: float) -> Change:
    def change(outcome: Outcome) -> None:
        outcome.facts["link"][name] += by

    return change


def act_longer(outcome: Outcome) -> None:
    outcome.facts["link"]["acts"][0]["to_s"] += 30.0


def act_untold(outcome: Outcome) -> None:
    outcome.facts["link"]["acts"].pop()


def shorter_outage(outcome: Outcome) -> None:
    outcome.facts["link"]["outages"][0]["to_s"] -= 20.0


def relabelled(action: str, kind: str = "airport_closed") -> Change:
    """Tell the time-outs as something else."""

    def change(outcome: Outcome) -> None:
        incidents = outcome.tables["incidents"]
        rows = (incidents["kind"] == "link_loss") & (incidents["drone"] >= 0)
        incidents["kind"][rows], incidents["action"][rows] = kind, action

    return change


def returned_early(outcome: Outcome) -> None:
    incidents = outcome.tables["incidents"]
    incidents["time_s"][(incidents["kind"] == "link_loss") & (incidents["drone"] >= 0)] -= 8.0


CHANGES: dict[str, tuple[str, Change, set[str], str]] = {
    "more silent flights": ("continue", fact("flights_silent", 1), {LINK}, "link.flights_silent is"),
    "fewer that timed out": ("continue", fact("flights_timed_out", -1), {LINK}, "link.flights_timed_out is"),
    "more silence": ("continue", fact("silent_s", 5.0), {LINK}, "link.silent_s is"),
    "a longer time on its own": ("hold", act_longer, {LINK}, "is told on its own"),
    "a time on its own untold": ("hold", act_untold, {LINK}, "is found on its own"),
    "an outage that was longer": ("hold", shorter_outage, {LINK}, "but was not silent"),
    "time-outs untold": (
        "continue",
        relabelled("waits: the drone does not hear"),
        {LINK},
        "nothing tells that its time",
    ),
    "an edit in silence": ("continue", relabelled("diverts", "divert"), {LINK}, "was silent"),
    "a hold where it was to go on": ("continue", relabelled("holds", "link_loss"), {LINK}, "the rule is 'continue'"),
    "a hold before its time": ("hold", returned_early, {LINK}, "the rule is 'hold'"),
}


@pytest.mark.parametrize("name", CHANGES)
def test_a_changed_day_is_seen(name: str) -> None:
    after, change, checks, says = CHANGES[name]
    outcome = flown(silent(after=after))
    changed = changeable(outcome)
    change(changed)
    seen = found(changed)
    assert checks <= set(seen)
    assert says in seen[LINK]


def test_a_wrong_key_figure_is_seen() -> None:
    outcome = flown(silent(after="hold"))
    figures = copy.deepcopy(dict(as_read(outcome).kpis))
    figures["link"]["held"] += 1
    figures["link"]["losses_in_silence"] += 1
    seen = found(outcome, figures=figures)
    assert "link.held" in seen[FIGURES]
    assert "link.losses_in_silence" in seen[APART]


def test_who_leaves_a_closed_airport_is_seen_though_the_link_was_lost_before(monkeypatch: pytest.MonkeyPatch) -> None:
    """Only who could not be told of the closing may drive away who stands there."""
    later = replace(CLOSES, at_s=100.0)

    def closed_ones(outcome: Outcome) -> str:
        return "\n".join(closed_airports(as_read(outcome)).violations)

    assert closed_ones(flown(silent(later))) == ""
    monkeypatch.setattr(Remedies, "stay", lambda *_plan, **_how: None)
    assert re.search(r"takes off \S+ \(\S+ s\) from A\d for T\d", closed_ones(flown(silent(later))))
