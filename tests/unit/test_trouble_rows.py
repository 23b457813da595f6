"""What met a day, link, navigation and outages, stands on the page and the terminal where it is counted."""

from __future__ import annotations

from typing import Any, Final

import numpy as np

from dronesim.report.rows import incident_counts
from dronesim.report.trouble_rows import link_told, navigation_told, outages_told, trouble_groups

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
    stuck = [{"from_s": at_s, "to_s": at_s + 600.0, "cause": "charger_fails"} for at_s in (0.0, 900.0)]
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
    assert navigation_told(NAVIGATION) == "2 landings missed, 2 made again; 4 excursions beyond the track bound"
    assert outages_told(facts) == "charger fails 2"


def test_a_quiet_day_has_no_rows_of_trouble() -> None:
    assert trouble_groups({}, RULES) == []
    assert (link_told(None), navigation_told(None), outages_told(RULES)) == ("", "", "")


def test_incidents_that_differ_by_a_distance_are_counted_as_one() -> None:
    actions = ["strays 5.0 m from its path", "strays 7.25 m from its path", "strays 12 m from its path"]
    rows = incident_counts({"kind": np.array(["excursion"] * 3), "action": np.array(actions)})
    assert rows == [{"kind": "excursion", "action": "strays from its path", "count": 3}]
