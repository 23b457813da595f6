"""Compares the orders of a day with the trace that they were read from: all of them, when and of whom each is."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final

from dronesim.verify.drawn_again import trace_of
from dronesim.verify.reading import Run
from dronesim.verify.report import at
from dronesim.verify.stated import seconds

_SLACK_S: Final = 2e-3
"""Times are rounded to a millisecond, and up to one."""
_OF_WHOM: Final = ("merchant", "community")


def trace_otherwise(run: Run, scenario: Mapping[str, Any]) -> Iterator[str]:
    """Find orders of the trace that did not come, others that came, and those of other times, merchants, communities.

    A merchant or a community that the trace gives by its place has no name there.
    """
    told, orders = trace_of(run, scenario), run.orders
    came = orders["order_id"].tolist()
    for name in sorted(set(told) - set(came)):
        yield f"order {name!r} stands in the trace, and was not placed"
    for row, name in enumerate(came):
        if name not in told:
            yield f"order {name!r} was placed, and does not stand in the trace"
            continue
        placed_s, due_s = float(orders["placed_s"][row]), _placed_s(told[name]["placed"])
        if not abs(placed_s - due_s) <= _SLACK_S:
            yield f"order {name!r} was placed {at(placed_s)}, the trace has it {at(due_s)}"
        for column in _OF_WHOM:
            meant = told[name].get(column, "").strip()
            if meant and meant != orders[column][row]:
                yield f"order {name!r} is of {column} {orders[column][row]}, the trace has {meant}"


def _placed_s(text: str) -> float:
    """Read seconds since midnight, or a time of day, whose seconds may have a comma for a point."""
    return seconds(text.strip().replace(",", ".")) if ":" in text else float(text)
