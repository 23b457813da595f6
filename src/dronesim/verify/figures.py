"""Checks every key figure in kpis.json against a second computation from the tables."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from typing import Any

from dronesim.verify.measures import measures
from dronesim.verify.reading import Run
from dronesim.verify.report import Check, listed, settle

_RELATIVE = 1e-9
_ABSOLUTE = 1e-9
_VERSION = 2
"""Since 2, wear of packs is paid by the energy drawn, and waits have reasons."""
_GIVEN = (
    "schema_version",
    "service.note",
    "airspace.losses_of_separation",
    "airspace.min_separation_m",
    "airspace.terminal_meetings",
    "airspace.least_terminal_m",
    "link.losses_in_silence",
    "navigation.losses_in_excursions",
)
"""Keys that do not follow from tables and facts; separation has its own check."""


def key_figures(run: Run) -> Check:
    """Every key figure equals its recomputation; figures that can't be recomputed are named."""
    stated, found = flatten(run.kpis), measures(run)
    unknown = [name for name in stated if name not in found and name not in _GIVEN]
    left_out = [*unknown, *(name for name in _GIVEN if name in stated and name != "schema_version")]
    note = f"not recomputed here: {', '.join(left_out)}" if left_out else ""
    faults = [listed(_differences(stated, found)), listed(_stages_sum(stated)), listed(_version(stated))]
    return settle("key figures recomputed", len(found), faults, note=note)


def flatten(values: Mapping[str, Any], prefix: str = "") -> dict[str, Any]:
    """Give nested tables as one, under dotted keys."""
    found: dict[str, Any] = {}
    for name, value in values.items():
        inner = flatten(value, f"{prefix}{name}.") if isinstance(value, Mapping) else {f"{prefix}{name}": value}
        found |= inner
    return found


def is_same(stated: Any, found: Any) -> bool:
    """Compare two figures; numbers within one part in a thousand million."""
    if _is_number(stated) and _is_number(found):
        return math.isclose(stated, found, rel_tol=_RELATIVE, abs_tol=_ABSOLUTE)
    return bool(stated == found) and not (_is_number(stated) or _is_number(found))


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _differences(stated: Mapping[str, Any], found: Mapping[str, Any]) -> Iterator[str]:
    for name, value in found.items():
        if name not in stated:
            yield f"{name} is missing; the tables give {value}"
        elif not is_same(stated[name], value):
            yield f"{name} is {stated[name]}, the tables give {value}"


def _stages_sum(stated: Mapping[str, Any]) -> Iterator[str]:
    means = [value for name, value in stated.items() if name.startswith("stages_s.") and name.endswith(".mean")]
    whole = stated.get("click_to_collect_s.mean")
    if means and all(map(_is_number, means)) and not is_same(math.fsum(means), whole):
        yield f"the stages add up to {math.fsum(means)}, click_to_collect_s.mean is {whole}"


def _version(stated: Mapping[str, Any]) -> Iterator[str]:
    if stated.get("schema_version") != _VERSION:
        yield f"schema_version is {stated.get('schema_version')}, this checker knows {_VERSION}"
