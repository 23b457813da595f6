"""How long orders took to the door, for the page: minute by minute, and the share delivered by then."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final

import numpy as np

from dronesim.record.tables import Columns
from dronesim.report import svg, words
from dronesim.report.doors import BIN_MIN, Doors, last_minute
from dronesim.report.svg import Panel
from dronesim.units import MINUTE

_TALL: Final = 150.0
_GAP: Final = 46.0


def door_chart(tables: Mapping[str, Columns], facts: Mapping[str, Any]) -> str:
    """Draw a histogram on the target's clock, and below it the share of orders in range delivered within each time."""
    clock, limit_min = facts["service"]["clock"], facts["service"]["limit_s"] / MINUTE
    other = "ready" if clock == "placed" else "placed"
    first, second = (Doors.of(tables["orders"], name) for name in (clock, other))
    end_min = last_minute([first, second], limit_min)
    keys, high = svg.legend(_keys(clock, other, limit_min), top=14)
    top = 14 + high + 14
    upper = _histogram(first, limit_min=limit_min, end_min=end_min, top=top)
    lower = _shares(first, second, limit_min=limit_min, end_min=end_min, top=top + _TALL + _GAP, facts=facts)
    title = f"{words.sentence(words.CLOCK_WORDS[clock])} of orders in range: a bar a minute, and the share within"
    height = top + 2 * _TALL + _GAP + 38
    return svg.document(
        "".join([keys, *upper, *lower]), height=height, title=title, description=_told(first, limit_min)
    )


def _keys(clock: str, other: str, limit_min: float) -> list[tuple[str, str]]:
    return [
        ("bar good", f"within {limit_min:g} min"),
        ("bar bad", "late"),
        ("line ink", "ceiling: no queues at all"),
        ("line good", words.CLOCK_WORDS[clock]),
        ("line blue", words.CLOCK_WORDS[other]),
        ("line ink dashed", "limit and target"),
    ]


def _told(doors: Doors, limit_min: float) -> str:
    taken = doors.taken_min[~np.isnan(doors.taken_min)]
    never = len(doors.taken_min) - len(taken)
    met, late = int((taken <= limit_min).sum()), int((taken > limit_min).sum())
    return f"{met:,} on time, {late:,} late, {never:,} never by drone"


def _histogram(doors: Doors, *, limit_min: float, end_min: float, top: float) -> Iterator[str]:
    taken = doors.taken_min[~np.isnan(doors.taken_min)]
    bins = np.arange(0.0, end_min + BIN_MIN, BIN_MIN)
    met, _ = np.histogram(taken[taken <= limit_min], bins)
    late, _ = np.histogram(taken[taken > limit_min], bins)
    possible, _ = np.histogram(doors.possible_min[~np.isnan(doors.possible_min)], bins)
    most = float(max((met + late).max(initial=1), possible.max(initial=1)))
    marks = [value for value in svg.ticks(most, 4) if value == int(value)]
    panel = Panel(x0=0.0, x1=end_min, y1=max(marks[-1], most), top=top, height=_TALL)
    yield from panel.frame(
        title="Orders in each minute", x_ticks=_minutes(end_min), y_ticks=marks, x_text=None, y_text="{:,.0f}".format
    )
    yield panel.bars(bins, met.astype(np.float64), kind="good")
    yield panel.bars(bins, late.astype(np.float64), kind="bad", base=met.astype(np.float64))
    yield panel.steps(bins, np.append(possible, 0.0), kind="ink thin")
    yield panel.upright(limit_min, kind="ink dashed")


def _shares(
    first: Doors, second: Doors, *, limit_min: float, end_min: float, top: float, facts: Mapping[str, Any]
) -> Iterator[str]:
    panel = Panel(x0=0.0, x1=end_min, y1=1.0, top=top, height=_TALL)
    yield from panel.frame(
        title="Share of orders in range delivered by then; its ceiling thin",
        x_ticks=_minutes(end_min),
        y_ticks=[0.0, 0.25, 0.5, 0.75, 1.0],
        x_text="{:g}".format,
        y_text=lambda share: f"{100 * share:g} %",
    )
    for doors, kind in ((first, "good"), (second, "blue")):
        yield panel.steps(*_cumulative(doors.possible_min, end_min), kind=f"{kind} thin")
        yield panel.steps(*_cumulative(doors.taken_min, end_min), kind=kind)
    yield panel.upright(limit_min, kind="ink dashed")
    yield panel.level(float(facts["service"]["target"]), kind="ink dashed")
    yield svg.text(svg.WIDTH - svg.RIGHT, top + _TALL + 32, "minutes to the door", kind="faint", anchor="end")


def _minutes(end_min: float) -> list[float]:
    step = next((step for step in (5, 15, 30, 60, 240) if end_min <= 14 * step), 240)
    return np.arange(0.0, end_min + 1e-9, step).tolist()


def _cumulative(values_min: svg.Floats, end_min: float) -> tuple[svg.Floats, svg.Floats]:
    """Give the steps of the share of all orders reached by each value, drawn on to the end of the axis."""
    known = np.sort(values_min[~np.isnan(values_min)])
    shares = np.arange(len(known) + 1) / max(len(values_min), 1)
    known, shares = known[known < end_min], shares[: int((known < end_min).sum()) + 1]
    return np.concatenate([[0.0], known, [end_min]]), np.append(shares, shares[-1])
