"""Reads pages as a program does: the numbers that say where they are from, and what stands around them."""

from __future__ import annotations

import html
import json
import math
import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cache
from html.parser import HTMLParser
from pathlib import Path
from typing import Any, Final

import numpy as np

NUMBER = re.compile(r"[-+\N{MINUS SIGN}]?\d[\d,]*(?:\.\d+)?(?:e[-+]?\d+)?")
ACTIVE: Final = frozenset({"script", "iframe", "frame", "object", "embed", "form", "base", "foreignobject", "animate"})
LEADING: Final = frozenset({"href", "src", "srcdoc", "action", "formaction", "xlink:href", "data"})
OWN: Final = re.compile(r"#[\w-]*$|data:(?:,|image/png;base64,)|replay\.html(?:#order=\d+)?$")
STEERS: Final = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]")
UNITS: Final = (1, -1, 100, -100, 1 / 60, 1 / 1000)
"""What sentences multiply the numbers of a file by: points, minutes, kilometres, and how far down."""


@dataclass(frozen=True, kw_only=True)
class Keyed:
    """A number of a page: its text, the file and pointer it names, and what one of it is there.

    ``within`` are the ends beyond which it is not shown.
    """

    text: str
    file: str
    pointer: str
    one: float
    within: tuple[float, float] = (-math.inf, math.inf)

    def differs(self, folder: Path) -> str | None:
        """Say how the text differs from what the file has; None where it is that, rounded."""
        found: Any = content(folder / self.file)
        for step in self.pointer.split("/")[1:]:
            name = step.replace("~1", "/").replace("~0", "~")
            found = found[int(name)] if isinstance(found, list) else found[name]
        match = NUMBER.search(self.text)
        if match is None or not isinstance(found, int | float):
            return f"{self.file}#{self.pointer} is {found!r}, shown as {self.text!r}"
        found = min(max(found, self.within[0]), self.within[1])
        shown = match[0].replace(",", "").replace("\N{MINUS SIGN}", "-")
        mantissa, _, power = shown.partition("e")
        decimals = len(mantissa.partition(".")[2]) - int(power or 0)
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
        if tag in ("meta", "link", "br", "wbr"):
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
            one, ends = float(attrs.get("data-one") or 1), (attrs.get("data-within") or "-inf inf").split()
            within = (float(ends[0]), float(ends[1]))
            self.found.append(Keyed(text=self.text, file=file, pointer=pointer, one=one, within=within))
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


def without_source(page: Path, *besides: float) -> Iterator[str]:
    """Give the numbers in sentences of a page that are in no JSON beside it, in any unit, and not among ``besides``."""
    text = page.read_text(encoding="utf-8").partition("<h2>How to repeat")[0]
    told = " ".join(re.findall(r"<p[ >].*?</p>", text, flags=re.DOTALL)).replace("<wbr>", "")
    files = {keyed.file for keyed in read(page).found}
    known = {leaf * one for file in files for leaf in _leaves(content(page.parent / file)) for one in UNITS}
    everything = np.array(sorted({*known, *besides}))
    for number in NUMBER.findall(html.unescape(re.sub(r"<[^>]+>", " ", told))):
        decimals = len(number.partition(".")[2])
        if np.abs(everything - _value(number)).min() > 0.5001 * 10**-decimals:
            yield number


def _leaves(value: Any) -> Iterator[float]:
    """Give every number of a JSON file, those within its texts too, and how long its lists are."""
    if isinstance(value, dict | list):
        for part in value.values() if isinstance(value, dict) else value:
            yield from _leaves(part)
    if isinstance(value, list):
        yield float(len(value))
    elif isinstance(value, str):
        yield from map(_value, NUMBER.findall(value))
    elif isinstance(value, int | float) and not isinstance(value, bool):
        yield float(value)


def _value(text: str) -> float:
    return float(text.replace(",", "").replace("\N{MINUS SIGN}", "-"))


def with_another_number(keyed: Keyed) -> Keyed:
    """Give a number of a page as if its last digit were another."""
    place = max(place for place, letter in enumerate(keyed.text.partition("e")[0]) if letter.isdigit())
    other = (int(keyed.text[place]) + 5) % 10
    return replace(keyed, text=f"{keyed.text[:place]}{other}{keyed.text[place + 1 :]}")


class _Harms(HTMLParser):
    """Finds what a page of ours never has: scripts, frames, handlers, and what leads or asks elsewhere."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in ACTIVE:
            self.found.append(tag)
        for name, value in attrs:
            if name.startswith("on") or (name in LEADING and not OWN.match(value or "")):
                self.found.append(f"{tag} {name}={value}")


def harms(page: str) -> list[str]:
    """Give what a page, or a piece of one, has that could run, ask or lead elsewhere."""
    reader = _Harms()
    reader.feed(page)
    reader.close()
    return reader.found


def seen(page: Path) -> str:
    """Give the text of a page, without its style."""
    text = re.sub(r"<style>.*?</style>", " ", page.read_text(encoding="utf-8"), flags=re.DOTALL)
    return " ".join(html.unescape(re.sub(r"<[^>]+>", " ", text.replace("<wbr>", ""))).split())
