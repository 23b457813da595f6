"""Heights as people write them: with units, decimal commas, feet and inches, ranges."""

from __future__ import annotations

import math
import re
import unicodedata
from typing import Final

FOOT_M: Final = 0.3048
INCH_M: Final = 0.0254
NAUTICAL_MILE_M: Final = 1852.0
UNITS_M: Final = {
    **dict.fromkeys(("m", "mt", "mts", "mtr", "meter", "meters", "metre", "metres", "metros", "米", "м"), 1.0),
    **dict.fromkeys(("ft", "feet", "foot", "'", "′"), FOOT_M),
    **dict.fromkeys(("in", "inch", "inches", '"', "″", "′′", "''"), INCH_M),
    **dict.fromkeys(("cm",), 0.01),
    **dict.fromkeys(("km",), 1000.0),
    **dict.fromkeys(("nm", "nmi"), NAUTICAL_MILE_M),
}
_NUMBER: Final = r"(?:[0-9]+(?:[.,][0-9]+)*|[.,][0-9]+)"
_FEET: Final = re.compile(
    rf"({_NUMBER})\s*(?:ft|feet|foot|'|′|’)\s*-?\s*(?:({_NUMBER})\s*(?:in|inch|inches|\"|″|′′|”|'')?)?"
)
_PLAIN: Final = re.compile(rf"([+-]?{_NUMBER})\s*([^\W\d_]+|'|′|\"|″|′′)?\.?")
_ABOUT: Final = re.compile(r"^(?:circa|approx\.?|ca?\.(?=\s*\d)|ca|[~≈<>≤≥+])\s*")
_RANGE: Final = re.compile(rf"({_NUMBER})\s*[-–]\s*({_NUMBER})\s*([^\W\d_]*)")


def length_m(value: object, *, unit_m: float = 1.0) -> float | None:
    """Read a length as metres; None where it is none. A bare number counts ``unit_m``, of a range the top holds.

    A comma is a decimal one, except before exactly three digits of a number in feet, or beside a point.
    """
    if isinstance(value, bool) or value is None:
        return None
    if isinstance(value, int | float):
        found = _float(value)
        return None if found is None else found * unit_m
    metres = _worded_m(value, unit_m)
    return None if metres is None else _float(metres)


def _worded_m(value: object, unit_m: float) -> float | None:
    text = unicodedata.normalize("NFKC", str(value)).strip().casefold().replace("\u2212", "-")
    text = _ABOUT.sub("", text)
    feet = _FEET.fullmatch(text)
    if feet is not None:
        return _number(feet[1], is_feet=True) * FOOT_M + (_number(feet[2]) * INCH_M if feet[2] else 0.0)
    span = _RANGE.fullmatch(text)
    if span is not None:
        text = f"{max(span[1], span[2], key=_number)} {span[3]}".strip()
    found = _PLAIN.fullmatch(text)
    if found is None or (found[2] and found[2] not in UNITS_M):
        return None
    return _number(found[1]) * (UNITS_M[found[2]] if found[2] else unit_m)


def number(value: object) -> float | None:
    """Read a bare number with a decimal point or comma; None where it is none."""
    if isinstance(value, bool) or value is None:
        return None
    if isinstance(value, int | float):
        return _float(value)
    text = unicodedata.normalize("NFKC", str(value)).strip().replace("\u2212", "-")
    try:
        return _float(float(text.replace(",", ".") if text.count(",") == 1 and "." not in text else text))
    except ValueError:
        return None


def _float(value: float) -> float | None:
    """Give a number as a float; None where it is none, or greater than any."""
    try:
        found = float(value)
    except OverflowError:
        return None
    return found if math.isfinite(found) else None


def _number(text: str, *, is_feet: bool = False) -> float:
    if "." in text and "," in text:
        last = max(text.rfind("."), text.rfind(","))
        return float(re.sub("[.,]", "", text[:last]) + "." + text[last + 1 :])
    is_thousands = text.count(",") > 1 or text.count(".") > 1 or (is_feet and re.fullmatch(r"\d+,\d{3}", text))
    return float(re.sub("[.,]", "", text) if is_thousands else text.replace(",", "."))
