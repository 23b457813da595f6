"""Numbers in few bytes: whole steps, differences, variable length, deflate, base64; browsers can undo all of it."""

from __future__ import annotations

import base64
import json
import zlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

_LEVEL: Final = 9
_SEVEN: Final = 7
_LOW_BITS: Final = 0x7F
_MORE: Final = 0x80
_LENGTH_BYTES: Final = 4


@dataclass(frozen=True, slots=True, kw_only=True)
class Packed:
    """A column as it is packed, ``steps`` (n,) of ``scale`` each.

    ``is_delta``: a row is told by its difference from the row before. ``after``: by that from the last of these
    columns that has something in the row. ``has_gaps``: rows may be empty; those stand in ``is_gap`` (n,).
    """

    name: str
    steps: Ints
    scale: float = 1.0
    is_delta: bool = False
    after: tuple[str, ...] = ()
    is_gap: NDArray[np.bool_] | None = None

    @property
    def values(self) -> Floats:
        """What is left of the numbers after packing, NaN for gaps."""
        found = np.asarray(self.steps * self.scale, dtype=np.float64)
        return found if self.is_gap is None else np.asarray(np.where(self.is_gap, np.nan, found))


def packed(
    name: str, values: NDArray[Any], *, scale: float = 1.0, is_delta: bool = False, after: Sequence[Packed] = ()
) -> Packed:
    """Round numbers to steps of ``scale``; NaN is a gap. ``after``: columns with the same scale and length."""
    numbers = np.asarray(values, dtype=np.float64)
    is_gap = np.isnan(numbers)
    steps = np.rint(np.where(is_gap, 0.0, numbers) / scale).astype(np.int64)
    return Packed(
        name=name,
        steps=steps,
        scale=scale,
        is_delta=is_delta,
        after=tuple(column.name for column in after),
        is_gap=is_gap if is_gap.any() else None,
    )


def pack(columns: Sequence[Packed], told: Mapping[str, Any]) -> bytes:
    """Deflate columns and what is told beside them, which must be JSON; see the unpacking in ``unpacking.js``."""
    by_name = {column.name: column for column in columns}
    parts = [_varints(_codes(column, by_name)) for column in columns]
    heads = [
        {
            "name": column.name,
            "count": len(column.steps),
            "bytes": len(part),
            "scale": column.scale,
            "isDelta": column.is_delta,
            "after": list(column.after),
            "hasGaps": column.is_gap is not None,
        }
        for column, part in zip(columns, parts, strict=True)
    ]
    head = json.dumps({"columns": heads, "told": told}, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
    text = head.encode("utf-8", errors="replace")
    return zlib.compress(b"".join([len(text).to_bytes(_LENGTH_BYTES, "little"), text, *parts]), _LEVEL)


def as_text(content: bytes) -> str:
    """Give bytes as base64, which no page can take for anything but letters."""
    return base64.b64encode(content).decode("ascii")


def _codes(column: Packed, by_name: Mapping[str, Packed]) -> NDArray[np.uint64]:
    """Give each row as a number from 0 up: differences with the sign in the lowest bit, one more where gaps are 0."""
    steps = column.steps - _known_before(column, by_name)
    if column.is_delta:
        steps = np.diff(steps, prepend=0)
    folded = ((steps << 1) ^ (steps >> 63)).astype(np.uint64)
    return folded if column.is_gap is None else np.where(column.is_gap, 0, folded + 1).astype(np.uint64)


def _known_before(column: Packed, by_name: Mapping[str, Packed]) -> Ints:
    known = np.zeros(len(column.steps), dtype=np.int64)
    for name in column.after:
        earlier = by_name[name]
        known = earlier.steps if earlier.is_gap is None else np.where(earlier.is_gap, known, earlier.steps)
    return known


def _varints(codes: NDArray[np.uint64]) -> bytes:
    """Write numbers in groups of seven bits, lowest first, each byte but the last of a number marked."""
    sizes = np.ones(len(codes), dtype=np.int64)
    left = codes >> np.uint64(_SEVEN)
    while left.any():
        sizes += left > 0
        left >>= np.uint64(_SEVEN)
    ends = np.cumsum(sizes)
    content = np.empty(int(ends[-1]) if len(ends) else 0, dtype=np.uint8)
    for place in range(int(sizes.max(initial=1))):
        has = sizes > place
        group = (codes[has] >> np.uint64(_SEVEN * place)) & np.uint64(_LOW_BITS)
        is_more = sizes[has] > place + 1
        content[ends[has] - sizes[has] + place] = group.astype(np.uint8) | np.where(is_more, _MORE, 0).astype(np.uint8)
    return content.tobytes()
