"""Pages in a real browser: opened from their file, watched for every complaint and every request, photographed."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final, Literal
from urllib.parse import urlsplit

import pytest

WIDE, NARROW = 1440, 390
"""A desk and a phone, in pixels; both are ``TALL`` high."""
TALL: Final = 900
ENDS: Final = ((WIDE, "light"), (WIDE, "dark"), (NARROW, "light"), (NARROW, "dark"))
"""The ways to look at a page that every page is looked at in."""

_CHROMIUM: Final = shutil.which("chromium") or shutil.which("chromium-browser")
_FLAGS: Final = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
_LOCAL: Final = ("file", "data", "blob", "about")


@dataclass(kw_only=True)
class Watch:
    """What a page did that no page of ours may do: complaints of its scripts, and requests to anybody."""

    complaints: list[str] = field(default_factory=list)
    requests: list[str] = field(default_factory=list)

    def follow(self, page: Any, *, beside: Path) -> None:
        """Note what the page does from now on; the file itself is the one that it may ask for."""
        page.on("console", lambda said: self._hear(said.type, said.text))
        page.on("pageerror", lambda error: self.complaints.append(str(error)))
        page.on("request", lambda asked: self._see(asked.url, beside.as_uri()))

    def assert_clean(self) -> None:
        assert self.complaints == []
        assert self.requests == []

    def _hear(self, kind: str, text: str) -> None:
        if kind in ("error", "warning", "assert"):
            self.complaints.append(f"{kind}: {text}")

    def _see(self, url: str, own: str) -> None:
        is_other_file = url.startswith("file:") and url.split("#")[0] != own
        if is_other_file or urlsplit(url).scheme not in _LOCAL:
            self.requests.append(url)


@dataclass(kw_only=True)
class Pages:
    """Opens files in the browser; what they do is looked at when the test is over."""

    browser: Any
    shots: Path
    opened: list[tuple[Any, Watch]] = field(default_factory=list)

    def open(
        self,
        path: Path,
        *,
        width: int = WIDE,
        height: int = TALL,
        scheme: Literal["light", "dark"] = "light",
        fragment: str = "",
        **context: Any,
    ) -> Any:
        """Open a page from its file; nothing beyond it can be reached. Gives Playwright's page."""
        room = self.browser.new_context(
            viewport={"width": width, "height": height},
            color_scheme=scheme,
            offline=True,
            has_touch=width <= NARROW,
            **context,
        )
        page, watch = room.new_page(), Watch()
        watch.follow(page, beside=path.resolve())
        self.opened.append((room, watch))
        page.goto(path.resolve().as_uri() + fragment)
        return page

    def shot(self, page: Any, name: str) -> Path:
        """Photograph what the page shows now."""
        place = self.shots / f"{name}.png"
        page.screenshot(path=place)
        return place

    def close(self) -> None:
        for room, _ in self.opened:
            room.close()
        for _, watch in self.opened:
            watch.assert_clean()


def is_wider_than_its_window(page: Any) -> bool:
    """Tell whether a page has to be scrolled sideways."""
    found: bool = page.evaluate("document.documentElement.scrollWidth > document.documentElement.clientWidth")
    return found


@pytest.fixture(scope="module")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    """Chromium of the system, with an empty profile; where there is none, tests that ask for it are skipped."""
    playwright = pytest.importorskip("playwright.sync_api", reason="browser tests need the package playwright")
    if _CHROMIUM is None:
        pytest.skip("browser tests need Chromium; on Debian: apt-get install chromium fonts-wqy-microhei")
    with playwright.sync_playwright() as driver:
        started = driver.chromium.launch(executable_path=_CHROMIUM, args=list(_FLAGS))
        yield started
        started.close()


@pytest.fixture
def pages(browser: Any, tmp_path: Path) -> Iterator[Pages]:
    """What opens pages; afterwards none of them may have complained, or asked the network for anything."""
    opened = Pages(browser=browser, shots=tmp_path)
    yield opened
    opened.close()
