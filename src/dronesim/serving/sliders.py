"""What the planner's page lets be moved: a row a slider, from the scenario's own value to half and twice as much."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, TypeAlias

from dronesim.dispatch import POLICIES
from dronesim.dispatch.registry import ALIASES
from dronesim.errors import InputError, Problem
from dronesim.experiment.factors import setting
from dronesim.experiment.replaced import check_counts
from dronesim.experiment.study import stated_value
from dronesim.scenario import Scenario
from dronesim.simulation import Rules

Values: TypeAlias = Mapping[str, Any]
"""Values by dotted key, as the page sends them."""

TARGET: Final = "service.target"
POLICY: Final = "dispatch.policy"
WIND: Final = "weather.wind_mps"
MOST_WIND: Final = 8.0
"""Metres per second at 10 m at which the slider ends."""
LEAST_TARGET: Final = 0.5
"""Share on time at which the slider of the target begins, unless the scenario asks for less."""
REACH: Final = 2.0
"""Sliders of resources reach from the scenario's own value divided by this to that times this."""
REACH_OF_DEMAND: Final = 1.5
"""Those of demand reach so far: days with many more orders than can be flown take long to run."""
_PAGE: Final = "the page"


@dataclass(frozen=True, slots=True, kw_only=True)
class Slider:
    """A key of the scenario that can be moved from ``low`` to ``high`` by ``step``, or among ``choices``.

    ``value`` is the scenario's own; ``fixed`` says why it can't be moved, where it can't.
    """

    key: str
    label: str
    unit: str
    value: Any
    low: float = 0.0
    high: float = 0.0
    step: float = 1.0
    choices: tuple[str, ...] = ()
    fixed: str | None = None

    def content(self) -> dict[str, Any]:
        """Give it for the page."""
        return {
            "key": self.key,
            "label": self.label,
            "unit": self.unit,
            "value": None if self.fixed else self.value,
            "low": self.low,
            "high": self.high,
            "step": self.step,
            "choices": list(self.choices),
            "fixed": self.fixed,
        }


_COUNTS: Final = (
    ("fleet.drones", "Drones", "in all"),
    ("couriers.per_takeoff_point", "Couriers", "at each take-off point"),
    ("takeoff_points.pads", "Take-off pads", "at each take-off point"),
    ("airports.pads", "Airport pads", "at each airport"),
    ("batteries.packs", "Spare packs", "at each take-off point"),
    ("airports.boxes", "Boxes", "at each airport"),
)


def sliders_of(scenario: Scenario, rules: Rules) -> tuple[Slider, ...]:
    """List what can be moved in a scenario, and what can't with the reason; ``rules`` tell what it leaves open."""
    open_counts = {
        "couriers.per_takeoff_point": rules.couriers.count,
        "takeoff_points.pads": rules.takeoff_points.pads,
        "airports.pads": rules.airports.pads,
        "batteries.packs": rules.batteries.packs,
        "airports.boxes": rules.airports.boxes,
    }
    return (
        *(_count(scenario, *row, by_site=open_counts.get(row[0], ())) for row in _COUNTS),
        _demand(scenario),
        _wind(scenario),
        _policy(scenario),
        Slider(
            key=TARGET,
            label="Target",
            unit="share on time",
            value=scenario.service.target,
            low=min(LEAST_TARGET, scenario.service.target),
            high=1.0,
            step=0.005,
        ),
    )


def _count(scenario: Scenario, key: str, label: str, unit: str, *, by_site: Sequence[int]) -> Slider:
    value = stated_value(scenario, key, option=key)
    fixed = None
    if value is None and len(set(by_site)) == 1 and by_site[0] > 0:
        value = by_site[0]
    if key == "batteries.packs" and scenario.batteries.mode != "swap":
        fixed = "packs are charged on board"
    elif not isinstance(value, int) or isinstance(value, bool):
        fixed = (
            "the scenario leaves it open, and sites differ" if value is None else "the scenario states it site by site"
        )
    else:
        try:
            check_counts(scenario, key, option=key)
        except InputError:
            fixed = "shifts tell how many there are"
    if fixed is not None:
        return Slider(key=key, label=label, unit=unit, value=None, fixed=fixed)
    low, high = max(1, math.ceil(value / REACH)), max(2, math.floor(value * REACH))
    return Slider(key=key, label=label, unit=unit, value=value, low=min(low, value), high=high)


def _demand(scenario: Scenario) -> Slider:
    key, label = "demand.orders", "Orders"
    if scenario.demand.model == "trace":
        key, value = "demand.trace_factor", scenario.demand.trace_factor
        low, high = value / REACH_OF_DEMAND, value * REACH_OF_DEMAND
        unit = "times those of the file"
        return Slider(key=key, label=label, unit=unit, value=value, low=low, high=high, step=0.01)
    orders = scenario.demand.orders
    if not isinstance(orders, int | float) or not orders:
        return Slider(key=key, label=label, unit="a day", value=None, fixed="the scenario states it otherwise")
    step = 10.0 ** max(0, math.floor(math.log10(orders)) - 2)
    low, high = (step * round(end / step) for end in (orders / REACH_OF_DEMAND, orders * REACH_OF_DEMAND))
    return Slider(key=key, label=label, unit="a day", value=orders, low=max(step, low), high=high, step=step)


def _wind(scenario: Scenario) -> Slider:
    label, unit = "Wind", "m/s at 10 m"
    weather = scenario.weather
    if weather.file is not None or weather.changes or weather.process is not None:
        return Slider(key=WIND, label=label, unit=unit, value=None, fixed="it changes during the scenario's day")
    return Slider(
        key=WIND, label=label, unit=unit, value=weather.wind_mps, high=max(MOST_WIND, weather.wind_mps), step=0.5
    )


def _policy(scenario: Scenario) -> Slider:
    own = ALIASES.get(scenario.dispatch.policy, scenario.dispatch.policy)
    return Slider(key=POLICY, label="Dispatch policy", unit="", value=own, choices=tuple(POLICIES))


def settings_of(values: Values, sliders: tuple[Slider, ...]) -> tuple[str, ...]:
    """Give what differs from the scenario as ``--set`` takes it, but for the target, which no day depends on.

    Raises
    ------
    InputError
        A key is none of the sliders, or what is no policy of the program is named as one.
    """
    known = {slider.key: slider for slider in sliders}
    problems = [problem for key, value in values.items() if (problem := _problem(key, value, known)) is not None]
    if problems:
        raise InputError(problems)
    return tuple(
        setting(key, value) for key, value in sorted(values.items()) if key != TARGET and value != known[key].value
    )


def check_reach(values: Values, sliders: tuple[Slider, ...]) -> None:
    """Refuse what no slider reaches: days far beyond the scenario may take hours, and all memory.

    Raises
    ------
    InputError
        A number lies beyond the ends of its slider.
    """
    known = {slider.key: slider for slider in sliders}
    beyond = [
        Problem(file=_PAGE, key=key, rule=f"must lie between {slider.low:g} and {slider.high:g}", value=value)
        for key, value in values.items()
        if not (slider := known[key]).choices and not slider.low <= value <= slider.high
    ]
    if beyond:
        raise InputError(beyond)


def _problem(key: str, value: Any, known: Mapping[str, Slider]) -> Problem | None:
    if key not in known:
        return Problem(file=_PAGE, key=key[:80], rule=f"can't be moved here; choose from {', '.join(known)}")
    slider = known[key]
    if slider.fixed is not None:
        return Problem(file=_PAGE, key=key, rule=f"can't be moved: {slider.fixed}")
    if slider.choices:
        if value not in slider.choices:
            rule = f"is no built-in policy; choose from {', '.join(slider.choices)}"
            return Problem(file=_PAGE, key=key, rule=rule, value=str(value)[:80])
        return None
    if isinstance(value, bool) or not isinstance(value, int | float):
        return Problem(file=_PAGE, key=key, rule="must be a number", value=str(value)[:80])
    return None
