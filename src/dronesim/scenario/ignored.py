"""Properties of zones that look like limits or hours, as other formats state them, and aren't read."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable
from typing import Any, Final

from dronesim.scenario.features import KINDS

SHOWN: Final = 6
_LOOKS_LIKE: Final = re.compile(
    r"lower|upper|limit|floor|ceil|height|altitude|^alt|elevation|applicab|hours|schedule|permanent|sunrise|sunset"
    r"|(start|end)(date)?time|^(valid|active)",
    re.IGNORECASE,
)


def ignored_limits(features: Iterable[Any]) -> tuple[str, ...]:
    """Word which properties of no-fly zones would change them, were they read; features as the map states them."""
    read = set(KINDS["no_fly"][0].model_fields)
    found: Counter[str] = Counter()
    for feature in features:
        properties = feature.get("properties") or {}
        if properties.get("kind") == "no_fly":
            named = properties.items()
            found.update(name for name, value in named if name not in read and value is not None and _is_limit(name))
    if not found:
        return ()
    names = ", ".join(list(found)[:SHOWN]) + (", ..." if len(found) > SHOWN else "")
    return (
        (
            f"properties of no-fly zones look like limits or hours and are ignored: "
            f"{names} ({max(found.values())} zones); "
            "a zone reaches from floor_m to ceiling_m, from `from` to `to`; `dronesim import map` reads other formats"
        ),
    )


def _is_limit(name: str) -> bool:
    return _LOOKS_LIKE.search(name) is not None
