"""Ids of what an import writes: told apart, fit for tables and pictures, as their source has them where that can be."""

from __future__ import annotations

import itertools
from collections.abc import Container
from typing import Any, Final

from dronesim.exchange.maps.account import Account
from dronesim.exchange.maps.items import is_stated
from dronesim.letters import cleaned, is_steering
from dronesim.scenario.features import LONGEST_ID

LONGEST: Final = 80
"""Letters of an id that is cut: so many fit beside a site in a picture."""


def fit(value: object, most: int = LONGEST) -> str:
    """Give a value as text without control characters, not too long; whole numbers of a spreadsheet without a point."""
    is_whole = isinstance(value, float) and value == value and abs(value) < 1e15 and value == int(value)
    text = f"{int(value)}" if isinstance(value, float) and is_whole else str(value)
    return cleaned(text).strip()[:most].strip()


def mended_id(stated: Any, account: Account) -> Any:
    """Give an id as a map can have it: a whole number or text; None where it says nothing."""
    if not is_stated(stated):
        return None
    if isinstance(stated, int) and not isinstance(stated, bool):
        return stated
    name = stated if isinstance(stated, str) else fit(stated, LONGEST_ID)
    if is_steering(name) or len(name) > LONGEST_ID:
        account.repaired["ids with control characters, or too long ones, written anew"] += 1
        name = fit(name)
    return name if name.strip() else None


def free_name(stem: str, taken: Container[str]) -> str:
    """Find the first number that makes a name of nobody else."""
    return next(name for name in (f"{stem}{n:02}" for n in itertools.count(1)) if name not in taken)
