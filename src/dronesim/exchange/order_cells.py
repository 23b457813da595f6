"""Cells of order files that hold more than a value: a position in one cell, and what became of an order."""

from __future__ import annotations

import re
from collections.abc import Iterable
from itertools import islice
from typing import Final

from dronesim.exchange.order_names import plain

_PAIR: Final = re.compile(r"\s*[(\[]?\s*([+-]?\d+(?:\.\d+)?)\s*[,;，\s]\s*([+-]?\d+(?:\.\d+)?)\s*[)\]]?\s*")
_POINT: Final = re.compile(r"\s*POINT\s*\(\s*([+-]?\d+(?:\.\d+)?)\s+([+-]?\d+(?:\.\d+)?)\s*\)\s*", re.IGNORECASE)
_LOOKED_AT: Final = 50
"""So many cells tell whether a column holds positions."""
_MOST: Final = 0.8
_CANCELLED: Final = (
    "cancelled canceled cancel cancellation cancelledbycustomer cancelledbyrestaurant cancelledbymerchant "
    "customercancelled merchantcancelled rejected declined refused failed expired abandoned void voided "
    "storniert abgebrochen abgelehnt cancelado cancelada anulado rechazado annule annulee refuse "
    "已取消 取消 用户取消 商家取消 已退单 退单 拒单 취소 キャンセル"
)
CANCELLED: Final = frozenset(plain(word) for word in _CANCELLED.split())
"""What the state of an order that was never delivered is called."""
_NO: Final = frozenset({"", "0", "false", "no", "n", "none", "null", "nan", "nat", "nein", "否", "f", "00"})


def pair_in(cell: object) -> tuple[float, float] | None:
    """Read longitude and latitude of "31.31, 120.60", latitude first, or of "POINT (120.60 31.31)"."""
    if not isinstance(cell, str):
        return None
    point, pair = _POINT.fullmatch(cell), _PAIR.fullmatch(cell)
    if point is not None:
        return float(point[1]), float(point[2])
    return None if pair is None else (float(pair[2]), float(pair[1]))


def has_pairs(cells: Iterable[object]) -> bool:
    """Tell whether most cells of a column that are not empty hold a position."""
    looked_at = list(islice((cell for cell in cells if cell not in (None, "")), _LOOKED_AT))
    return bool(looked_at) and sum(pair_in(cell) is not None for cell in looked_at) >= _MOST * len(looked_at)


def is_cancelled(state: object, mark: object) -> bool:
    """Tell it by the state of an order, or by a mark or a time of cancellation."""
    if state not in (None, "") and plain(str(state)) in CANCELLED:
        return True
    if mark is None or mark is False or mark != mark:
        return False
    return plain(str(mark)) not in _NO
