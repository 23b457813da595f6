"""Reads pages as a program does: the numbers that say where they are from, and what stands around them."""

from __future__ import annotations

import html
import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

NUMBER = re.compile(r"[-+\N{MINUS SIGN}]?\d[\d,]*(?:\.\d+)?(?:e[-+]?\d+)?")


@dataclass(frozen=True, kw_only=True)
class Keyed:
    """A number of a page: its text, the file and pointer it names, and what one of it is there."""

    text: str
    file: str
    pointer: str
    one: float

    def differs(self, folder: Path) -> str | None:
        """Say how the text differs from what the file has; None where it is that, rounded."""
        found: Any = content(folder / self.file)
        for step in self.pointer.split("/")[1:]:
            name = step.replace("~1", "/").replace("~0", "~")
            found = found[int(name)] if isinstance(found, list) else found[name]
        match = NUMBER.search(self.text)
        if match is None or not isinstance(found, int | float):
            return f"{self.file}#{self.pointer} is {found!r}, shown as {self.text!r}"
        shown = match[0].replace(",", "").replace("\N{MINUS SIGN}", "-")
        mantissa, _, power = shown.partition("e")
        decimals = len(mantissa.partition(".")[2]) - int(power or 0)
        if "e" not in shown and abs(found) < 1 and self.one == 1.0:
            return None if abs(float(shown) - found) <= max(0.51 * 10**-decimals, 0.05 * abs(found)) else self.text
        if abs(float(shown) * self.one - found) > 0.5001 * 10**-decimals * self.one:
            return f"{self.file}#{self.pointer} is {found!r}, shown as {self.text!r}"
        return None


@cache
def content(path: Path) -> Any:
    """Read a JSON file, once."""
    return json.loads(path.read_text(encoding="utf-8"))


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.found: list[Keyed] = []
        self.bare: list[str] = []
        self.stack: list[tuple[str, dict[str, str | None]]] = []
        self.text = ""
        self.cell = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.stack.append((tag, dict(attrs)))
        if tag in ("meta", "link", "br"):
            self.stack.pop()
        if "data-key" in dict(attrs):
            self.text = ""
        if tag == "td":
            self.cell = ""

    def handle_endtag(self, tag: str) -> None:
        open_tag, attrs = self.stack.pop()
        assert open_tag == tag, f"<{open_tag}> is closed by </{tag}>"
        if key := attrs.get("data-key"):
            file, _, pointer = key.partition("#")
            self.found.append(Keyed(text=self.text, file=file, pointer=pointer, one=float(attrs.get("data-one") or 1)))
        if tag == "td" and attrs.get("class") == "n" and re.search(r"\d", self.cell):
            self.bare.append(self.cell.strip())

    def handle_data(self, data: str) -> None:
        self.text += data
        if not any("data-key" in attrs for _, attrs in self.stack):
            self.cell += data


def read(page: Path) -> _Reader:
    """Read a page; every element that is opened must be closed in turn."""
    reader = _Reader()
    reader.feed(page.read_text(encoding="utf-8"))
    reader.close()
    assert reader.stack == []
    return reader


def differing(page: Path) -> Iterator[str]:
    """Say which numbers of a page differ from the JSON beside it; all others that name a source equal it."""
    for keyed in read(page).found:
        if told := keyed.differs(page.parent):
            yield told


def seen(page: Path) -> str:
    """Give the text of a page, without its style."""
    text = re.sub(r"<style>.*?</style>", " ", page.read_text(encoding="utf-8"), flags=re.DOTALL)
    return " ".join(html.unescape(re.sub(r"<[^>]+>", " ", text)).split())
