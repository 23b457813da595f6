"""How a number, a time or a sign is meant that people, their keyboards and their spreadsheets write otherwise."""

from __future__ import annotations

import datetime
import re
import unicodedata
from contextlib import suppress
from typing import Final

SIGNS: Final = {
    "\u201c": '"',
    "\u201d": '"',
    "\u201e": '"',
    "\u2018": "'",
    "\u2019": "'",
    "\u3002": ".",
    "\u3001": ",",
    "\u3000": "a blank",
    "\u00a0": "a blank",
    "\u2212": "-",
    "\u2013": "-",
    "\u3010": "[",
    "\u3011": "]",
}
"""Signs that look like one of ASCII, or stand for it, and that Unicode doesn't name its wide form."""
_DECIMALS: Final = re.compile(r"[+-]?\d+,\d+")
_THOUSANDS: Final = re.compile(r"[+-]?\d{1,3}(?:[, ']\d{3})+(?:\.\d+)?")
_PER_CENT: Final = re.compile(r"(\d+(?:[.,]\d+)?) ?%")
DATE: Final = re.compile(r"(\d{1,4})[-/.年](\d{1,2})[-/.月](\d{1,4})日?")
"""A date in figures, whichever of its parts comes first."""
_CLOCK: Final = re.compile(r"(\d{1,2})(:\d{2}.*)")
_HOUR: Final = re.compile(
    r"(?P<early>上午|凌晨|am )?(?P<late>下午|晚上|pm )?(?P<hours>\d{1,2})(?:[:.h点時]? ?(?P<minutes>\d{2})?分?)"
    r" ?(?P<after>a\.?m\.?|p\.?m\.?|h|uhr|点|時)?",
    re.IGNORECASE,
)
"""A time of day as people write it: 8 am, 0800, 8.30, 8h30, 下午8点."""
_NOON: Final = 12
MINUTES: Final = 60
_LAST_HOUR: Final = 24
_NUMBER: Final = re.compile(r"[+-]?\d+(?:\.\d+)?")


def plain(text: str) -> str:
    """Write a text with the signs of ASCII for its full-width and typographic ones."""
    return unicodedata.normalize("NFKC", "".join(SIGNS.get(sign, sign) for sign in text))


def plain_number(text: str) -> str | None:
    """Write a number with commas, blanks, per cent or full-width digits as TOML does; None for all else."""
    written = plain(text).strip()
    per_cent = _PER_CENT.fullmatch(written)
    if per_cent is not None:
        return f"{float(per_cent.group(1).replace(',', '.')) / 100:g}"
    if _THOUSANDS.fullmatch(written):
        number = re.sub("[, ']", "", written)
        as_decimal = written.replace(",", ".")
        return f"{number}, or {as_decimal} where decimals are meant" if _DECIMALS.fullmatch(written) else number
    if _DECIMALS.fullmatch(written):
        return written.replace(",", ".")
    return written if _NUMBER.fullmatch(written) and not re.match(r"[+-]?0\d", written) else None


def plain_date(text: str) -> str | None:
    """Write a date in figures, with its time, as 2026-06-01T08:00; both ways where day or month may come first."""
    found = DATE.match(plain(text).strip())
    if found is None:
        return None
    rest = plain(text).strip()[found.end() :].lstrip("Tt, ")
    clock = _CLOCK.fullmatch(rest)
    if rest and clock is None:
        return None
    time = f"T{clock[1]:0>2}{clock[2]}" if clock else ""
    meant = dict.fromkeys(f"{date.isoformat()}{time}" for date in _dates(found))
    return " or ".join(meant) or None


def _dates(found: re.Match[str]) -> list[datetime.date]:
    first, second, third = (int(part) for part in found.groups())
    if len(found[1]) == 4:
        ways = [(first, second, third)]
    elif len(found[3]) == 4:
        # with points between its parts a day comes first, wherever it is written so
        ways = [(third, second, first)] if "." in found[0] else [(third, second, first), (third, first, second)]
    else:
        ways = []
    dates = []
    for way in ways:
        with suppress(ValueError):
            dates.append(datetime.date(*way))
    return dates


def plain_time(value: object) -> str | None:
    """Write a time of day, or an hour that is a number, as 08:30; None where it is neither."""
    found = _HOUR.fullmatch(plain(str(value)).strip())
    if found is None:
        return None
    hours, minutes = int(found["hours"]), int(found["minutes"] or 0)
    half = (found["after"] or "").lower()[:1]
    if (found["late"] or half == "p") and hours < _NOON:
        hours += _NOON
    elif (found["early"] or half == "a") and hours == _NOON:
        hours = 0
    return f"{hours:02}:{minutes:02}" if hours <= _LAST_HOUR and minutes < MINUTES else None
