"""Bottlenecks in words."""

from __future__ import annotations

import math
from typing import Final

from dronesim.experiment.bottlenecks import Bottlenecks, Gain
from dronesim.experiment.estimates import Estimate
from dronesim.letters import column, column_width, counted
from dronesim.report.amounts import interval
from dronesim.report.comparing import points
from dronesim.report.words import STAGE_WORDS

LEAST_S: Final = 0.5
"""What an order waits on average for one reason before it is told."""


def bottleneck_lines(found: Bottlenecks) -> list[str]:
    """Tell the gains from the largest per unit down, the waits beside them, and what would have saved late orders."""
    money = f"per 100 {found.currency} a day"
    width = column_width([gain.variation.name for gain in found.gains], least=16, most=40)
    return [
        f"On time     {interval(found.level)} over {counted(len(found.base), 'day')}",
        f"Waits       {_waits(found)}",
        "",
        (
            f"{column('one more', width)}{'units':>6}  {'gain in points, all units':<27}{'per unit':>9}  {money:>18}  "
            f"{'wait':>6}{'busy':>6}{'late saved':>12}"
        ),
        *(_gain_line(gain, width) for gain in found.gains),
        "",
        gains_told(found),
        late_saved_told(found),
    ]


def _waits(found: Bottlenecks) -> str:
    parts = [f"{STAGE_WORDS[stage]} {wait:.0f} s" for stage, wait in found.waits_s.items() if wait and wait >= LEAST_S]
    if parts:
        return f"mean of an order: {', '.join(parts)}"
    return "no order was collected" if None in found.waits_s.values() else "hardly any"


def _gain_line(gain: Gain, width: int) -> str:
    money = "no price" if gain.per_price is None else _signed(gain.per_price)
    wait = "-" if gain.wait_s is None else f"{gain.wait_s:.0f} s"
    busy = "-" if gain.busy is None else f"{100 * gain.busy:.0f} %"
    saved = "-" if math.isnan(gain.saved.mean) else f"{gain.saved.mean:.1f} a day"
    mark = " *" if gain.is_clear else ""
    unit = _signed(gain.per_unit)
    return (
        f"{column(gain.variation.name, width)}{gain.variation.units:>6}  {points(gain.level):<27}{unit:>9}  {money:>18}"
        f"  {wait:>6}{busy:>6}{saved:>12}{mark}"
    )


def _signed(found: Estimate) -> str:
    return "-" if math.isnan(found.mean) else f"{100 * found.mean:+.3f}"


def late_saved_told(found: Bottlenecks) -> str:
    """Count the late orders of the first day by what would have saved them; some are saved by several."""
    if not found.late_first_day:
        return "No order of replication 0 was late."
    saving = sorted((gain for gain in found.gains if gain.saved_first_day), key=lambda gain: -gain.saved_first_day)
    told = ", ".join(f"{_counted(gain)} {gain.saved_first_day}" for gain in saving) or "nothing"
    several = " (an order may be saved by several)" if len(saving) > 1 else ""
    return (
        f"Late orders of replication 0: {found.late_first_day}; saved by one more of {told}{several}; "
        f"by none of these {found.beyond_help}."
    )


def _counted(gain: Gain) -> str:
    units = gain.variation.units
    return gain.variation.name if units == 1 else f"{gain.variation.name} ({units} units)"


def gains_told(found: Bottlenecks) -> str:
    """Say which one more gains most, and whether the longest wait would have said so."""
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
