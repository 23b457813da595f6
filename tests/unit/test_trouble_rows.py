"""What met a day, link, navigation and outages, stands on the page and the terminal where it is counted."""

from __future__ import annotations

from itertools import pairwise
from typing import Any, Final

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from dronesim.report.rows import incident_counts
from dronesim.report.trouble import told, united
from dronesim.report.trouble_rows import (
    drones_told,
    link_told,
    navigation_told,
    out_of_order,
    outages_told,
    position_told,
    trouble_groups,
)

LINK: Final[dict[str, Any]] = {
    "outages": 2, "outage_s": 90.0, "flights_silent": 7, "flights_timed_out": 3, "timed_out_share": 0.25,
    "silent_s": 120.0, "held": 3, "returned": 1, "landed": 0, "losses_in_silence": 1,
}  # fmt: skip
NAVIGATION: Final[dict[str, Any]] = {
    "landings": 38, "misses": 2, "go_arounds": 2, "miss_share": 0.05, "excursions": 4, "excursions_per_h": 1.5,
    "losses_in_excursions": None,
}  # fmt: skip
RULES: Final[dict[str, Any]] = {"link": {"after": "return", "hold_after_s": 10.0}, "closures": [], "outages": []}


def test_link_navigation_and_outages_have_rows_and_lines_where_they_are_counted() -> None:
    charger = {"what": "charger", "site": "T1", "cause": "charger_fails"}
    stuck = [{**charger, "from_s": at_s, "to_s": at_s + 600.0} for at_s in (0.0, 900.0)]
    closed = [{"airport": "A1", "from_s": 0.0, "to_s": 4 * 3600.0, "cause": "airport_closed"}]
    facts = {**RULES, "closures": closed, "outages": stuck}
    groups = dict(trouble_groups({"link": LINK, "navigation": NAVIGATION}, facts))
    assert list(groups) == ["Command link", "Navigation", "Out of order"]
    link, navigation = dict(groups["Command link"]), dict(groups["Navigation"])
    assert link["Flights silent for 10 s or more"] == "3 (25.0 %)"
    assert link["Held, returned, landed in silence"] == "3, 1, 0"
    assert link["A drone whose time is out"] == "holds, then returns"
    assert navigation["Landings missed, of all approaches"] == "2 (5.0 %)"
    assert navigation["Landings made"] == "38"
    assert navigation["Losses of separation in excursions"] == "not measured"
    assert groups["Out of order"] == [
        ("Airport closed, times and time in all", "1, 4.0 h"),
        ("Charger fails, times and time in all", "2, 20.0 min"),
    ]
    assert link_told(LINK).endswith("3 held, 1 returned; 1 loss of separation in silence")
    assert (
        navigation_told({"navigation": NAVIGATION})
        == "2 landings missed, 2 made again; 4 excursions beyond the track bound"
    )
    assert outages_told(facts) == "charger fails 2"


def out(what: str, site: str, from_s: float, to_s: float) -> dict[str, Any]:
    return {"what": what, "site": site, "cause": f"{what}_out", "from_s": from_s, "to_s": to_s}


def test_what_is_out_as_a_whole_is_told_once_where_its_outages_overlap() -> None:
    shut = [
        {"airport": "A1", "from_s": a, "to_s": b, "cause": "airport_closed"}
        for a, b in ((0.0, 1200.0), (600.0, 2100.0))
    ]
    horizon = {"start_s": 0.0, "closed_s": 9000.0}
    whole = [
        out(what, "here", a, b)
        for what in ("dispatcher", "takeoff_point", "cabinet")
        for a, b in ((0.0, 600.0), (300.0, 900.0))
    ]
    units = [out("charger", "here", 0.0, 600.0), out("charger", "here", 300.0, 900.0)]
    facts = {
        **RULES,
        "closures": shut,
        "outages": [*whole, *units],
        "horizon": horizon,
        "wind": [],
        "aircraft": {"wind_limit_mps": 9.0},
    }
    assert out_of_order(facts)["airport_closed"] == {"times": 1, "total_s": 2100.0}
    for what in ("dispatcher", "takeoff_point", "cabinet"):
        assert out_of_order(facts)[f"{what}_out"] == {"times": 1, "total_s": 900.0}
    assert out_of_order(facts)["charger_out"] == {"times": 2, "total_s": 1200.0}
    assert told(facts) == "airport A1 closed from 00:00 to 00:35"
    assert "dispatcher out 1" in outages_told(facts)


@given(st.lists(st.tuples(st.integers(0, 40), st.integers(1, 20)), max_size=12))
def test_united_spans_are_apart_and_cover_the_same(starts: list[tuple[int, int]]) -> None:
    spans = [(float(at), float(at + lasts)) for at, lasts in starts]
    found = united(spans)
    assert {t for a, b in spans for t in range(int(a), int(b))} == {t for a, b in found for t in range(int(a), int(b))}
    assert all(before[1] < after[0] for before, after in pairwise(found))


def test_what_lasts_until_the_close_has_no_end_of_its_own() -> None:
    horizon = {"start_s": 36000.0, "closed_s": 45000.0}
    facts = {**RULES, "closures": [], "horizon": horizon, "wind": [], "aircraft": {"wind_limit_mps": 9.0}}
    stop = {"from_s": None, "to_s": None, "why": "gust"}
    assert (
        told({**facts, "weather": {"counts_all": True, "stops": [stop]}}) == "no drone may fly all day: weather (gust)"
    )
    late = {**stop, "from_s": 39600.0}
    assert "from 11:00 until the day was over" in told({**facts, "weather": {"counts_all": True, "stops": [late]}})


def test_a_position_service_that_is_out_and_drones_that_are_gone_are_told() -> None:
    position = {"outages": 1, "outage_s": 600.0, "strays": 7, "misses": 5, "go_arounds": 3}
    still = {**NAVIGATION, "misses": 0, "excursions": 0}
    assert navigation_told({"navigation": still, "position": position}) == ""
    assert "0 landings missed" in navigation_told({"navigation": still})
    assert position_told(position) == (
        "service out 1 time, 10.0 min in all; 5 landings missed for want of it, 3 made again; "
        "drones beyond their track bound 7 times"
    )
    assert [title for title, _ in trouble_groups({"navigation": still, "position": position}, RULES)] == [
        "Position service"
    ]
    care = {"in_service": 1.5, "inspections": 2, "repairs": 1, "in_repair_at_opening": 6}
    gone = {"fleet": {"drones": 8, "lost": 1, "down": 2}, "upkeep": care}
    assert drones_told(gone) == (
        "1 drone lost on a flight; 2 drones failed and landed away from a pad; "
        "1.5 of 8 drones in service on average: 2 inspections, 1 repair, 6 in repair from before"
    )
    assert drones_told({"fleet": {"drones": 8}}) == ""
    (rows,) = [found for title, found in trouble_groups(gone, RULES) if title == "Drones out of service"]
    assert [row[1] for row in rows] == ["1", "2"]


def test_a_quiet_day_has_no_rows_of_trouble() -> None:
    assert trouble_groups({}, RULES) == []
    assert (link_told(None), navigation_told({}), outages_told(RULES)) == ("", "", "")


def test_incidents_that_differ_by_a_distance_are_counted_as_one() -> None:
    actions = ["strays 5.0 m from its path", "strays 7.25 m from its path", "strays 12 m from its path"]
    rows = incident_counts({"kind": np.array(["excursion"] * 3), "action": np.array(actions)})
    assert rows == [{"kind": "excursion", "action": "strays from its path", "count": 3}]
