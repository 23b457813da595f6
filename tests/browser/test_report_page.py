"""The report's page in a real browser: readable everywhere, in order for axe, used by keyboard alone."""

from __future__ import annotations

import functools
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

import pytest

import dronesim
from browser.conftest import ENDS, NARROW, Pages, is_wider_than_its_window
from command import TINY
from experiments import EXPERIMENTS, experiment
from reading_codes import read_png
from reading_pages import differing

TWO_RUNS: Final = "two runs"


@pytest.fixture(scope="module")
def page(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The page of a small day that is late for several reasons."""
    folder = tmp_path_factory.mktemp("report") / "day"
    few = {"demand.orders": 150, "fleet.drones": 3}
    found = dronesim.run(TINY, set=few, tracks=True, out=folder).page
    assert found is not None
    return found


@pytest.fixture(scope="module")
def others(page: Path) -> Callable[[str], Path]:
    """Gives the page of an experiment, by its name, or that of two runs."""
    root, run = page.parent.parent, dronesim.open_run(page.parent)

    def write(name: str) -> Path:
        if name == TWO_RUNS:
            return run.report(root / "two.html", beside=run)
        experiment(name, TINY, root / name)
        return root / name / f"{name}.html"

    return functools.cache(write)


def violations(page: Any) -> list[str]:
    """Give what axe finds against a page as it is now, in a line each."""
    axe = pytest.importorskip("axe_playwright_python.sync_playwright", reason="accessibility needs axe")
    found = axe.Axe().run(page).response["violations"]
    return [f"{each['id']}: {each['nodes'][0]['html'][:200]}" for each in found]


@pytest.mark.parametrize(("width", "scheme"), ENDS)
def test_the_page_is_readable_and_in_order(page: Path, pages: Pages, width: int, scheme: Any) -> None:
    shown = pages.open(page, width=width, scheme=scheme)
    assert not is_wider_than_its_window(shown)
    if width == NARROW:
        shown.evaluate("document.querySelectorAll('details').forEach(each => each.open = true)")
        assert not is_wider_than_its_window(shown)
    assert violations(shown) == []


@pytest.mark.parametrize("name", [TWO_RUNS, *EXPERIMENTS])
@pytest.mark.parametrize(("width", "scheme"), [ENDS[0], ENDS[-1]])
def test_other_pages_are_readable_and_in_order(
    others: Callable[[str], Path], pages: Pages, name: str, width: int, scheme: Any
) -> None:
    shown = pages.open(others(name), width=width, scheme=scheme)
    shown.evaluate("document.querySelectorAll('details').forEach(each => each.open = true)")
    assert not is_wider_than_its_window(shown)
    assert violations(shown) == []


def test_axe_would_complain_of_faint_text_and_of_pictures_without_words(page: Path, pages: Pages) -> None:
    shown = pages.open(page)
    shown.add_style_tag(content=":root { --faint: #ccc !important; }")
    shown.evaluate("document.querySelector('svg').removeAttribute('aria-label')")
    assert {told.partition(":")[0] for told in violations(shown)} >= {"color-contrast", "svg-img-alt"}


def test_all_of_it_is_reached_by_keyboard(page: Path, pages: Pages) -> None:
    shown = pages.open(page)
    shown.keyboard.press("Tab")
    assert shown.evaluate("document.activeElement.getAttribute('href')") == "#minutes"
    shown.keyboard.press("Enter")
    shown.wait_for_url("**/report.html#minutes")  # the driver hears of it a moment later
    order = shown.locator("details.order").first
    order.locator("summary").focus()
    shown.keyboard.press("Enter")
    order.locator("svg").first.wait_for(state="visible")


def test_a_late_order_leads_to_its_place_in_the_replay(page: Path, browser: Any) -> None:
    dronesim.open_run(page.parent).replay()
    shown = browser.new_page()
    shown.goto(page.as_uri())
    order = shown.locator("details.order").first
    order.locator("summary").click()
    name = order.locator("strong").inner_text()
    order.locator("a").click()
    shown.wait_for_selector("html[data-ready]")
    assert shown.text_content("#chosen h2").startswith(name)
    shown.close()


def test_the_code_of_an_opened_order_is_read_by_a_phone(page: Path, pages: Pages) -> None:
    shown = pages.open(page, scheme="dark")
    order = shown.locator("details.order").first
    order.locator("summary").click()
    number = int(order.locator("strong").inner_text().split()[1])
    assert read_png(order.locator("svg").screenshot()) == [dronesim.open_run(page.parent).code(number).token]


def test_the_page_prints_and_its_numbers_are_those_beside_it(page: Path, pages: Pages) -> None:
    shown = pages.open(page)
    shown.emulate_media(media="print")
    assert len(shown.pdf(prefer_css_page_size=True)) > 20_000
    assert list(differing(page)) == []
