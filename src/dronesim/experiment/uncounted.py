"""Key figures that ask for the paths that were flown, on days that did not look at them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

from dronesim.experiment.store import Record
from dronesim.record.kpis import figures_of_paths

LOSSES: Final = "airspace.losses_of_separation"


def not_counted(records: Sequence[Record]) -> tuple[str, ...]:
    """Name the key figures of days that nobody counted: no number, which is neither 0 nor "no data"."""
    days = (record["kpis"] for record in records)
    blind = [day for day in days if _at(day, LOSSES) is None]
    return tuple(name for name in sorted(figures_of_paths()) if any(_has(day, name) for day in blind))


def _has(kpis: Mapping[str, Any], name: str) -> bool:
    group, _, key = name.partition(".")
    return name == LOSSES or key in kpis.get(group, {})


def _at(kpis: Mapping[str, Any], name: str) -> Any:
    group, _, key = name.partition(".")
    return kpis.get(group, {}).get(key)


def not_counted_told(names: Sequence[str], *, by: str = "--losses") -> list[str]:
    """Say in a sentence that losses were not counted, and what counts them; no sentence where all was."""
    return [f"Losses of separation were not counted: {by} counts them, and takes longer."] if names else []
