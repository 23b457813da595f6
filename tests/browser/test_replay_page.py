"""The replay in a real browser: every control does what it says, numbers are those of the run, names do no harm."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import zxingcpp
from PIL import Image

import dronesim
from browser.conftest import ENDS, NARROW, Pages, is_wider_than_its_window
from dronesim.units import clock
from replaying import TINY, troubled_day

HOSTILE = {
    "M1": "</script><script>window.harmed = 1</script>",
    "M2": "<img src=x onerror='window.harmed = 1'>",
    "M3": "right \u200fto left \u0645\u0631\u062d \U0001f6f8 {{ 7 * 7 }}",
    "A1": "A" * 200,
    "T1": "\"quoted\" & 'more'",
}


KEYS = (
    "+",
    "-",
    "a",
    "0",
    "d",
    "s",
    "e",
    "]",
    "[",
    "w",
    "l",
    "L",
    "i",
    "I",
    "l",
    "f",
    "t",
    "ArrowLeft",
    "ArrowRight",
    "Home",
    "End",
)
STATE = """(({stage, time, speed, chosen, scheme, isFollowing}) =>
  JSON.stringify([stage.camera.view, time, speed, chosen, scheme, isFollowing]))(replay)"""


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> dronesim.Run:
    return troubled_day(tmp_path_factory.mktemp("browser") / "day")


@pytest.fixture(scope="module")
def replay(run: dronesim.Run) -> Path:
    return run.replay().path


@pytest.fixture
def page(pages: Pages, replay: Path) -> Any:
    return opened(pages, replay)


def opened(pages: Pages, path: Path, **how: Any) -> Any:
    page = pages.open(path, **{"fragment": "#at=11:00", **how})
    page.wait_for_selector("html[data-ready]")
    return page


def time_of(page: Any) -> float:
    return float(page.evaluate("replay.time"))


def number(page: Any, name: str) -> int:
    return int(page.text_content(f"#n-{name}").replace(",", ""))


def settle(page: Any) -> None:
    page.evaluate("new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))")


def test_at_the_end_the_page_says_what_the_run_says(page: Any, run: dronesim.Run) -> None:
    page.locator("#actors").click(position={"x": 5, "y": 400})
    page.keyboard.press("End")
    settle(page)
    kpis = run.kpis
    assert page.text_content("#share") == f"{100 * kpis['service']['share']:.1f} %"
    assert page.text_content("#of").startswith(f"{kpis['service']['on_time']} of {kpis['service']['orders']} ")
    assert number(page, "placed") == kpis["orders"]["placed"]
    assert number(page, "delivered") == kpis["orders"]["delivered"]
    assert number(page, "aloft") == number(page, "waiting") == 0
    late = kpis["service"]["orders"] - kpis["service"]["on_time"]
    assert page.text_content("#late-list option") == f"Late orders ({late})"
    assert page.text_content("#incident-list option") == f"Incidents ({run.tables['incidents'].num_rows})"
    assert page.text_content("h1") == run.facts["name"]


def test_time_plays_stops_jumps_and_is_scrubbed(page: Any) -> None:
    assert time_of(page) == 11 * 3600
    assert page.text_content("#clock") == "11:00:00"
    page.select_option("#speed", "300")
    page.click("#play")
    for _ in range(100):
        page.wait_for_timeout(50)
        if time_of(page) > 11 * 3600 + 60:
            break
    assert time_of(page) > 11 * 3600 + 60
    page.keyboard.press("Escape")
    page.click("#play")
    stopped = time_of(page)
    page.wait_for_timeout(100)
    assert time_of(page) == stopped
    page.click("#ahead")
    assert time_of(page) == stopped + 60
    page.click("#back")
    page.locator("#scrub").fill(str(10 * 3600 + 1800))
    settle(page)
    assert page.text_content("#clock") == "10:30:00"
    assert page.get_attribute("#scrub", "aria-valuetext") == "10:30:00"


def test_jumps_go_to_the_worst_minute_to_late_orders_and_to_incidents(page: Any, run: dronesim.Run) -> None:
    page.click("#worst")
    assert time_of(page) == pytest.approx(page.evaluate("replay.day.worstS"))
    for ahead, behind, what in (
        ("#late-next", "#late-before", "late"),
        ("#incident-next", "#incident-before", "incident"),
    ):
        page.locator("#scrub").fill(str(10 * 3600 + 600))
        page.click(ahead)
        first = time_of(page)
        page.click(ahead)
        assert time_of(page) >= first > 10 * 3600 + 600, what
        page.click(behind)
        assert time_of(page) == first
    option = page.locator("#late-list option").nth(1)
    page.select_option("#late-list", option.get_attribute("value"))
    assert page.text_content("#chosen h2").startswith(f"Order {option.text_content().rpartition(' ')[2]} ")
    page.select_option("#incident-list", page.locator("#incident-list option").nth(1).get_attribute("value"))
    first_s = min(run.tables["incidents"]["time_s"].to_pylist())
    assert time_of(page) == pytest.approx(first_s + 1, abs=0.1)


def test_incidents_of_one_moment_come_one_after_the_other_and_are_named(page: Any, run: dronesim.Run) -> None:
    page.locator("#actors").click(position={"x": 5, "y": 400})
    page.keyboard.press("Home")
    told, times_s = [], sorted(run.tables["incidents"]["time_s"].to_pylist())
    for _ in times_s:
        page.click("#incident-next")
        told.append(page.evaluate("document.getElementById('incident-list').selectedIndex"))
    assert told == list(range(1, len(times_s) + 1))
    assert len(set(times_s)) < len(times_s)
    page.click("#incident-before")
    assert time_of(page) == pytest.approx(times_s[-2] + 1, abs=0.1)


def test_an_order_is_found_and_its_code_can_be_scanned_from_the_screen(
    page: Any, run: dronesim.Run, tmp_path: Path
) -> None:
    orders = run.tables["orders"].to_pylist()
    order = next(row for row in orders if row["collected_s"] is not None and row["placed_s"] > 11.1 * 3600)
    page.fill("#wanted", f"order {order['order']}")
    page.click("#find button")
    assert page.text_content("#chosen h2") == f"Order {order['order']} ({order['order_id']})"
    told = page.locator("#chosen .timeline").inner_text()
    for name in ("placed_s", "ready_s", "departed_s", "delivered_s", "collected_s"):
        assert clock(order[name]) in told or clock(order[name] - 0.05) in told or clock(order[name] + 0.05) in told
    waits = [row for row in run.tables["waits"].to_pylist() if row["order"] == order["order"]]
    assert page.locator("#chosen .wait").count() == len([row for row in waits if row["to_s"] > row["from_s"]])
    assert "Issued on delivery" in page.text_content("#chosen .code")
    page.locator("#chosen .timeline .when").last.click()
    settle(page)
    assert "for simulation only" in page.text_content("#chosen .code")
    picture = tmp_path / "code.png"
    page.locator("#chosen .qr").screenshot(path=picture)
    with Image.open(picture) as shown:
        assert [found.text for found in zxingcpp.read_barcodes(shown)] == [run.code(order["order"]).token]
    page.click("#chosen button:has-text('Drone')")
    assert page.text_content("#chosen h2") == f"Drone {order['drone']}"
    page.fill("#wanted", "nobody")
    page.click("#find button")
    assert "Nothing of that name" in page.text_content("#found")


def test_a_drone_is_clicked_hovered_and_followed(page: Any) -> None:
    where = """() => { const {actors, camera} = replay.stage;
      const row = actors.drones.findIndex((each) => each.state === 'flying');
      const {x, y} = actors.drones[row].place;
      return [row, camera.toX(x), camera.toY(y)]; }"""
    page.evaluate("replay.jump(replay.day.legs.departed[20] + 60)")
    settle(page)
    _, x, y = page.evaluate(where)
    page.locator("#actors").hover(position={"x": x, "y": y})
    assert "Drone" in page.text_content("#hint")
    page.locator("#actors").click(position={"x": x, "y": y})
    assert page.text_content("#chosen h2").startswith("Drone")
    page.click("#chosen [data-follow]")
    settle(page)
    assert page.get_attribute("#chosen [data-follow]", "aria-pressed") == "true"
    followed = where.replace("actors.drones.findIndex((each) => each.state === 'flying')", "replay.chosen.row")
    for _ in range(2):
        _, x, y = page.evaluate(followed)
        box = page.locator("#map").bounding_box()
        assert (x, y) == pytest.approx((box["width"] / 2, box["height"] / 2), abs=1)
        page.click("#ahead")
        settle(page)
    page.click("#chosen .close")
    assert page.is_visible("#nothing")
    page.click("#whole")
    settle(page)
    site = page.evaluate(
        "(({toX, toY}, {x, y}) => [toX(x), toY(y)])"
        "({toX: (x) => replay.stage.camera.toX(x), toY: (y) => replay.stage.camera.toY(y)}, replay.day.sites[4])"
    )
    page.evaluate("replay.jump(replay.day.beginS)")
    settle(page)
    page.locator("#actors").click(position={"x": site[0], "y": site[1]})
    assert page.text_content("#chosen h2") == "Airport A3"


def test_the_map_is_shifted_and_zoomed_by_hand_wheel_buttons_and_keys(page: Any) -> None:
    view = "JSON.stringify(replay.stage.camera.view)"
    seen = {page.evaluate(view)}
    box = page.locator("#actors").bounding_box()
    page.mouse.move(box["x"] + 300, box["y"] + 300)
    page.mouse.wheel(0, -300)
    settle(page)
    seen.add(page.evaluate(view))
    page.mouse.down()
    page.mouse.move(box["x"] + 360, box["y"] + 340, steps=4)
    page.mouse.up()
    seen.add(page.evaluate(view))
    assert len(seen) == 3
    assert page.is_hidden("#chosen")
    for act in ("#nearer", "#farther", "#whole"):
        page.click(act)
    page.evaluate("document.activeElement.blur()")
    for key in KEYS:
        before = page.evaluate(STATE)
        page.keyboard.press(key)
        assert page.evaluate(STATE) != before, key
    page.click("#scheme")
    assert page.evaluate("document.documentElement.dataset.scheme") == "light"
    page.keyboard.press("Escape")
    page.evaluate("document.activeElement.blur()")
    page.keyboard.press("Home")
    page.keyboard.press(" ")
    assert page.evaluate("replay.isPlaying")
    page.click(".legend summary")
    assert page.is_visible("#heights")
    page.click("#nothing details:last-of-type summary")
    assert page.is_visible("kbd")


def test_two_fingers_pinch(pages: Pages, replay: Path) -> None:
    page = opened(pages, replay, width=NARROW)
    pinch = """() => { const box = document.getElementById('actors'); const {left, top} = box.getBoundingClientRect();
      box.setPointerCapture = () => {};
      const touch = (kind, pointerId, x, y) =>
        box.dispatchEvent(new PointerEvent(kind, {pointerId, clientX: left + x, clientY: top + y}));
      touch('pointerdown', 1, 150, 200); touch('pointerdown', 2, 250, 200);
      touch('pointermove', 2, 350, 200);
      touch('pointerup', 1, 150, 200); touch('pointerup', 2, 350, 200); }"""
    before = page.evaluate("replay.stage.camera.scale")
    page.evaluate(pinch)
    assert page.evaluate("replay.stage.camera.scale") == pytest.approx(2 * before, rel=0.01)


@pytest.mark.parametrize(("width", "scheme"), ENDS)
def test_it_fits_and_is_accessible_at_a_desk_and_on_a_phone_in_light_and_in_dark(
    width: int, scheme: Any, pages: Pages, replay: Path
) -> None:
    axe = pytest.importorskip("axe_playwright_python.sync_playwright")
    page = opened(pages, replay, width=width, scheme=scheme, fragment="#at=11:00&order=20")
    assert page.evaluate("document.documentElement.dataset.scheme") == scheme
    assert not is_wider_than_its_window(page)
    found = axe.Axe().run(page, options={"runOnly": ["wcag2a", "wcag2aa", "best-practice"]})
    assert [(each["id"], [node["html"][:120] for node in each["nodes"]]) for each in found.response["violations"]] == []
    with Image.open(pages.shot(page, "replay")) as shot:
        assert len(shot.convert("RGB").getcolors(1 << 24)) > 200


def test_hostile_names_are_shown_and_do_nothing(pages: Pages, tmp_path: Path) -> None:
    map_text = TINY.with_suffix(".geojson").read_text(encoding="utf-8")
    for name, hostile in HOSTILE.items():
        map_text = map_text.replace(f'"{name}"', json.dumps(hostile))
    (tmp_path / "tiny.geojson").write_text(map_text, encoding="utf-8")
    (tmp_path / "tiny.toml").write_text(TINY.read_text(encoding="utf-8"), encoding="utf-8")
    settings = {"name": "</title><script>window.harmed = 1</script>", "demand.orders": 30}
    run = dronesim.run(tmp_path / "tiny.toml", set=settings, out=tmp_path / "day", report=False)
    page = opened(pages, run.replay().path, width=NARROW)
    assert page.text_content("h1") == run.facts["name"]
    told = set()
    for order in range(0, run.tables["orders"].num_rows, 2):
        page.fill("#wanted", f"order {order}")
        page.click("#find button")
        told.add(page.text_content("#chosen .timeline"))
    assert all(any(name in text for text in told) for name in (HOSTILE["M1"], HOSTILE["M2"]))
    assert not is_wider_than_its_window(page)
    assert page.evaluate("window.harmed") is None


def test_sites_are_told_in_words_too(page: Any) -> None:
    page.click("#words summary")
    page.wait_for_selector("#sites tr")
    told = page.locator("#sites tr").all_inner_texts()
    assert [text.split()[0] for text in told] == ["T1", "T2", "A1", "A2", "A3"]
    waiting = [page.evaluate(f"replay.day.waitingAt[{row}].at(replay.time)") for row in range(2)]
    assert [int(page.locator("#sites tr").nth(row).locator("td").nth(1).inner_text()) for row in range(2)] == waiting
    page.click("#sites tr:nth-child(2) button")
    assert page.text_content("#chosen h2") == "Take-off point T2"
