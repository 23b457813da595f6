"""Two scenarios side by side in words: what differs in them, and every key figure with its paired difference."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from dronesim.experiment.estimates import Estimate
from dronesim.experiment.side_by_side import Figure, SideBySide
from dronesim.experiment.uncounted import not_counted_told
from dronesim.letters import column, column_width, counted
from dronesim.units import HOUR, MINUTE

_SHARES: Final = ("share", "_clock", "ceiling", "coverage", "utilization", "peak_occupancy")
_BY_SITE: Final = ("resources.", "cabinets.peak_by_airport.")
"""Figures by site are told where the sides are told apart; all of them stand in the JSON."""
_NAME, _MEAN, _GAP = 36, 13, 36
"""Widths of the table's columns."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Scale:
    """How a figure is shown: in which unit, what one of it is, with how many decimals."""

    unit: str = ""
    one: float = 1.0
    decimals: int = 1
    gap_unit: str | None = None

    def mean(self, found: Estimate) -> str:
        """Show a mean with its unit."""
        if math.isnan(found.mean):
            return "no data"
        return f"{found.mean / self.one:,.{self.decimals}f} {self.unit}".rstrip()

    def gap(self, found: Estimate) -> str:
        """Show a difference with its interval."""
        if math.isnan(found.mean):
            return "no data"
        unit = self.unit if self.gap_unit is None else self.gap_unit
        mean, low, high = (self._signed(number) for number in (found.mean, found.low, found.high))
        return f"{mean} {unit}".rstrip() + (f" ({low} to {high})" if math.isfinite(found.low) else "")

    def size(self, found: Estimate) -> str:
        """Show how large a difference is, whatever its sign, with its interval."""
        unit = self.unit if self.gap_unit is None else self.gap_unit
        ends = sorted(abs(number) / self.one for number in (found.low, found.high))
        mean, low, high = (f"{number:,.{self.gap_decimals}f}" for number in (abs(found.mean) / self.one, *ends))
        return f"{mean} {unit}".rstrip() + (f" ({low} to {high})" if math.isfinite(found.low) else "")

    @property
    def gap_decimals(self) -> int:
        """Decimals of a difference: of points one more than of shares."""
        return self.decimals + (self.gap_unit is not None)

    def _signed(self, number: float) -> str:
        # a difference that rounds to nothing has no sign
        rounded = round(number / self.one, self.gap_decimals) + 0.0
        return f"{rounded:+,.{self.gap_decimals}f}"


def scale_of(name: str, currency: str | None) -> Scale:
    """Choose how a figure is shown, by its name in ``kpis.json``."""
    if name.startswith("cost."):
        return Scale(unit=currency or "", decimals=2 if name == "cost.per_order" else 0)
    if name.endswith(_SHARES) or name.startswith(_BY_SITE):
        return Scale(unit="%", one=0.01, gap_unit="points")
    if name.startswith(("click_to", "ready_to")):
        return Scale(unit="min", one=MINUTE, decimals=2)
    if name.endswith(".total_s"):
        return Scale(unit="h", one=HOUR, decimals=2)
    if name.endswith("_s") or "_s." in name:
        return Scale(unit="s")
    if name.endswith("_m"):
        return Scale(unit="m")
    return Scale(unit="Wh") if name.endswith(("_wh", "wh_per_order")) else Scale(decimals=2 if "per_" in name else 1)


def side_by_side_lines(found: SideBySide) -> list[str]:
    """Tell what differs, the figures that are asked first, then all others by group."""
    width = column_width([found.a.name, found.b.name], least=4, most=60) + 1
    lines = [f"{label:<12}{column(side.name, width)}{side.file}" for label, side in (("A", found.a), ("B", found.b))]
    head = heading("A", "B", "B less A (95 % interval of its own)")
    lines += [*changes_lines(found), "", head, *figure_lines(found, found.asked)]
    rest = [name for name in found.figures if name not in found.asked]
    for group, names in _groups(rest):
        told = [name for name in names if _is_shown(found.figures[name])]
        lines += [group, *figure_lines(found, told)] if told else []
    return [*lines, "", *_left_out(found, rest), *not_counted_told(found.not_counted)]


def changes_lines(found: SideBySide) -> list[str]:
    """Tell the keys that differ, and how alike the days are."""
    lines = [f"{'' if number else 'Differs':<12}{text}" for number, text in enumerate(_differing(found))]
    return [*lines, *(f"{'' if number else 'Days':<12}{note}" for number, note in enumerate(_notes(found)))]


def heading(a: str, b: str, gap: str) -> str:
    """Head the columns of a table of figures."""
    return f"{'':<{_NAME}}{a:>{_MEAN}}{b:>{_MEAN}}   {gap}"


def _differing(found: SideBySide) -> list[str]:
    """List the keys with both values."""
    if not found.differing:
        return ["in the code of the dispatch policy alone"]
    width = max(len(each.key) for each in found.differing) + 2
    return [f"{each.key:<{width}}{_short(each.a)} | {_short(each.b)}" for each in found.differing]


def _short(value: str, limit: int = 60) -> str:
    return value if len(value) <= limit else f"{value[: limit - 3]}..."


def _notes(found: SideBySide) -> Iterator[str]:
    yield f"{found.days} on each side; {found.notes[0]}"
    if math.isfinite(found.correlation):
        yield f"correlation of the daily service levels {found.correlation:.2f}"
    yield from found.notes[1:]


def figure_lines(found: SideBySide, names: Sequence[str]) -> list[str]:
    """Give a line a figure: both means, the difference, and whether the sides are told apart."""
    lines = []
    for name in names:
        each, scale = found.figures[name], scale_of(name, found.currency)
        means = f"{scale.mean(each.a):>{_MEAN}}{scale.mean(each.b):>{_MEAN}}"
        lines.append(f"  {name:<{_NAME - 2}}{means}   {scale.gap(each.difference):<{_GAP}}{each.verdict}")
    return lines


def _groups(names: Sequence[str]) -> Iterator[tuple[str, list[str]]]:
    """Give the figures group by group, as they stand in ``kpis.json``."""
    groups = dict.fromkeys(name.partition(".")[0] for name in names)
    for group in groups:
        yield group, [name for name in names if name.partition(".")[0] == group]


def _is_shown(figure: Figure) -> bool:
    if figure.is_same or math.isnan(figure.difference.mean):
        return False
    return figure.is_clear or not figure.name.startswith(_BY_SITE)


def _left_out(found: SideBySide, rest: Sequence[str]) -> list[str]:
    """Say how verdicts come about, and count what has no line."""
    figures = [found.figures[name] for name in rest if found.figures[name].is_counted]
    same = sum(figure.is_same for figure in figures)
    none = sum(math.isnan(figure.difference.mean) for figure in figures)
    noise = sum(not figure.is_same and not figure.is_clear for figure in figures) - none
    alike = f"{counted(same, 'figure')} {'is' if same == 1 else 'are'} the same on every day, " if same else ""
    silent = f", {none} {'has' if none == 1 else 'have'} no data on one side" if none else ""
    days = counted(found.days, "day")
    lines = [
        "Told apart: the difference stands after Holm's correction, among the figures at the top and among all others.",
        f"Of the {len(figures)} others {alike}{noise} differ by noise alone as far as {days} can tell{silent}.",
    ]
    hidden = sum(not _is_shown(figure) for figure in figures) - same - none
    return [*lines, f"{hidden} of these are by site: --json and compare.json have them."] if hidden else lines
