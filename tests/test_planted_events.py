"""A day that meets all sorts of trouble, told otherwise: each incident dropped or moved, facts and stated events too.

The checker must complain of each, but for what is named here with the reason.
"""

from __future__ import annotations

import copy
import json
import re
import shutil
import tomllib
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any, Final

import numpy as np
import pytest

import dronesim
from dronesim.verify.belongings import belongings
from dronesim.verify.checks import CHECKS
from dronesim.verify.facts_reading import read_facts
from dronesim.verify.reading import Run, read_run
from dronesim.verify.stated_keys import stated_keys

DATA: Final = Path(__file__).parent / "data"
LATER_S: Final = 30.0
TROUBLE: Final = """
name = "trouble"
map = "tiny.geojson"
seed = 3

[horizon]
start = "10:00"
end = "12:00"

[demand]
orders = 110.0
profile = "flat"

[fleet]
drones = 8
spares = 2
drone_type = "ideal"

[airspace]
mode = "strategic"

[handling]
load = { kind = "lognormal", sd_s = 10.0 }
unload = { kind = "lognormal", sd_s = 15.0 }

[navigation]
misses = { kind = "share", share = 0.15 }
excursions_per_h = 3.0

[faults]
failures_per_flight_hour = 0.5
diverts_per_flight_hour = 1.0
losses_per_flight_hour = 0.3

[riders]
per_takeoff_point = 1

[maintenance]
inspect_after_sorties = 20

[weather]
wind_mps = 3.0
gust_mps = 5.0
temperature_c = 10.0

[[weather.changes]]
at = "11:00"
wind_mps = 5.0
gust_mps = 20.0
wind_from_deg = 90.0

[[weather.changes]]
at = "11:08"
wind_mps = 4.0
gust_mps = 5.0
wind_from_deg = 120.0
"""
LENGTHS: Final = {
    "airport_closed": ("10:15", 'airport = "A1"'),
    "takeoff_point_closed": ("10:40", 'takeoff_point = "T1"'),
    "cabinet_jammed": ("10:50", 'airport = "A2"'),
    "unloader_fails": ("11:20", 'airport = "A2"'),
    "charger_fails": ("10:10", 'takeoff_point = "T1"'),
    "courier_no_show": ("10:05", 'takeoff_point = "T1"'),
    "kitchen_surge": ("11:35", "factor = 2.0"),
    "dispatcher_outage": ("11:45", ""),
    "link_loss": ("10:30", ""),
    "position_outage": ("10:34", ""),
}
"""What is stated to last 6 minutes: when, and where."""
INSTANTS: Final = {"drone_fails": "10:25", "return": "10:28", "divert": "11:30"}
Columns = dict[str, np.ndarray]


def scenario() -> str:
    lasting = (
        f'[[events]]\nkind = "{kind}"\nat = "{at}"\nminutes = 6.0\n{more}\n' for kind, (at, more) in LENGTHS.items()
    )
    instants = (f'[[events]]\nkind = "{kind}"\nat = "{at}"\n' for kind, at in INSTANTS.items())
    return "\n".join([TROUBLE, *lasting, *instants])


@pytest.fixture(scope="module")
def day(tmp_path_factory: pytest.TempPathFactory) -> Run:
    folder = tmp_path_factory.mktemp("trouble")
    shutil.copy(DATA / "tiny.geojson", folder)
    (folder / "scenario.toml").write_text(scenario(), encoding="utf-8")
    dronesim.run(folder / "scenario.toml", out=folder / "run", tracks=True, report=False)
    return read_run(folder / "run")


def complaint(run: Run) -> str | None:
    """What the first check says that finds something, the quick and the likely ones first; None where all are clean."""
    first = ("accounts", "stated_events", "stated_keys", "stated_weather", "outages", "outage_areas", "closed_airports")
    ordered = sorted(CHECKS, key=lambda check: first.index(check.__name__) if check.__name__ in first else len(first))
    for check in ordered:
        try:
            found = check(run)
        except (ArithmeticError, AttributeError, LookupError, TypeError, ValueError) as error:
            return f"{check.__name__}: {error!r}"
        if not found.is_clean:
            return f"{found.name}: {found.violations[0]}"
    return None


def test_the_day_is_clean_and_has_every_sort_of_trouble(day: Run) -> None:
    assert complaint(day) is None
    kinds = set(day.tables["incidents"]["kind"].tolist())
    assert kinds >= {*LENGTHS, *INSTANTS, "weather", "go_around", "excursion", "unloading_overrun", "handling_overrun"}
    assert {"lost", "down", "diverted"} <= set(day.legs["outcome"].tolist())


# incidents


def sorts(run: Run) -> dict[str, list[int]]:
    """The rows of each sort of incident: its kind, and the first words of its action."""
    table, found = run.tables["incidents"], dict[str, list[int]]()
    for row, (kind, action) in enumerate(zip(table["kind"], table["action"], strict=True)):
        found.setdefault(f"{kind}: {re.split(r'[0-9]', action)[0].strip()}", []).append(row)
    return found


def with_incidents(run: Run, change: Callable[[Columns], Columns]) -> Run:
    incidents = change({name: values.copy() for name, values in run.tables["incidents"].items()})
    return replace(run, tables={**run.tables, "incidents": incidents})


def without(run: Run, row: int) -> Run:
    return with_incidents(run, lambda table: {name: np.delete(values, row) for name, values in table.items()})


def moved(run: Run, row: int) -> Run:
    """Tell an incident later, in its place by time."""

    def change(table: Columns) -> Columns:
        table["time_s"][row] += LATER_S
        order = np.argsort(table["time_s"], kind="stable")
        return {name: values if name == "incident" else values[order] for name, values in table.items()}

    return with_incidents(run, change)


def otherwise(column: str) -> Callable[[Run, int], Run]:
    """Tell another drone, order, leg or site, where one is told."""

    def change(run: Run, row: int) -> Run:
        def put(table: Columns) -> Columns:
            value = table[column][row]
            if column == "site":
                sites = sorted(run.facts.airports if value in run.facts.airports else run.facts.takeoff_points)
                table[column][row] = next(site for site in sites if site != value) if value else value
            elif value >= 0:
                table[column][row] = value + 1 if value == 0 else value - 1
            return table

        return with_incidents(run, put)

    return change


WAYS: Final[dict[str, Callable[[Run, int], Run]]] = {
    "dropped": without,
    "30 s late": moved,
    **{f"another {column}": otherwise(column) for column in ("drone", "order", "leg", "site")},
}


def unseen(run: Run, way: str) -> Iterator[str]:
    """Name the sorts of incidents of which a row is told otherwise, and nothing is noticed."""
    table = run.tables["incidents"]
    column = way.removeprefix("another ")
    for sort, rows in sorted(sorts(run).items()):
        told = [row for row in rows if column not in table or (table[column][row] not in ("", -1))]
        if told and complaint(WAYS[way](run, told[len(told) // 2])) is None:
            yield sort


NOTHING: Final = "divert: nothing: no such drone is outbound"
EXCUSED: Final[dict[str, dict[str, str]]] = {
    "dropped": {
        NOTHING: "it came by chance, to nobody",
        "unloading_overrun: holds": "another incident of the leg tells of a hold as well",
        "unloading_overrun: waits on its pad to be unloaded": "the order takes longer itself, which lets it wait",
        "weather: goes on": "its way takes more energy in another wind, and is flown as booked",
        "weather: waits for another wind": "how long a drone stays on a pad is told by nothing else",
    },
    "30 s late": {NOTHING: "it came by chance, to nobody"},
    "another drone": {"booking_revoked: revoked": "no table tells which drone an order had before"},
}


@pytest.mark.parametrize("way", WAYS)
def test_an_incident_told_otherwise_is_noticed(way: str, day: Run) -> None:
    assert set(unseen(day, way)) <= set(EXCUSED.get(way, {}))


# facts and stated events


def retold(run: Run, folder: Path, **files: str) -> Run:
    """The run with other facts, or another scenario."""
    shutil.copytree(run.folder, folder)
    for name, text in files.items():
        (folder / {"facts": "facts.json", "scenario": "scenario.toml"}[name]).write_text(text, encoding="utf-8")
    raw = json.loads((folder / "facts.json").read_text(encoding="utf-8"))
    return replace(run, folder=folder, facts=read_facts(folder / "facts.json", raw))


def shifted(told: Any) -> Any:
    """Move all times of a part of the facts by 30 s."""
    if isinstance(told, dict):
        moves = {"from_s", "to_s"}
        return {
            key: value + LATER_S if key in moves and value is not None else shifted(value)
            for key, value in told.items()
        }
    return [shifted(value) for value in told] if isinstance(told, list) else told


EMPTIED: Final = ("closures", "outages", "link.outages", "position.outages", "weather.rows", "weather.stops", "wind")


@pytest.mark.parametrize("part", EMPTIED)
@pytest.mark.parametrize("how", ["emptied", "shifted", "first gone", "last gone"])
def test_facts_told_otherwise_are_noticed(part: str, how: str, day: Run, tmp_path: Path) -> None:
    facts = json.loads((day.folder / "facts.json").read_text(encoding="utf-8"))
    *above, name = part.split(".")
    table = facts[above[0]] if above else facts
    keep = {"weather.rows": 1, "wind": 1}.get(part, 0)
    changed: dict[str, Any] = {
        "emptied": table[name][:keep],
        "shifted": shifted(table[name]),
        "first gone": table[name][1:],
        "last gone": table[name][:-1],
    }
    table[name] = changed[how]
    assert complaint(retold(day, tmp_path / "run", facts=json.dumps(facts))) is not None


REPEATED: Final = (
    *("service.radius_m", "service.limit_s", "batteries.reserve", "batteries.charge_c", "handling.load_s"),
    *("airspace.separation_m", "airspace.zone_grace_s", "prices.drone_per_day", "riders.road_mps", "riders.pickup_s"),
    *("link.after", "link.latency_s", "navigation.go_around_s", "position.drift_mps", "maintenance.after_sorties"),
    *("maintenance.inspection_s", "weather.again_s", "weather.look_ahead_s", "weather.pack_share_0c", "weather.aloft"),
    *("dispatch.assign_ahead_s", "dispatch.interval_s", "fleet.is_shared", "horizon.end_s", "seed", "name"),
)


@pytest.mark.parametrize("key", REPEATED)
def test_a_fact_that_repeats_another_key_than_is_stated_is_noticed(key: str, day: Run, tmp_path: Path) -> None:
    facts = json.loads((day.folder / "facts.json").read_text(encoding="utf-8"))
    *above, name = key.split(".")
    table = facts[above[0]] if above else facts
    value = table[name]
    table[name] = not value if isinstance(value, bool) else f"{value}x" if isinstance(value, str) else value + 1
    (said,) = stated_keys(retold(day, tmp_path / "run", facts=json.dumps(facts))).violations
    assert said.startswith(f"facts: {key} is {table[name]!r}, the scenario's")


def parts_of(text: str) -> list[str]:
    """Cut a saved scenario into its tables, each with its heading."""
    return re.split(r"(?m)^(?=\[)", text)


BY_CHANCE: Final = ("drone_fails", "divert")
"""What may have come by chance as well, where it is not stated."""
ELSEWHERE: Final = {'"A1"': '"A2"', '"A2"': '"A1"', '"T1"': '"T2"'}
OTHERWISE: Final = (
    *(("at another time", kind) for kind in (*LENGTHS, *INSTANTS)),
    *(("twice", kind) for kind in (*LENGTHS, *INSTANTS)),
    *(("longer", kind) for kind in LENGTHS),
    *(("elsewhere", kind) for kind, (_, where) in LENGTHS.items() if '"' in where),
    *(("unstated", kind) for kind in (*LENGTHS, *INSTANTS) if kind not in BY_CHANCE),
)


@pytest.mark.parametrize(("how", "kind"), OTHERWISE)
def test_an_event_stated_otherwise_is_noticed(how: str, kind: str, day: Run, tmp_path: Path) -> None:
    parts = parts_of((day.folder / "scenario.toml").read_text(encoding="utf-8"))
    place = next(i for i, part in enumerate(parts) if part.startswith("[[events]]") and f'kind = "{kind}"' in part)
    event = parts[place]
    later = re.sub(r'(?m)^at = ".*"', 'at = "10:57"', event)
    parts[place] = {
        "at another time": later,
        "twice": f"{event}\n{later}",
        "longer": event.replace("minutes = 6.0", "minutes = 9.0"),
        "elsewhere": re.sub('"(A1|A2|T1)"', lambda found: ELSEWHERE[found[0]], event),
        "unstated": "",
    }[how]
    assert parts[place] != event
    tomllib.loads("".join(parts))
    assert complaint(retold(day, tmp_path / "run", scenario="".join(parts))) is not None


@pytest.mark.parametrize("key", ["wind_mps", "gust_mps", "temperature_c", "wind_from_deg", "at"])
def test_weather_stated_otherwise_is_noticed(key: str, day: Run, tmp_path: Path) -> None:
    text = (day.folder / "scenario.toml").read_text(encoding="utf-8")
    value = '"11:01"' if key == "at" else "7.5"
    parts = parts_of(text)
    for i, part in enumerate(parts):
        if part.startswith("[[weather.changes]]" if key in ("at", "wind_from_deg") else "[weather]"):
            parts[i] = re.sub(rf"(?m)^{key} = .*$", f"{key} = {value}", part, count=1)
            break
    assert "".join(parts) != text
    assert "weather as stated" in str(complaint(retold(day, tmp_path / "run", scenario="".join(parts))))


@pytest.mark.parametrize(("column", "kind"), [("merchant", "merchant"), ("community", "community")])
def test_an_order_of_another_site_is_noticed(column: str, kind: str, day: Run) -> None:
    orders = {name: values.copy() for name, values in day.orders.items()}
    site = {"merchant": "takeoff_point", "community": "placed_airport"}[kind]
    other = next(row for row in range(1, len(orders["order"])) if orders[site][row] != orders[site][0])
    orders[column][0] = orders[column][other]
    said = belongings(replace(day, tables={**day.tables, "orders": orders})).violations
    assert said[0].startswith(f"order 0: its {kind} {orders[column][other]} belongs to {orders[site][other]}")


def test_who_lands_at_a_closed_airport_is_noticed(day: Run) -> None:
    """A closure, told with its incident, that begins before a drone is there and ends after it has landed."""
    legs = day.legs
    calm = (legs["kind"] == "outbound") & (legs["outcome"] == "landed") & (legs["hold_s"] == 0)
    row = int(np.flatnonzero(calm)[0])
    facts = copy.copy(day.facts)
    closure = replace(
        day.facts.closures[0], airport=legs["to"][row], from_s=legs["arrived_s"][row] - 5, to_s=legs["landed_s"][row]
    )
    changed = replace(day, facts=replace(facts, closures=(*facts.closures, closure)))
    check = next(check for check in CHECKS if check.__name__ == "closed_airports")
    assert "and lands, but" in "".join(check(changed).violations)
