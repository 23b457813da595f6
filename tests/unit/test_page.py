"""The page of a run: its numbers are those of the files beside it, its size is bounded, and no name can harm it."""

import itertools
import json
import re

import numpy as np
import pytest

from dronesim.codes import fingerprint
from dronesim.metrics.lateness import lateness
from dronesim.metrics.waits import waited_ms
from dronesim.record.waits import REASONS
from dronesim.report import write_report
from dronesim.report.drawing import house_style, new_figure
from dronesim.report.inline import inline_svg
from dronesim.report.map_chart import MOST_BUILDINGS, map_chart
from dronesim.report.page_numbers import LISTED_ORDERS
from dronesim.report.pictures import PICTURES
from dronesim.report.saved_run import read_run
from dronesim.report.shown import Joined, Numbers
from dronesim.report.svg import path, rings_path, thinned
from reading_pages import differing, read, seen, with_another_number, without_source
from unit.test_report import XY, make_facts, make_map, make_tables, save_run

HOSTILE = (
    "A<script>alert(1)</script>",
    "A\"onload='alert(2)' x=\"",
    "A\n\x1b[31mred\x07",
    "A\N{GRINNING FACE}\N{RIGHT-TO-LEFT OVERRIDE}txt",
    "A" + "wide" * 75,
    "A$x_1^$ \\frac{",
)


def boxed(tables):
    """Give every delivered parcel a box."""
    orders = tables["orders"]
    return {**tables, "orders": {**orders, "box": np.where(np.isnan(orders["delivered_s"]), -1, orders["order"] % 28)}}


@pytest.fixture(scope="module")
def day(tmp_path_factory):
    """A day of few drones, with late orders of several causes; its page has no pictures."""
    facts = make_facts(drones=4)
    folder = tmp_path_factory.mktemp("runs") / "day"
    save_run(folder, boxed(make_tables(facts)), facts)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("dronesim.report.pictures.PICTURES", ())
        write_report(folder)
    return folder


@pytest.fixture(scope="module")
def hostile(tmp_path_factory):
    """A day whose airports, and whose own name, are out for harm."""
    names = dict(zip(HOSTILE, itertools.islice(itertools.cycle(list(XY.values())[2:]), len(HOSTILE)), strict=True))
    sites = {**{name: XY[name] for name in ("T1", "T2")}, **names}
    facts = {**make_facts(sites, drones=4), "name": HOSTILE[0] + HOSTILE[1]}
    folder = tmp_path_factory.mktemp("runs") / "hostile"
    save_run(folder, make_tables(facts), facts)
    (folder / "inputs" / "map.geojson").write_text(json.dumps(make_map(sites)), encoding="utf-8")
    write_report(folder)
    return folder


def test_every_number_of_the_page_equals_the_json_beside_it(day):
    reader = read(day / "report.html")
    assert len(reader.found) > 300
    assert {keyed.file for keyed in reader.found} == {"kpis.json", "report.json", "facts.json"}
    assert list(differing(day / "report.html")) == []


def test_no_cell_of_numbers_is_without_its_source(day):
    assert [text for text in read(day / "report.html").bare if re.match(r"[\d,.]+( |$)", text)] == []


def test_any_number_that_is_changed_on_the_page_is_found(day):
    found = read(day / "report.html").found
    assert [keyed for keyed in found if not with_another_number(keyed).differs(day)] == []


def test_a_number_that_is_changed_in_the_json_or_in_a_sentence_is_found(day, tmp_path):
    for name in ("kpis.json", "report.json", "facts.json", "report.html"):
        (tmp_path / name).write_bytes((day / name).read_bytes())
    kpis = json.loads((day / "kpis.json").read_text())
    kpis["orders"]["collected"] += 1
    (tmp_path / "kpis.json").write_text(json.dumps(kpis))
    page = tmp_path / "report.html"
    page.write_text(page.read_text(encoding="utf-8").replace("<main>", "<main><p>86,421 of them</p>"), encoding="utf-8")
    assert list(differing(page)) != []
    assert "86,421" in list(without_source(page))


def test_every_number_of_a_sentence_stands_in_the_json_in_some_unit(day):
    service = json.loads((day / "kpis.json").read_text())["service"]
    gaps = (100 * abs(service["share"] - service["target"]), 100 * abs(service["ceiling"] - service["share"]))
    assert list(without_source(day / "report.html", LISTED_ORDERS, *gaps)) == []


def test_causes_split_exactly_what_an_order_took_longer_than_its_ceiling():
    facts = make_facts(drones=4)
    tables = make_tables(facts)
    orders, waited = tables["orders"], waited_ms(tables["orders"], tables["waits"])
    late = lateness(tables, facts)
    causes = {row["cause"]: row["orders"] for row in late["causes"]}
    assert causes["drone"] > causes.get("clearance", 0)
    assert {"without_queues", "drone"} <= causes.keys()
    assert causes.keys() <= {*(reason.name for reason in REASONS), "without_queues", "flight", "refused:too_heavy"} | {
        "cancelled:patience"
    }
    for side in ("on_time", "late"):
        assert sum(late["minutes"][side]["stages_s"].values()) == pytest.approx(late["minutes"][side]["door_s"])
    beyond = orders["in_range"] & (orders["ceiling_s"] > 900) & ~np.isnan(orders["delivered_s"])
    assert causes["without_queues"] == beyond.sum()
    assert waited["drone"].sum() > 0


def test_late_orders_are_listed_with_codes_for_simulation_only(day):
    page, listed = (day / "report.html").read_text(encoding="utf-8"), json.loads((day / "report.json").read_text())
    assert page.count('aria-label="Pickup code of order') == len(listed["late_orders"]) == LISTED_ORDERS
    assert "for simulation only" in seen(day / "report.html")
    doors = [row["door_s"] for row in listed["late_orders"]]
    assert doors == sorted(doors, reverse=True)
    assert len(page) < 1_000_000


def test_codes_that_a_planners_own_key_signed_are_not_shown(tmp_path, monkeypatch):
    monkeypatch.setattr("dronesim.report.pictures.PICTURES", ())
    facts = make_facts(drones=4)
    save_run(tmp_path / "run", boxed(make_tables(facts, orders=60)), facts)
    write_report(tmp_path / "run", has_own_key=True)
    page = (tmp_path / "run" / "report.html").read_bytes()
    assert b"Pickup code of order" not in page
    assert b"not shown" in page
    codes = {"key": "own", "fingerprint": fingerprint(b"mine")}
    (tmp_path / "run" / "manifest.json").write_text(json.dumps({"codes": codes}))
    write_report(tmp_path / "run")
    assert (tmp_path / "run" / "report.html").read_bytes() == page


def test_hostile_names_stay_text(hostile):
    page = (hostile / "report.html").read_text(encoding="utf-8")
    assert "<script" not in page
    assert not re.search(r"<[^>]*\sonload=", page.replace("&#34;", "").replace("&quot;", ""))
    assert "&lt;script&gt;alert(1)" in page
    assert "default-src 'none'" in page
    assert "could not be drawn" not in page
    assert not re.search(r"<svg.*[\x00-\x08\x0b-\x1f\x7f].*</svg>", page)
    assert list(differing(hostile / "report.html")) == []
    assert len(page) < 1_000_000


def test_a_name_in_a_figure_is_neither_formula_nor_markup():
    def draw():
        with house_style():
            figure = new_figure(3.0, 2.0)
            figure.subplots().set_title("$x_1$ <b>1.2345</b> & #d9dee3")
        return inline_svg(figure, name="a b.png", title='"quoted" <i>')

    drawn = draw()
    assert "$x_1$ &lt;b&gt;1.2345&lt;/b&gt; &amp; #d9dee3" in drawn
    assert 'aria-label="&quot;quoted&quot; &lt;i&gt;"' in drawn
    assert 'id="a-b-png-' in drawn
    assert drawn == draw()


def test_a_big_map_is_one_picture_of_dots_and_the_page_stays_small(tmp_path, monkeypatch):
    facts = make_facts(drones=4)
    save_run(tmp_path / "run", make_tables(facts, orders=40), facts)
    district = make_map()
    one = district["features"][0]
    ring = np.array(one["geometry"]["coordinates"][0])
    places = [(column * 3e-4, row * 3e-4) for column in range(80) for row in range(65)]
    assert len(places) > MOST_BUILDINGS
    for number, shift in enumerate(places):
        small = ring.mean(axis=0) + (ring - ring.mean(axis=0)) / 8 + shift
        geometry = {"type": "Polygon", "coordinates": [small.tolist()]}
        properties = {"kind": "building", "id": f"N{number}", "height_m": float(number % 120)}
        district["features"].append({"type": "Feature", "properties": properties, "geometry": geometry})
    (tmp_path / "run" / "inputs" / "map.geojson").write_text(json.dumps(district))
    monkeypatch.setattr("dronesim.report.pictures.PICTURES", PICTURES[:1])
    write_report(tmp_path / "run")
    page = (tmp_path / "run" / "report.html").read_text(encoding="utf-8")
    assert page.count("data:image/png;base64,") == 1
    assert '<path class="roof' not in page
    assert len(page) < 1_000_000


def test_of_very_many_routes_the_busiest_are_drawn(day, monkeypatch):
    run = read_run(day)
    assert map_chart(run).count('<path class="route ') == 8
    monkeypatch.setattr("dronesim.report.map_chart.MOST_ROUTES", 3)
    drawn = map_chart(run)
    assert drawn.count('<path class="route ') == 3
    assert "The 3 busiest of 8 routes are drawn." in drawn


def test_a_day_with_one_order_says_one(tmp_path, monkeypatch):
    monkeypatch.setattr("dronesim.report.pictures.PICTURES", ())
    facts = make_facts(drones=4)
    save_run(tmp_path / "run", make_tables(facts, orders=1), facts)
    write_report(tmp_path / "run")
    assert not re.search(r"(?<![\d.,:-])1 [a-z]{3,}s\b", seen(tmp_path / "run" / "report.html"))
    assert not re.search(
        r"(?<![\d.,])1 (?:orders|drones|sorties|flights|pairs|swaps|scans)\b", seen(tmp_path / "run" / "report.html")
    )


def test_numbers_carry_their_place_and_stay_texts():
    numbers = Numbers({"a/b": {"x~<": 0.1234}}, "kpis.json#")
    shown = numbers.percent("a/b", "x~<")
    assert shown == "12.3 %"
    assert shown.__html__() == '<span data-key="kpis.json#/a~1b/x~0&lt;" data-one="0.01">12.3 %</span>'
    assert Joined("{} of {}", shown, "<b>").__html__() == f"{shown.__html__()} of &lt;b&gt;"
    assert Joined("{} of {}", shown, "<b>") == "12.3 % of <b>"


def test_paths_follow_their_points_to_a_tenth():
    points = np.array([[1.04, 2.0], [3.0, 2.0], [3.0, 2.0], [-1.26, 7.96]])
    assert path(points) == "M1 2l2 0 -4.3 6"
    assert rings_path([points]) == "M1 2l2 0 -4.3 6z"
    assert rings_path([np.zeros((4, 2))]) == ""


def test_a_line_of_many_points_keeps_its_ends_and_extremes():
    x = np.linspace(0.0, 500.0, 40_000)
    y = np.sin(x) * 50 + (np.arange(len(x)) == 12_345) * 100
    kept = thinned(np.column_stack([x, y]))
    assert len(kept) < 4500
    assert kept[:, 1].max() == y.max()
    assert kept[0].tolist() == [x[0], y[0]]
    assert kept[-1].tolist() == [x[-1], y[-1]]
