"""The independent checker finds every single thing that is changed in a clean run folder."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from dronesim.verify import Report, verify_run
from oracles.handmade_run import HEADWAY_S, retold, seal, tampered, write_handmade_run, write_table

Row = dict[str, Any]
Change = Callable[[list[Row]], object]


@pytest.fixture(scope="module")
def clean(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_handmade_run(tmp_path_factory.mktemp("run") / "clean")


def put(row: int, **values: Any) -> Change:
    """Change cells of one row."""
    return lambda rows: rows[row].update(values)


def shift(row: int, column: str, by: float) -> Change:
    """Add to one cell."""
    return lambda rows: rows[row].update({column: rows[row][column] + by})


def add(row: int, **values: Any) -> Change:
    """Repeat a row with other cells."""
    return lambda rows: rows.append({**rows[row], **values})


def drop(row: int) -> Change:
    return lambda rows: rows.pop(row)


def use(resource: str, then: Callable[[Row], object], nth: int = 0) -> Change:
    """Change the nth occupancy of a resource."""
    return lambda rows: then([row for row in rows if row["resource"] == resource][nth])


def drop_use(resource: str, nth: int = 0) -> Change:
    """Take out the nth occupancy of a resource."""
    return lambda rows: rows.remove([row for row in rows if row["resource"] == resource][nth])


def double_use(resource: str, **values: Any) -> Change:
    """Repeat the first occupancy of a resource with other cells."""
    return lambda rows: rows.append({**next(row for row in rows if row["resource"] == resource), **values})


def failed(report: Report) -> set[str]:
    return {check.name for check in report.checks if not check.is_clean}


def words(report: Report, name: str) -> str:
    return "\n".join(text for check in report.checks if check.name == name for text in check.violations)


def test_the_handmade_day_is_clean(clean: Path) -> None:
    report = verify_run(clean)
    assert failed(report) == set(), "\n".join(report.lines())
    assert report.is_clean
    assert "clean" in report.lines()[-1]


TAMPERINGS = {
    # incidents
    "an incident unheard of": ("incidents", put(0, kind="eaten"), "incidents in known words", "kind 'eaten'"),
    "a remedy unheard of": ("incidents", put(0, action="dives"), "incidents in known words", "no action 'dives'"),
    # orders
    "an order deleted": ("orders", drop(1), "conservation of orders", "order 1 is missing"),
    "the last order deleted": ("orders", drop(5), "conservation of orders", "names order 5"),
    "an order twice": ("orders", add(1), "conservation of orders", "order 1 stands in the table 2 times"),
    "an end state unheard of": ("orders", put(1, end_state="eaten"), "conservation of orders", "eaten"),
    "another end state": ("orders", put(3, end_state="collected"), "conservation of orders", "kpis say 2"),
    "collected without a scan time": (
        "orders",
        put(0, collected_s=None),
        "end states fit the milestones",
        "order 0 is collected without collected_s",
    ),
    "delivered but lost": ("orders", put(0, end_state="lost"), "end states fit the milestones", "lost with"),
    "refused and prepared": ("orders", put(2, prepared_s=37100.0), "end states fit the milestones", "order 2"),
    "no reason for a refusal": ("orders", put(2, reason=None), "end states fit the milestones", "reason ''"),
    "cleared too early": ("orders", put(3, ended_s=41000.0), "end states fit the milestones", "cleared"),
    "a milestone left out": ("orders", put(0, loaded_s=None), "end states fit the milestones", "no loaded_s"),
    "delivered into no box": ("orders", put(0, box=None), "end states fit the milestones", "no box"),
    "landed before it arrived": ("orders", shift(0, "landed_s", -60.0), "milestone order", "order 0: landed_s"),
    "loaded too fast": ("orders", shift(0, "loading_s", 20.0), "milestone order", "at least 30 s after"),
    "off without its check": ("orders", shift(0, "loaded_s", 1.0), "milestone order", "at least 5 s after loaded_s"),
    "loading before ready": ("orders", shift(1, "ready_s", 8.0), "milestone order", "order 1: loading_s"),
    "assigned after loading": ("orders", shift(1, "assigned_s", 300.0), "milestone order", "assigned_s"),
    "faster than the ceiling": ("orders", shift(0, "ceiling_s", 60.0), "ceilings are not beaten", "order 0 took"),
    "a ceiling below what came before": ("orders", shift(0, "ceiling_s", -200.0), "ceilings are not beaten", "to box"),
    "a ceiling that is a second less": ("orders", shift(0, "ceiling_s", -1.0), "ceilings are not beaten", "comes to"),
    "a flight that is a second less": (
        "orders",
        shift(0, "ceiling_ready_s", -1.0),
        "ceilings are not beaten",
        "others of its sites",
    ),
    "a flight of no time": ("orders", put(0, ceiling_ready_s=30.0), "ceilings are not beaten", "at least"),
    "a ceiling of the refused": (
        "orders",
        put(2, ceiling_s=900.0, ceiling_ready_s=480.0),
        "ceilings are not beaten",
        "order 2 is refused",
    ),
    "one ceiling of two": ("orders", put(2, ceiling_s=900.0), "ceilings are not beaten", "only one of"),
    "delivered without a ceiling": ("orders", put(0, ceiling_ready_s=None), "ceilings are not beaten", "nan"),
    "a shorter distance": ("orders", put(0, distance_m=1499.0), "distances and range", "straight line"),
    "out of range by word": ("orders", put(0, in_range=False), "distances and range", "in_range is False"),
    "an unknown airport": ("orders", put(2, airport="A9"), "distances and range", "unknown site 'A9'"),
    "half a millisecond": ("orders", shift(0, "prepared_s", 0.0005), "exact milliseconds", "order 0: prepared_s"),
    "placed at night": ("orders", put(2, placed_s=30000.0), "day bounds", "order 2 was placed 08:20:00"),
    "ended after the day": ("orders", put(3, ended_s=72001.0), "day bounds", "after the end of the day"),
    "another drone": ("orders", put(0, drone=1), "outbound legs of orders", "drone is 1, the leg has 0"),
    "another leg": ("orders", put(0, outbound_leg=2), "outbound legs of orders", "order 0 and leg 2"),
    "other times than the leg": ("orders", shift(0, "landed_s", -1.0), "outbound legs of orders", "landed_s is"),
    "too heavy but flown": ("orders", put(0, mass_kg=3.0), "fleet and payload", "order 0 of 3.000 kg flew"),
    "light but too heavy": ("orders", put(2, mass_kg=2.0), "fleet and payload", "refused as too heavy"),
    "in another box": ("orders", put(0, box=3), "bookings cover their use", "box 3 at A1 was never booked"),
    # legs
    "no return leg": ("legs", drop(1), "legs and sorties", "never comes home"),
    "no outbound leg": ("legs", drop(0), "outbound legs of orders", "0 outbound legs"),
    "a second outbound leg": ("legs", add(0, leg=9), "outbound legs of orders", "2 outbound legs"),
    "a leg number twice": ("legs", put(1, leg=0), "outbound legs of orders", "leg 0 is a second one"),
    "a return from elsewhere": ("legs", put(1, **{"from": "A2"}), "legs and sorties", "leaves A2"),
    "legs at the same time": ("legs", shift(1, "departed_s", -120.0), "legs and sorties", "departs"),
    "a return to an airport": ("legs", put(1, to="A2"), "legs and sorties", "leads from 'A1' to 'A2'"),
    "a parcel on the way back": ("legs", put(1, order=0), "legs and sorties", "carries order 0"),
    "two drones in a sortie": ("legs", put(1, drone=1), "legs and sorties", "sortie 0: drone 0"),
    "arrived after landing": ("legs", shift(1, "arrived_s", 80.0), "legs and sorties", "landed_s"),
    "an unknown kind": ("legs", put(1, kind="detour"), "legs and sorties", "'detour'"),
    "loaded before it landed": ("legs", put(3, landed_s=50430.0), "legs and sorties", "loading begins"),
    "a leg after a loss": ("legs", put(3, outcome="lost"), "legs and sorties", "which is lost"),
    "through the wall": ("legs", put(0, distance_m=1400.0), "flights", "straight line is 1500.000"),
    "supersonic": ("legs", put(0, distance_m=40000.0), "flights", "faster than 15.00 m/s"),
    "an unknown level": ("legs", put(0, level_m=33.0), "flights", "level_m 33"),
    "a drone nobody owns": ("legs", put(4, drone=2), "fleet and payload", "the fleet owns 2"),
    "energy from nowhere": ("legs", shift(0, "energy_wh", -20.0), "energy and packs", "leg 0"),
    "energy of the nameplate": ("legs", put(0, energy_wh=125.0), "energy and packs", "dropped by 112.500000 Wh"),
    "below the reserve": ("legs", put(1, charge_end=0.2, energy_wh=247.5), "energy and packs", "the reserve 0.25"),
    "a little below the reserve": ("legs", put(1, charge_end=0.249, energy_wh=225.45), "energy and packs", "0.249000"),
    "a little below empty": ("legs", put(8, charge_end=-0.001, energy_wh=292.95), "energy and packs", "charge -0.001"),
    "a little energy too much": ("legs", shift(0, "energy_wh", 0.01), "energy and packs", "energy_wh 112.51"),
    "a little charge too much": ("legs", put(1, charge_start=0.751), "energy and packs", "no charger had it"),
    "below empty": ("legs", put(8, charge_end=-0.1, energy_wh=337.5), "energy and packs", "charge -0.1"),
    "charged in the air": (
        "legs",
        put(1, charge_start=0.9, charge_end=0.7),
        "energy and packs",
        "no charger had it",
    ),
    "another pack": ("legs", put(4, pack=0), "energy and packs", "not on the drone"),
    # occupancy
    "a pad used twice": ("occupancy", double_use("pad", holder=1), "capacities", "pad at T1 by drone 1: unit 0 taken"),
    "more boxes than there are": ("occupancy", use("box", lambda row: row.update(unit=4)), "capacities", "unit 4"),
    "a unit held twice": (
        "occupancy",
        double_use("courier", holder=1),
        "capacities",
        "courier at T1 by order 1: unit 0 taken",
    ),
    "held before it begins": (
        "occupancy",
        use("box", lambda row: row.update(to_s=36000.0)),
        "capacities",
        "not before",
    ),
    "an unknown resource": (
        "occupancy",
        use("box", lambda row: row.update(resource="shelf")),
        "capacities",
        "'shelf'",
    ),
    "an unknown holder": ("occupancy", use("pad", lambda row: row.update(holder=7)), "capacities", "no such holder"),
    "a pad elsewhere": ("occupancy", use("pad", lambda row: row.update(site="A9")), "capacities", "'A9'"),
    "no loader": ("occupancy", drop_use("loader"), "bookings cover their use", "used the loader at T1"),
    "no pad at the airport": ("occupancy", drop_use("pad", 4), "bookings cover their use", "used the pad at A1"),
    "no unloader": ("occupancy", drop_use("unloader"), "bookings cover their use", "used the unloader"),
    "no pilot": ("occupancy", drop_use("pilot"), "bookings cover their use", "used the pilot"),
    "no box": ("occupancy", drop_use("box"), "bookings cover their use", "never booked"),
    "a box never freed": (
        "occupancy",
        use("box", lambda row: row.update(to_s=72000.0)),
        "bookings cover their use",
        "is held until 20:00:00",
    ),
    "a box booked in the air": (
        "occupancy",
        use("box", lambda row: row.update(from_s=36600.0)),
        "bookings cover their use",
        "after departure",
    ),
    "no courier": ("occupancy", drop_use("courier"), "bookings cover their use", "0 couriers"),
    "a courier too early": (
        "occupancy",
        use("courier", lambda row: row.update(from_s=36050.0)),
        "bookings cover their use",
        "before it was placed",
    ),
    "a courier too fast": (
        "occupancy",
        use("courier", lambda row: row.update(from_s=row["to_s"] - 80.0)),
        "bookings cover their use",
        "handling alone takes 90 s",
    ),
    "a pack on two drones": (
        "occupancy",
        double_use("pack", holder=1, unit=0),
        "energy and packs",
        "while it has another",
    ),
    "a pack charged aloft": (
        "occupancy",
        use("charger", lambda row: row.update(from_s=36500.0)),
        "energy and packs",
        "on a charger and on a drone",
    ),
    # scans
    "collected without a scan": ("scans", drop(1), "pickup codes", "order 0 is collected with 0 accepted"),
    "a code accepted again": ("scans", put(3, verdict="accepted"), "pickup codes", "2 accepted scans"),
    "a code for someone else's box": ("scans", put(1, box=2), "pickup codes", "its place is A1 box 0"),
    "a code at another airport": ("scans", put(1, airport="A2"), "pickup codes", "at A2 box 0"),
    "a scan at another time": ("scans", put(1, time_s=37201.0), "pickup codes", "but collected"),
    "opened before delivery": ("scans", put(1, time_s=36500.0), "pickup codes", "before delivery"),
    "opened after the limit": ("scans", put(1, time_s=45000.0), "pickup codes", "after the hold limit"),
    "an unclaimed box opened": ("scans", put(0, order=3, verdict="accepted"), "pickup codes", "order 3 is unclaimed"),
    "expired within the limit": ("scans", put(0, verdict="expired"), "pickup codes", "called expired"),
    "reused, called expired": ("scans", put(3, verdict="expired"), "pickup codes", "called expired 10:26:40"),
    "an old code called reused": ("scans", put(3, code_order=3), "pickup codes", "called reused"),
    "opened by another's code": ("scans", put(1, code_order=1), "pickup codes", "with the code of order 1"),
    "opened by nobody's code": ("scans", put(1, code_order=-1), "pickup codes", "with nobody's code"),
    "refused at its own box": ("scans", put(1, verdict="wrong"), "pickup codes", "called wrong"),
    "a code before it was issued": (
        "scans",
        put(0, code_order=0, time_s=36500.0, verdict="expired"),
        "pickup codes",
        "before it was issued",
    ),
    "a used code of nobody": ("scans", put(3, code_order=99), "conservation of orders", "scans names order 99"),
    "foreign at its own airport": ("scans", put(3, verdict="foreign"), "pickup codes", "called foreign"),
    "an unknown verdict": ("scans", put(0, verdict="maybe"), "pickup codes", "'maybe'"),
}


@pytest.mark.parametrize("name", TAMPERINGS)
def test_a_tampered_table_is_caught_by_the_named_check(name: str, clean: Path, tmp_path: Path) -> None:
    table, change, check, says = TAMPERINGS[name]
    report = verify_run(tampered(clean, tmp_path / "copy", table=table, change=change))
    assert check in failed(report)
    assert says in words(report, check)


@pytest.mark.parametrize("gap_s", [HEADWAY_S / 2, HEADWAY_S - 0.01])
def test_drones_too_close_in_the_lane_are_caught(gap_s: float, clean: Path, tmp_path: Path) -> None:
    def follow_closely(rows: list[Row]) -> None:
        late = rows[0]["departed_s"] + gap_s
        rows[2].update(departed_s=late, requested_s=late)

    report = verify_run(tampered(clean, tmp_path / "copy", table="legs", change=follow_closely))
    assert f"{gap_s:.3f} s after leg 0; the headway is 20 s" in words(report, "lanes of terminal areas")


def _nudge(content: Row, *path: str) -> None:
    for key in path[:-1]:
        content = content[key]
    content[path[-1]] = 0.123 if content[path[-1]] is None else content[path[-1]] * (1 + 1e-6) + 1e-6


FIGURES = [
    ("service", "share"),
    ("service", "share_ready_clock"),
    ("service", "ceiling"),
    ("service", "coverage"),
    ("service", "eligible_share"),
    ("service", "network_share"),
    ("orders", "delivered"),
    ("click_to_door_s", "p95"),
    ("ready_to_door_s", "mean"),
    ("click_to_collect_s", "max"),
    ("stages_s", "kitchen", "mean"),
    ("stages_s", "dwell", "p95"),
    ("fleet", "utilization"),
    ("fleet", "deadhead_share"),
    ("energy", "wh_per_order"),
    ("energy", "swaps"),
    ("energy", "full_cycles"),
    ("airspace", "clearance_wait_s", "p95"),
    ("cabinets", "peak_occupancy"),
    ("resources", "pad", "T1"),
    ("codes", "refused", "reused"),
    ("cost", "per_order"),
    *(("cost", "items", name) for name in ("packs", "chargers", "pads", "boxes", "loaders", "unloaders")),
]


@pytest.mark.parametrize("path", FIGURES, ids=".".join)
def test_a_changed_key_figure_is_caught(path: tuple[str, ...], clean: Path, tmp_path: Path) -> None:
    copy = retold(clean, tmp_path / "copy", file="kpis.json", change=lambda content: _nudge(content, *path))
    report = verify_run(copy)
    assert f"{'.'.join(path)} is" in words(report, "key figures recomputed")


PRICES = ("pack", "charger", "takeoff_pad", "airport_pad", "box", "site", "drone")


@pytest.mark.parametrize("price", [f"{thing}_per_day" for thing in PRICES] + ["loader_per_hour", "unloader_per_hour"])
def test_a_changed_price_is_caught(price: str, clean: Path, tmp_path: Path) -> None:
    copy = retold(clean, tmp_path / "copy", file="facts.json", change=lambda content: _nudge(content, "prices", price))
    found = words(verify_run(copy), "key figures recomputed")
    assert "cost.total is" in found
    assert "cost.items." in found


def test_stages_that_do_not_add_up_are_named(clean: Path, tmp_path: Path) -> None:
    copy = retold(
        clean,
        tmp_path / "copy",
        file="kpis.json",
        change=lambda content: content["stages_s"]["dwell"].update(mean=1.0),
    )
    assert "the stages add up to" in words(verify_run(copy), "key figures recomputed")


def test_a_missing_key_figure_is_caught(clean: Path, tmp_path: Path) -> None:
    change = lambda content: content["service"].pop("ceiling")  # noqa: E731
    report = verify_run(retold(clean, tmp_path / "copy", file="kpis.json", change=change))
    assert "service.ceiling is missing" in words(report, "key figures recomputed")


def test_a_figure_that_can_not_be_recomputed_is_named_in_the_note(clean: Path, tmp_path: Path) -> None:
    copy = retold(clean, tmp_path / "copy", file="kpis.json", change=lambda content: content.update(mood=1.0))
    report = verify_run(copy)
    notes = {check.name: check.note for check in report.checks}
    assert report.is_clean
    assert "mood" in notes["key figures recomputed"]


@pytest.mark.parametrize("name", ["scenario.toml", "inputs/map.geojson"])
def test_changed_bytes_are_caught_by_their_hash(name: str, clean: Path, tmp_path: Path) -> None:
    copy = Path(shutil.copytree(clean, tmp_path / "copy"))
    with (copy / name).open("ab") as file:
        file.write(b"\n")
    assert f"{name} has SHA-256" in words(verify_run(copy), "files are whole")


def test_an_unsigned_change_of_a_table_is_caught_by_its_hash(clean: Path, tmp_path: Path) -> None:
    copy = Path(shutil.copytree(clean, tmp_path / "copy"))
    rows = pq.read_table(copy / "scans.parquet").to_pylist()
    write_table(copy, "scans", rows[:-1])
    assert "scans.parquet has SHA-256" in words(verify_run(copy), "files are whole")


def test_a_missing_and_an_unlisted_file_are_caught(clean: Path, tmp_path: Path) -> None:
    copy = Path(shutil.copytree(clean, tmp_path / "copy"))
    (copy / "scenario.toml").unlink()
    (copy / "extra.parquet").write_bytes(b"")
    text = words(verify_run(copy), "files are whole")
    assert "scenario.toml is in the manifest but not in the folder" in text
    assert "extra.parquet is in the folder but not in the manifest" in text


def test_a_column_of_another_type_ends_the_report_with_the_schema_check(clean: Path, tmp_path: Path) -> None:
    copy = Path(shutil.copytree(clean, tmp_path / "copy"))
    table = pq.read_table(copy / "legs.parquet").drop_columns(["hold_s"])
    table = table.set_column(0, "leg", table.column("leg").cast(pa.int32()))
    pq.write_table(table, copy / "legs.parquet")
    seal(copy)
    report = verify_run(copy)
    assert failed(report) == {"tables follow their schemas"}
    text = words(report, "tables follow their schemas")
    assert "legs: column hold_s is missing" in text
    assert "legs: column leg is int32, not int64" in text


def test_only_the_first_twenty_breaches_are_kept_but_all_are_counted(clean: Path, tmp_path: Path) -> None:
    def delay(rows: list[Row]) -> None:
        for row in rows:
            row["from_s"] += 0.0005

    report = verify_run(tampered(clean, tmp_path / "copy", table="occupancy", change=delay))
    check = next(check for check in report.checks if check.name == "exact milliseconds")
    assert len(check.violations) == 20
    assert check.count == 54
    assert "and 34 more" in "\n".join(check.lines())
