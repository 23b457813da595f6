"""Bottlenecks in words and as bars."""

from __future__ import annotations

import math

import numpy as np
from matplotlib.figure import Figure

from dronesim.experiment.bottlenecks import Bottlenecks, Gain
from dronesim.report.comparing import points
from dronesim.report.drawing import FAINT, GOOD, INK, house_style, new_figure
from dronesim.report.sizing import interval
from dronesim.report.words import STAGE_WORDS


def bottleneck_lines(found: Bottlenecks) -> list[str]:
    """Tell the gains from the largest per unit down, the waits beside them, and what would have saved late orders."""
    money = f"per 100 {found.currency} a day"
    return [
        f"On time     {interval(found.level)} over {len(found.base)} days",
        f"Waits       {_waits(found)}",
        "",
        (
            f"{'one more':<16}{'units':>6}  {'gain in points, all units':<27}{'per unit':>9}  {money:>18}  "
            f"{'wait':>6}{'busy':>6}{'late saved':>12}"
        ),
        *(_gain_line(gain) for gain in found.gains),
        "",
        _answer(found),
        (
            f"Late orders of replication 0: {found.late_first_day}; {found.beyond_help} of them would be saved by none "
            "of these."
        ),
    ]


def _waits(found: Bottlenecks) -> str:
    parts = [f"{STAGE_WORDS[stage]} {wait:.0f} s" for stage, wait in found.waits_s.items() if wait is not None]
    return f"mean of an order: {', '.join(parts)}" if parts else "no order was collected"


def _gain_line(gain: Gain) -> str:
    money = "no price" if gain.per_price is None else f"{100 * gain.per_price.mean:+.3f}"
    wait = "-" if gain.wait_s is None else f"{gain.wait_s:.0f} s"
    busy = "-" if gain.busy is None else f"{100 * gain.busy:.0f} %"
    saved = "-" if math.isnan(gain.saved.mean) else f"{gain.saved.mean:.1f} a day"
    mark = " *" if gain.is_clear else ""
    return (
        f"{gain.variation.name:<16}{gain.variation.units:>6}  {points(gain.level):<27}{_per_unit(gain):>9}  {money:>18}"
        f"  {wait:>6}{busy:>6}{saved:>12}{mark}"
    )


def _per_unit(gain: Gain) -> str:
    return "-" if math.isnan(gain.per_unit.mean) else f"{100 * gain.per_unit.mean:+.3f}"


def _answer(found: Bottlenecks) -> str:
    if not any(gain.is_clear for gain in found.gains):
        return "Nothing gains anything that stands out of the days' chance (Holm, 95 %)."
    bought = found.most_per_unit()
    text = (
        f"* stands after Holm's correction. Of the resources most per unit: {_name(bought)}; "
        f"most per {found.currency}: {_name(found.most_per_price())}. "
        f"Of the rules, which have no price, most: {_name(found.most_per_unit(is_rule=True))}."
    )
    waits = {stage: wait for stage, wait in found.waits_s.items() if wait is not None}
    longest = max(waits, key=lambda stage: waits[stage]) if waits else None
    if bought is not None and longest is not None and bought.variation.stage != longest:
        text += f" The longest wait, {STAGE_WORDS[longest]}, would have named another."
    return text


def _name(gain: Gain | None) -> str:
    return "none" if gain is None else gain.variation.name


def draw_gains(found: Bottlenecks) -> Figure:
    """Draw a bar a resource: the gain of all its units with its interval, clear ones in colour."""
    with house_style():
        figure = new_figure(9.6, 1.6 + 0.42 * len(found.gains))
        axes = figure.subplots()
        ranked = sorted(found.gains, key=lambda gain: np.nan_to_num(gain.level.mean))
        means = [100 * np.nan_to_num(gain.level.mean) for gain in ranked]
        halves = [100 * gain.level.half if math.isfinite(gain.level.half) else 0.0 for gain in ranked]
        colors = [GOOD if gain.is_clear else FAINT for gain in ranked]
        axes.barh(range(len(ranked)), means, xerr=halves, color=colors, height=0.62, capsize=3, ecolor=INK)
        axes.set_yticks(range(len(ranked)), [_label(gain) for gain in ranked])
        axes.axvline(0, color=INK, linewidth=1)
        axes.set_xlabel("points on time gained on the same days, 95 % interval")
        axes.set_title(f"What one more of each would bring: {found.name}")
    return figure


def _label(gain: Gain) -> str:
    units = gain.variation.units
    return gain.variation.name if units == 1 else f"{gain.variation.name}, one at each of {units}"
