"""What watches pages sees what it is there to see: else a clean page would prove nothing."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from browser.conftest import Watch, is_wider_than_its_window


def written(place: Path, body: str) -> Path:
    page = place / "page.html"
    page.write_text(f"<!doctype html><meta charset=utf-8><title>page</title>{body}", encoding="utf-8")
    return page


@pytest.mark.parametrize(
    ("body", "seen"),
    [
        ("<script>console.error('no')</script>", "error: no"),
        ("<script>throw new Error('worse')</script>", "worse"),
        ("<img src='http://127.0.0.1:9/picture.png'>", "http://127.0.0.1:9/picture.png"),
        ("<img src='other.png'>", "other.png"),
    ],
)
def test_a_complaint_and_a_request_are_seen(body: str, seen: str, browser: Any, tmp_path: Path) -> None:
    path, watch = written(tmp_path, body), Watch()
    page = browser.new_page()
    watch.follow(page, beside=path)
    page.goto(path.as_uri())
    page.close()
    assert any(seen in told for told in (*watch.complaints, *watch.requests))
    with pytest.raises(AssertionError):
        watch.assert_clean()


def test_a_plain_page_is_clean_and_as_wide_as_its_window(pages: Any, tmp_path: Path) -> None:
    page = pages.open(written(tmp_path, "<p>plain</p>"), width=390)
    assert not is_wider_than_its_window(page)
    wide = pages.open(written(tmp_path, "<p style='width:600px'>plain</p>"), width=390)
    assert is_wider_than_its_window(wide)
