"""docs/exports.md has a row for each format, with its ending, and the exactness that there is."""

from __future__ import annotations

import re
from pathlib import Path

from dronesim.export import FORMATS
from dronesim.export.day import DEGREES, METRES
from dronesim.export.paths import SOURCES

PAGE = (Path(__file__).parents[2] / "docs" / "exports.md").read_text(encoding="utf-8")


def test_every_format_has_its_row_with_its_ending() -> None:
    rows = {
        name: ending.rstrip("/") for name, ending in re.findall(r"^\| `([\w-]+)` \| `([^`]+)` \|", PAGE, re.MULTILINE)
    }
    assert rows == {name: form.ending for name, form in FORMATS.items()} | {"xlsx": ".xlsx"}


def test_the_page_says_which_formats_need_date_and_zone() -> None:
    lines = {line.split("`")[1]: line for line in PAGE.splitlines() if line.startswith("| `")}
    for name, form in FORMATS.items():
        assert ("needs date and zone" in lines[name]) == form.has_instants


def test_decimals_and_sources_of_paths_are_those_of_the_program() -> None:
    assert f"to {DEGREES} decimals (1 cm); heights to {METRES} decimals" in " ".join(PAGE.split())
    assert all(f"`{source}`" in PAGE for source in SOURCES)
