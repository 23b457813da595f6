"""The live planner as a planner sees it: a real server, a real browser, a slider that is moved."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlsplit

import pytest

from browser.conftest import ENDS, TALL, is_wider_than_its_window
from dronesim.scenario import load_scenario
from planning import planner_served

pytest.importorskip("uvicorn", reason="the live planner needs the extra web")
expect = pytest.importorskip("playwright.sync_api", reason="browser tests need the package playwright").expect

SHARE: Final = re.compile(r"^\d+\.\d % on time \(")
SOON_MS: Final = 30_000


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, Path]]:
    folder = tmp_path_factory.mktemp("served") / "plan"
    with planner_served(folder) as url:
        yield url, folder


def opened(browser: Any, url: str, *, width: int, scheme: str) -> tuple[Any, list[str]]:
    """Open the page and note what its scripts complain of, and whom else it asks."""
    page = browser.new_context(viewport={"width": width, "height": TALL}, color_scheme=scheme).new_page()
    odd: list[str] = []
    page.on("console", lambda said: odd.append(said.text) if said.type in ("error", "warning") else None)
    page.on("pageerror", lambda error: odd.append(str(error)))
    page.on(
        "request", lambda asked: None if urlsplit(asked.url).netloc == urlsplit(url).netloc else odd.append(asked.url)
    )
    page.goto(url)
    expect(page.locator("#headline")).to_have_text(SHARE, timeout=SOON_MS)
    return page, odd


def test_a_moved_slider_moves_the_answer_and_real_days_arrive(
    browser: Any, served: tuple[str, Path], tmp_path: Path
) -> None:
    url, folder = served
    page, odd = opened(browser, url, width=1440, scheme="light")
    before = page.text_content("#headline")
    page.wait_for_selector("#map circle.fill, #map circle.real", state="attached")
    page.locator('[id="fleet.drones"]').fill("10")
    expect(page.locator("#days")).to_contain_text("--set fleet.drones=10 --replications 2", timeout=SOON_MS)
    expect(page.locator("#basis")).to_contain_text("From 2 of 2 real days", timeout=SOON_MS)
    expect(page.locator("#headline")).not_to_have_text(before)
    assert page.locator("#curve polygon.band").count() == 1
    assert page.locator("#hours rect.real").count() == 2
    assert page.locator("#map .airport").count() == 3
    page.click("#save")
    expect(page.locator("#saved")).to_contain_text("Saved as ", timeout=SOON_MS)
    assert load_scenario(Path(page.text_content("#saved").removeprefix("Saved as "))).fleet.drones == 10
    assert len(list(folder.glob("replications/*.json"))) >= 2
    page.click("#reset")
    expect(page.locator("#days")).not_to_contain_text("drones=10", timeout=SOON_MS)
    page.screenshot(path=tmp_path / "planner.png")
    page.click("text=Finished runs and studies")
    page.wait_for_selector("text=There is no finished run or study here yet")
    assert odd == []


@pytest.mark.parametrize(("width", "scheme"), ENDS)
def test_pages_fit_their_window_and_are_accessible_in_light_and_in_dark(
    browser: Any, served: tuple[str, Path], width: int, scheme: str
) -> None:
    axe = pytest.importorskip("axe_playwright_python.sync_playwright")
    page, odd = opened(browser, served[0], width=width, scheme=scheme)
    expect(page.locator("#basis")).to_contain_text("From 2 of 2 real days", timeout=SOON_MS)
    for shown in ("planner", "list"):
        assert not is_wider_than_its_window(page), shown
        # the page's own policy lets no other script in, so the inspector's is evaluated
        found = axe.Axe().run(page, options={"runOnly": ["wcag2a", "wcag2aa", "best-practice"]})
        bad = [(each["id"], [node["html"][:120] for node in each["nodes"]]) for each in found.response["violations"]]
        assert bad == [], shown
        if shown == "planner":
            page.click("text=Finished runs and studies")
            page.wait_for_selector("text=There is no finished run or study here yet")
    assert odd == []


def test_who_drags_a_slider_sees_the_answer_to_where_it_stops(browser: Any, served: tuple[str, Path]) -> None:
    page, odd = opened(browser, served[0], width=1440, scheme="light")
    slider = page.locator('[id="fleet.drones"]')
    for drones in (3, 9, 4, 8, 5, 7, 6):
        slider.fill(str(drones))
        page.wait_for_timeout(150)
    expect(page.locator("#days")).to_contain_text("--set fleet.drones=6 ", timeout=SOON_MS)
    expect(page.locator("#basis")).to_contain_text("From 2 of 2 real days", timeout=SOON_MS)
    assert page.text_content("#trouble") == ""
    assert odd == []


def test_a_page_whose_days_give_way_to_those_of_another_says_so(browser: Any, served: tuple[str, Path]) -> None:
    one, _ = opened(browser, served[0], width=1440, scheme="light")
    two, _ = opened(browser, served[0], width=1440, scheme="light")
    two.locator('[id="demand.orders"]').fill("70")
    expect(two.locator("#basis")).to_contain_text("From 2 of 2 real days", timeout=SOON_MS)
    expect(one.locator("#trouble")).to_contain_text("Another page asks for other days", timeout=SOON_MS)
    one.locator('[id="fleet.drones"]').fill("8")
    expect(one.locator("#trouble")).to_have_text("", timeout=SOON_MS)
