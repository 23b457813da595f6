"""The day over time for the page: orders placed and delivered, drones out, orders that wait."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final

import numpy as np

from dronesim.metrics import sortie_intervals, stays_there
from dronesim.metrics.running import count_over_time, ready_intervals
from dronesim.record.incidents import DRONE_FAILS
from dronesim.record.tables import Columns
from dronesim.report import svg, trouble
from dronesim.report.svg import Panel
from dronesim.units import HOUR, MINUTE, clock_minutes

BIN_S: Final = 10 * MINUTE
_TALL: Final = 110.0
_GAP: Final = 40.0
_KEYS: Final = (
    ("bar soft", "placed in 10 min"),
    ("line good", "delivered in 10 min"),
    ("line blue", "drones on sorties"),
    ("line ink dashed", "drones available"),
    ("line orange", "ready, not taken off"),
)


def day_chart(tables: Mapping[str, Columns], facts: Mapping[str, Any]) -> str:
    """Draw three panels over clock time; what kept drones down, and what was out, is shaded."""
    horizon = facts["horizon"]
    start_s, end_s = float(horizon["start_s"]), max(float(horizon["closed_s"]), float(horizon["start_s"]) + BIN_S)
    keys, high = svg.legend([*_KEYS, *_spell_keys(facts)], top=14)
    parts, top = [keys], 14 + high + 14
    for number, draw in enumerate((_flow, _drones, _queue)):
        parts += draw(tables, facts, start_s, end_s, top + number * (_TALL + _GAP), number == 2)
    title = "The day over time: orders per ten minutes, drones on sorties, orders waiting"
    described = "The table by the hour below has the same in numbers."
    return svg.document("".join(parts), height=top + 3 * _TALL + 2 * _GAP + 26, title=title, description=described)


def _flow(
    tables: Mapping[str, Columns], facts: Mapping[str, Any], start_s: float, end_s: float, top: float, is_last: bool
) -> Iterator[str]:
    orders = tables["orders"]
    bins = np.arange(start_s, end_s + BIN_S, BIN_S)
    placed, _ = np.histogram(orders["placed_s"], bins)
    delivered, _ = np.histogram(orders["delivered_s"][~np.isnan(orders["delivered_s"])], bins)
    panel, marks = _panel(max(placed.max(initial=1), delivered.max(initial=1)), start_s, end_s, top)
    yield from _dressed(panel, marks, facts, title="Orders in 10 minutes", is_last=is_last)
    yield panel.bars(np.minimum(bins, end_s), placed.astype(np.float64), kind="soft")
    yield panel.steps(np.minimum(bins, end_s), np.append(delivered, 0.0), kind="good")


def _drones(
    tables: Mapping[str, Columns], facts: Mapping[str, Any], start_s: float, end_s: float, top: float, is_last: bool
) -> Iterator[str]:
    drones = float(facts["fleet"]["drones"])
    intervals = sortie_intervals(tables["legs"], float(facts["horizon"]["closed_s"]), stays=stays_there(facts))
    times_s, out = count_over_time(*intervals)
    panel, marks = _panel(max(drones, 1.0, out.max(initial=0)), start_s, end_s, top)
    yield from _dressed(panel, marks, facts, title="Drones", is_last=is_last)
    yield panel.steps(times_s, out, kind="blue", is_filled=True)
    yield panel.level(drones, kind="ink dashed")
    failures = tables["incidents"]["time_s"][tables["incidents"]["kind"] == DRONE_FAILS.name]
    for time_s in failures.tolist():
        x, y = panel.x(time_s), panel.y(0)
        shape = f"M{svg.number(x - 4)} {svg.number(y)}h8l-4 -7z"
        yield f'<path class="mark bad" d="{shape}"><title>drone fails</title></path>'


def _queue(
    tables: Mapping[str, Columns], facts: Mapping[str, Any], start_s: float, end_s: float, top: float, is_last: bool
) -> Iterator[str]:
    times_s, waiting = count_over_time(*ready_intervals(tables["orders"], float(facts["horizon"]["closed_s"])))
    panel, marks = _panel(max(1.0, waiting.max(initial=0)), start_s, end_s, top)
    yield from _dressed(panel, marks, facts, title="Orders that wait at take-off points", is_last=is_last)
    yield panel.steps(times_s, waiting, kind="orange", is_filled=True)


def _panel(most: float, start_s: float, end_s: float, top: float) -> tuple[Panel, list[float]]:
    marks = [value for value in svg.ticks(float(most), 4) if value == int(value)]
    return Panel(x0=start_s, x1=end_s, y1=max(marks[-1], float(most)), top=top, height=_TALL), marks


def _dressed(panel: Panel, marks: list[float], facts: Mapping[str, Any], *, title: str, is_last: bool) -> Iterator[str]:
    for kind, spell in _spells(facts):
        yield panel.span(spell.from_s, spell.to_s, kind=kind, title=f"{spell.name}, {_hours(spell)}")
    hours = (panel.x1 - panel.x0) / HOUR
    step_s = next((step for step in (0.25, 0.5, 1.0, 2.0) if hours / step <= 12), 4.0) * HOUR
    times = np.arange(np.ceil(panel.x0 / step_s) * step_s, panel.x1 + 1, step_s).tolist()
    yield from panel.frame(
        title=title, x_ticks=times, y_ticks=marks, x_text=clock_minutes if is_last else None, y_text="{:,.0f}".format
    )


def _spells(facts: Mapping[str, Any]) -> Iterator[tuple[str, trouble.Spell]]:
    """Give what kept drones down or was out, with the class of its shade."""
    for spell in trouble.no_flying(facts):
        yield "ink", spell
    for spell in trouble.closures(facts):
        yield "orange", spell._replace(name=f"airport {spell.name} closed")
    for key, spells in trouble.services_out(facts).items():
        for spell in spells:
            yield "violet", spell._replace(name=f"no {key}: {spell.name}")


def _spell_keys(facts: Mapping[str, Any]) -> list[tuple[str, str]]:
    words = {
        "ink": f"no drone may fly in the {trouble.what_stops(facts)}",
        "orange": "an airport is closed",
        "violet": "link, position or dispatcher out",
    }
    kinds = {kind for kind, _ in _spells(facts)}
    return [(f"span {kind}", told) for kind, told in words.items() if kind in kinds]


def _hours(spell: trouble.Spell) -> str:
    return f"{clock_minutes(spell.from_s)} to {clock_minutes(spell.to_s)}"
