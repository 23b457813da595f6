"""What is written down of a day's demand: its model, how merchants are chosen, how busy the day is."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from dronesim.demand.specs import ByDistance, Constant, DayLaw, DemandSpec, Empirical, Gamma, Lognormal
from dronesim.record.facts import DemandFacts, MoveFacts
from dronesim.units import clock

DAY_LAWS: dict[type[DayLaw], str] = {
    Constant: "constant",
    Gamma: "gamma",
    Lognormal: "lognormal",
    Empirical: "empirical",
}


def demand_facts(spec: DemandSpec, *, day_factor: float = 1.0, day: str | None = None) -> DemandFacts:
    """Tell what a day is drawn from; ``day`` is its name in a trace of several."""
    if spec.model != "poisson":
        return DemandFacts(model=spec.model, day_factor=spec.trace_factor, day=day)
    is_near = isinstance(spec.choice, ByDistance)
    return DemandFacts(
        model=spec.model,
        choice="distance" if is_near else "weight",
        decay_m=spec.choice.decay_m if isinstance(spec.choice, ByDistance) else None,
        days=DAY_LAWS[type(spec.days)],
        days_mean=spec.days.mean,
        days_sd=getattr(spec.days, "sd", None),
        day_factor=day_factor,
        moves=tuple(
            MoveFacts(place=move.place, from_s=move.from_s, to_s=move.to_s, factor=move.factor) for move in spec.moves
        )
        or None,
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
        factor, day = demand.get("day_factor", 1.0), demand.get("day")
        times = "" if factor == 1.0 else f", each of its orders {factor:g} times"
        return (
            f"one day as it was{times}" if day is None else f"as they were, one a replication; this one is {day}{times}"
        )
    if demand["days"] == "constant":
        return "all expect the same demand"
    spread = "" if demand["days_sd"] is None else f", standard deviation {demand['days_sd']:g}"
    return f"{demand['days']} factor on the demand, mean {demand['days_mean']:.3g}{spread}"


def moves_in_words(demand: Mapping[str, Any]) -> str:
    """Say where demand goes in the course of the day; empty where it stays."""
    return ", ".join(
        f"{move['place']} x {move['factor']:g} from {clock(move['from_s'])[:5]} to {clock(move['to_s'])[:5]}"
        for move in demand.get("moves") or ()
    )
