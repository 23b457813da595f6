"""docs/exports.md has a row for each format, with its ending, and the exactness that there is."""

from __future__ import annotations

import re
from pathlib import Path

from dronesim.export import FORMATS
from dronesim.export.day import DEGREES, METRES
from dronesim.export.paths import SOURCES

NAME = re.compile(r"^\| `([\w-]+)` ", re.MULTILINE)
PAGE = (Path(__file__).parents[2] / "docs" / "exports.md").read_text(encoding="utf-8")
OPENED, _, LEFT_OUT = PAGE.partition("What each leaves out")


def test_every_format_has_its_row_with_its_ending() -> None:
    rows = {
        name: ending.rstrip("/") for name, ending in re.findall(r"^\| `([\w-]+)` \| `([^`]+)` \|", PAGE, re.MULTILINE)
    }
    assert rows == {name: form.ending for name, form in FORMATS.items()} | {"xlsx": ".xlsx"}


def _rows(text: str) -> dict[str, str]:
    return {line.split("`")[1]: line for line in text.splitlines() if NAME.match(line)}


def test_every_format_says_what_it_leaves_out_and_who_has_read_it() -> None:
    assert _rows(LEFT_OUT).keys() == FORMATS.keys() | {"xlsx"}


def test_the_page_says_which_formats_need_date_and_zone() -> None:
    lines = _rows(OPENED)
    for name, form in FORMATS.items():
        assert ("needs date and zone" in lines[name]) == form.has_instants


def test_decimals_and_sources_of_paths_are_those_of_the_program() -> None:
    assert f"to {DEGREES} decimals (1 cm); heights to {METRES} decimals" in " ".join(PAGE.split())
    assert all(f"`{source}`" in PAGE for source in SOURCES)
