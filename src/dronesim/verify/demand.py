"""Checks that as many orders came as the scenario's demand brings, when and of whom, as is drawn or a trace has it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final

from dronesim.record.plain import read_object
from dronesim.verify.demand_drawn import demand_otherwise
from dronesim.verify.demand_traced import trace_otherwise
from dronesim.verify.drawn_again import why_orders_are_not
from dronesim.verify.reading import Run
from dronesim.verify.report import Check, listed, settle, skipped
from dronesim.verify.stated import has_scenario, stated, value_at

_NAME: Final = "demand as stated"
_SELDOM: Final = 1e-10
"""A day has fewer or more orders than is allowed so seldom."""
_FAR_SD: Final = 40.0
"""So many standard deviations of its law a drawn factor of a day is never from its mean, however skew that is."""


def demand(run: Run) -> Check:
    """Orders are as many, and of those merchants and communities, as the stated demand or a trace brings."""
    if not has_scenario(run):
        return skipped(_NAME, "the run has not kept its scenario")
    scenario = stated(run)
    table: Mapping[str, Any] = scenario.get("demand", {})
    if table.get("model") == "trace" and not why_orders_are_not(run.folder, scenario):
        return settle(_NAME, len(run.orders["order"]), [listed(trace_otherwise(run, scenario))])
    if table.get("model") != "poisson" or table.get("orders") is None:
        return skipped(_NAME, "orders are read, and can't be read again")
    told = value_at(read_object(run.folder / "facts.json"), "demand") or {}
    texts = [*_factor(told), *_number(len(run.orders["order"]), float(table["orders"]), told)]
    texts += demand_otherwise(run, table, told)
    return settle(_NAME, len(run.orders["order"]), [listed(texts)])


def _factor(told: Mapping[str, Any]) -> Iterator[str]:
    """Find a factor of the day that its law does not bring."""
    factor, mean, sd = (told.get(name) for name in ("day_factor", "days_mean", "days_sd"))
    if not isinstance(factor, int | float) or not isinstance(mean, int | float) or factor < 0:
        yield f"facts: the factor of the day is {factor}, its mean {mean}"
    elif sd is None and told.get("days") == "constant" and abs(factor - mean) > 1e-9:
        yield f"facts: the factor of the day is {factor:g}, and is {mean:g} on all days"
    elif isinstance(sd, int | float) and abs(factor - mean) > _FAR_SD * sd + 1e-9:
        yield f"facts: the factor of the day is {factor:g}, of a law with mean {mean:g} and standard deviation {sd:g}"


def _number(count: int, orders: float, told: Mapping[str, Any]) -> Iterator[str]:
    from scipy.special import gammainc, gammaincc

    mean = orders * float(told.get("day_factor") or 0.0)
    # chances of so many or more, and of so many or fewer
    more = 1.0 if count == 0 else float(gammainc(count, mean))
    fewer = float(gammaincc(count + 1, mean))
    if min(more, fewer) < _SELDOM:
        yield f"{count} orders were placed, the demand of the day brings {mean:g} on average"
