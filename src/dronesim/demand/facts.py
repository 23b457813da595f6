"""What is written down of a day's demand: its model, how merchants are chosen, how busy the day is."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from dronesim.demand.specs import ByDistance, Constant, DayLaw, DemandSpec, Empirical, Gamma, Lognormal

DAY_LAWS: dict[type[DayLaw], str] = {
    Constant: "constant",
    Gamma: "gamma",
    Lognormal: "lognormal",
    Empirical: "empirical",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class DemandFacts:
    """What facts tell of the demand of a day.

    ``model``: poisson, trace, or given for orders that were put in as they are. ``choice``: distance, with
    ``decay_m``, or weight; None where orders name their merchant. ``days``: law of the day's factor on the expected
    number of orders, with ``days_mean`` and, where it has one, ``days_sd``; ``day_factor``: that of this day.
    """

    model: str = "given"
    choice: str | None = None
    decay_m: float | None = None
    days: str = "constant"
    days_mean: float = 1.0
    days_sd: float | None = None
    day_factor: float = 1.0


def demand_facts(spec: DemandSpec, *, day_factor: float = 1.0) -> DemandFacts:
    """Tell what a day is drawn from."""
    if spec.model != "poisson":
        return DemandFacts(model=spec.model)
    is_near = isinstance(spec.choice, ByDistance)
    return DemandFacts(
        model=spec.model,
        choice="distance" if is_near else "weight",
        decay_m=spec.choice.decay_m if isinstance(spec.choice, ByDistance) else None,
        days=DAY_LAWS[type(spec.days)],
        days_mean=spec.days.mean,
        days_sd=getattr(spec.days, "sd", None),
        day_factor=day_factor,
    )


def choice_in_words(demand: Mapping[str, Any]) -> str:
    """Say how merchants are chosen, and that it is an assumption; ``demand`` as in facts."""
    if demand.get("choice") is None:
        return "every order names its merchant"
    if demand["choice"] == "weight":
        return "by their weight alone, however far (an assumption)"
    return f"by their weight x exp(-distance / {demand['decay_m']:g} m) (an assumption)"


def days_in_words(demand: Mapping[str, Any]) -> str:
    """Say how whole days differ, beyond the chance that is in every number of orders."""
    if demand.get("choice") is None:
        return "one day as it was"
    if demand["days"] == "constant":
        return "all expect the same demand"
    spread = "" if demand["days_sd"] is None else f", standard deviation {demand['days_sd']:g}"
    return f"{demand['days']} factor on the demand, mean {demand['days_mean']:.3g}{spread}"
