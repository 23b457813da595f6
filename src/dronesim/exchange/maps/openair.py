"""OpenAir files: airspaces as pilots exchange them, line by line."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import numpy as np
import shapely
from numpy.typing import NDArray

from dronesim.exchange.maps.account import Account
from dronesim.exchange.maps.circles import arc, around, circle
from dronesim.exchange.maps.items import Item, Layer
from dronesim.exchange.maps.lengths import FOOT_M, NAUTICAL_MILE_M
from dronesim.exchange.maps.limits import Height, Zone
from dronesim.exchange.maps.systems import WGS84

OPEN_CLASSES: Final = frozenset({"C", "E", "F", "G", "W", "GP", "RMZ", "TMZ", "GSEC", "UNCLASSIFIED"})
"""Classes that close nothing to a drone below them by themselves; they are left out, and counted."""
FLIGHT_LEVEL_M: Final = 100 * FOOT_M
ARC_STEP: Final = 5.0
SNIFFED: Final = 20_000
_SUFFIXES: Final = (".air", ".openair", ".txt", ".oas")
_SIDE: Final = r"(\d+(?:\.\d+)?)(?::(\d+(?:\.\d+)?))?(?::(\d+(?:\.\d+)?))?\s*"
_PLACE: Final = re.compile(rf"{_SIDE}([NS])[\s,]*{_SIDE}([EW])", re.IGNORECASE)
_LIMIT: Final = re.compile(
    r"(?:(FL)\s*(\d+)|(\d+(?:[.,]\d+)?)\s*(FT|F|M)?\s*(AMSL|MSL|ASL|ALT|AGL|GND|SFC|ASFC)?)", re.IGNORECASE
)
Floats = NDArray[np.float64]


def is_openair(path: Path) -> bool:
    """Tell by its suffix and its first lines whether a file is OpenAir."""
    if path.suffix.casefold() not in _SUFFIXES or not path.is_file():
        return False
    head = path.read_bytes()[:SNIFFED].decode("utf-8", errors="replace")
    return re.search(r"^\s*AC\s+\w+", head, re.MULTILINE) is not None


def read_openair(path: Path, account: Account) -> list[Layer]:
    """Read all airspaces; what can't be read of one is told, and its zone left out."""
    raw = path.read_bytes()
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError:
        text = raw.decode("cp1252", errors="replace")
        account.note(f"{path.name}: is no UTF-8; read as Windows text")
    items = [item for block in _blocks(text) for item in _items(path, block, account)]
    return [Layer(source=path.name, form="OpenAir", items=tuple(items), crs=WGS84)]


@dataclass(slots=True)
class _Block:
    """One airspace as it is read; ``corners`` in degrees."""

    line: int
    kind: str
    name: str = ""
    low: str = ""
    high: str = ""
    corners: list[Floats] = field(default_factory=list)
    circles: list[Any] = field(default_factory=list)
    centre: Floats | None = None
    clockwise: bool = True
    error: str = ""


def _blocks(text: str) -> Iterator[_Block]:
    block: _Block | None = None
    for number, line in enumerate(text.splitlines(), start=1):
        words = line.split("*", 1)[0].strip()
        record, _, rest = words.partition(" ")
        if record.upper() == "AC":
            if block is not None:
                yield block
            block = _Block(line=number, kind=rest.strip().upper())
        elif block is not None and words:
            _take(block, record.upper(), rest.strip(), number)
    if block is not None:
        yield block


def _take(block: _Block, record: str, rest: str, number: int) -> None:
    """Add one line to an airspace; a bad one spoils the airspace, which is told."""
    try:
        if record in ("AN", "AL", "AH"):
            setattr(block, {"AN": "name", "AL": "low", "AH": "high"}[record], rest)
        elif record == "V":
            _set(block, rest)
        elif record == "DP":
            block.corners.append(_place(rest))
        elif record == "DC":
            block.circles.append(circle(_centre(block), radius_m=float(rest) * NAUTICAL_MILE_M))
        elif record in ("DA", "DB"):
            block.corners.extend(_arc(block, record, rest))
        elif record == "DY":
            raise ValueError("airways (DY) have no sides")
    except ValueError as error:
        block.error = block.error or f"line {number}: {error}"


def _set(block: _Block, rest: str) -> None:
    name, _, value = rest.partition("=")
    if name.strip().upper() == "X":
        block.centre = _place(value)
    elif name.strip().upper() == "D":
        block.clockwise = value.strip() != "-"


def _centre(block: _Block) -> Floats:
    if block.centre is None:
        raise ValueError("no centre (V X=) before it")
    return block.centre


def _place(text: str) -> Floats:
    found = _PLACE.search(text)
    if found is None:
        raise ValueError(f"no position: {text[:40]!r}")
    lat, lon = (
        (float(found[i]) + float(found[i + 1] or 0) / 60 + float(found[i + 2] or 0) / 3600)
        * (-1 if found[i + 3].upper() in "SW" else 1)
        for i in (1, 5)
    )
    if abs(lat) > 90 or abs(lon) > 180:
        raise ValueError(f"a position off the globe: {text[:40]!r}")
    return np.array([lon, lat])


def _arc(block: _Block, record: str, rest: str) -> Floats:
    centre, parts = _centre(block), rest.split(",")
    if record == "DB":
        first, last = (_place(part) for part in (parts if len(parts) == 2 else ["", ""]))
        return arc(centre, first=first, last=last, clockwise=block.clockwise)
    radius, begin, end = (float(part) for part in (parts if len(parts) == 3 else ["none"] * 3))
    turn = (end - begin) % 360 if block.clockwise else -((begin - end) % 360)
    count = max(2, int(abs(turn) / ARC_STEP) + 1)
    bearing = np.radians(begin + np.linspace(0.0, turn, count))
    return around(centre, np.pi / 2 - bearing, np.full(count, radius * NAUTICAL_MILE_M))


def _items(path: Path, block: _Block, account: Account) -> Iterator[Item]:
    name = block.name or f"airspace of line {block.line}"
    if block.kind in OPEN_CLASSES:
        account.dropped[f"airspaces of class {block.kind}, which close nothing by themselves"] += 1
        return
    shapes = list(block.circles)
    if len(block.corners) > 2:
        shapes.append(shapely.Polygon(np.array(block.corners)))
    if block.error or not shapes:
        account.dropped["airspaces that can't be read"] += 1
        account.note(f"{path.name}: {name} is left out: {block.error or 'it has no outline'}")
        return
    lower, upper = (_limit(text, name, account) for text in (block.low, block.high))
    for shape in shapes:
        zone = Zone(name=name, restriction=f"OPENAIR {block.kind}", lower=lower, upper=upper)
        yield Item(shape=shape, properties={}, zone=zone, place=f"{path.name}: line {block.line}")


def _limit(text: str, name: str, account: Account) -> Height | None:
    """Read a height; the ground and no limit are None, as is what can't be read."""
    bare = text.strip().upper()
    if bare in ("", "GND", "SFC", "0", "0 AGL", "UNL", "UNLIM", "UNLIMITED"):
        return None
    found = _LIMIT.fullmatch(bare)
    if found is None:
        account.note(f"zone {name}: its limit {text!r} can't be read; it holds without one")
        return None
    if found[1]:
        return Height(metres=float(found[2]) * FLIGHT_LEVEL_M, is_above_sea=True)
    metres = float(found[3].replace(",", ".")) * (1.0 if found[4] == "M" else FOOT_M)
    return Height(metres=metres, is_above_sea=found[5] not in ("AGL", "GND", "SFC", "ASFC"))
