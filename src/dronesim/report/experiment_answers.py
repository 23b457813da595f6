"""What each experiment has to say on its page: the answer in a sentence, and its JSON as tables."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from dronesim.experiment.bottlenecks import Bottlenecks
from dronesim.experiment.bounding import Bounded
from dronesim.experiment.comparing import Comparison
from dronesim.experiment.drilling import Drilled
from dronesim.experiment.repeating import Repeated
from dronesim.experiment.side_by_side import SideBySide
from dronesim.experiment.size_answer import SizeAnswer
from dronesim.experiment.sweeping import Sweep, best_points
from dronesim.experiment.uncounted import not_counted_told
from dronesim.experiment.year import Spell, Year
from dronesim.letters import counted
from dronesim.report import words
from dronesim.report.amounts import interval, thing
from dronesim.report.bottlenecks import bottleneck_lines, gains_told, late_saved_told
from dronesim.report.bounding import LED_ELSEWHERE, bound_lines, has_unsteady_day, kept_told, verdict_told
from dronesim.report.comparing import compare_lines, group_told
from dronesim.report.comparing import points as points_told
from dronesim.report.drilling import drill_lines, lesson
from dronesim.report.experiment_page import Answer, Table, level, points, ranged
from dronesim.report.rows import Row
from dronesim.report.shown import AMOUNT, SHARE, Numbers
from dronesim.report.side_by_side import scale_of, side_by_side_lines
from dronesim.report.sizing import SHADOWS, ceiling_told, size_lines, size_told
from dronesim.report.sweeping import COUNTED_BY, asked_first, cheapest_told, repeated_lines, shown, sweep_lines
from dronesim.report.year import weather_comes_again, year_lines
from dronesim.units import MINUTE


def size_answer(found: SizeAnswer) -> Answer:
    """Tell how many are needed, with the curve that was looked at."""
    numbers, what = Numbers(found.content(), "size.json#"), thing(found.request.resource)
    heads = [words.sentence(what), "On time, mean (interval)", "Days", "Cost an order"]
    curve = [_size_row(numbers.part("curve", place), found.currency) for place in range(len(found.curve))]
    tables = [Table(caption="What was looked at", heads=[*heads, "Verdict"], rows=curve, texts=0)] if curve else []
    if found.by_shadows:
        parts = [numbers.part("by_shadows", place) for place in range(len(found.by_shadows))]
        drawn: list[Row] = [(part.count("value"), part.percent("mean")) for part in parts]
        tables.append(Table(caption="By shadows, no day was run", heads=[heads[0], "On time"], rows=drawn, texts=0))
    for place, point in enumerate(found.points):
        own = numbers.part("by_takeoff_point", place, "curve")
        rows = [_size_row(own.part(number), found.currency) for number in range(len(point.curve))]
        caption = f"Take-off point {point.takeoff_point}"
        tables.append(Table(caption=caption, heads=[*heads, "Verdict"], rows=rows, texts=0))
    return Answer(
        name=found.name,
        kind=f"How many {what}?",
        answer=words.sentence(size_told(found)),
        notes=[f"Ceiling: {ceiling_told(found)}", *([SHADOWS] if found.by_shadows else [])],
        tables=tables,
        lines=size_lines(found),
        file="size.json",
        is_met=found.status.is_answer,
    )


def _size_row(numbers: Numbers, currency: str) -> Row:
    cost = numbers.number("cost_per_order", decimals=2, unit=currency)
    return (numbers.count("value"), level(numbers), numbers.count("count"), cost, numbers.at("verdict") or "")


def bound_answer(found: Bounded) -> Answer:
    """Tell what no policy exceeds, in the mean and day by day."""
    numbers = Numbers(found.content(), "bound.json#")
    means = [
        ("No policy brings more on time than", level(numbers, "bound")),
        ("Without any waiting", level(numbers, "possible")),
        ("Target", numbers.percent("target")),
    ]
    return Answer(
        name=found.name,
        kind=f"What no dispatch policy exceeds, {counted(len(found.days), 'day')}",
        answer=f"No policy brings more than {interval(found.share)} of the orders on time; {verdict_told(found)}.",
        notes=[
            f"{words.sentence(kept_told(found))}.",
            *([told_as_sentence(LED_ELSEWHERE)] if has_unsteady_day(found) else []),
        ],
        tables=[
            Table(caption="Mean of the days", heads=["Orders in range", "On time (interval)"], rows=means),
            Table(
                caption="Day by day",
                heads=["Day", "In range", "Without any waiting", "On time at most", "Share", "Short at some time"],
                rows=[_bound_row(numbers.part("days", place)) for place in range(len(found.days))],
                texts=0,
            ),
        ],
        lines=bound_lines(found),
        file="bound.json",
        is_met=None if found.share.mean >= found.target else False,
    )


def _bound_row(numbers: Numbers) -> Row:
    counts = (numbers.count(name) for name in ("replication", "orders", "possible", "on_time_at_most"))
    return (*counts, numbers.percent("share"), ", ".join(numbers.at("limits")) or "nothing shared")


def sweep_answer(found: Sweep) -> Answer:
    """Tell every point of a sweep, and the cheapest that meets the target."""
    numbers, keys = Numbers(found.content(), "sweep.json#"), [factor.key for factor in found.factors]
    rows = [
        (
            *(shown(point.combination[key]) for key in keys),
            level(numbers, "points", place, "service_share"),
            _door(numbers.part("points", place)),
            _cost(numbers.part("points", place), found.currency),
        )
        for place, point in enumerate(found.points)
    ]
    heads = [*keys, "On time, mean (interval)", "To the door", "Cost an order"]
    return Answer(
        name=found.name,
        kind="Sweep of " + " and ".join(keys),
        answer=cheapest_told(found),
        notes=not_counted_told(found.not_counted),
        tables=[Table(caption="All points", heads=heads, rows=rows, texts=len(keys))],
        lines=sweep_lines(found),
        file="sweep.json",
        is_met=bool(best_points(found)),
    )


def _door(numbers: Numbers) -> str:
    return ranged(numbers, "click_to_door_s", one=MINUTE, unit="min", within=AMOUNT)


def _cost(numbers: Numbers, currency: str) -> str:
    return ranged(numbers, "cost_per_order", decimals=2, unit=currency, within=AMOUNT)


def comparison_answer(found: Comparison) -> Answer:
    """Tell the policies from best to worst, and their differences."""
    best, top = found.competitors[0], found.differences[0]
    verdict = "told apart" if top.is_clear else "not told apart"
    gap = f"{points_told(top.level)} points on {top.other} on the same days, {verdict}"
    return Answer(
        name=found.name,
        kind=f"Dispatch policies on the same {counted(len(best.records), 'day')}",
        answer=f"{best.policy} brings most on time: {interval(best.level)}; {gap}.",
        tables=_comparison_tables(found, Numbers(found.content(), "compare.json#")),
        lines=compare_lines(found),
        file="compare.json",
    )


def _comparison_tables(found: Comparison, numbers: Numbers) -> list[Table]:
    top = found.differences[0]
    ranking = [
        _competitor_row(numbers.part("policies", place), found.currency) for place in range(len(found.competitors))
    ]
    where = [
        (group_told(name, group), points(numbers, "differences", 0, "where", name, group))
        for name, groups in numbers.at("differences", 0, "where").items()
        for group in groups
    ]
    return [
        Table(
            caption="Policies from best to worst",
            heads=["Policy", "On time, mean (interval)", "To the door", "Cost an order", "Mean rank", "Best days"],
            rows=ranking,
        ),
        Table(
            caption="Paired differences, points on time",
            heads=["Policies", "Difference (interval)", "p after Holm", "Verdict"],
            rows=_difference_rows(found, numbers),
        ),
        Table(
            caption=f"Where {top.policy} and {top.other} differ, points on time",
            heads=["Orders", "Difference (interval)"],
            rows=where,
        ),
    ]


def _difference_rows(found: Comparison, numbers: Numbers) -> list[Row]:
    return [
        (
            f"{each.policy} less {each.other}",
            points(numbers, "differences", place),
            numbers.number("differences", place, "p_holm", decimals=3),
            "told apart" if each.is_clear else "not told apart",
        )
        for place, each in enumerate(found.differences)
    ]


def _competitor_row(numbers: Numbers, currency: str) -> Row:
    return (
        str(numbers.at("policy")),
        level(numbers, "service_share"),
        _door(numbers),
        _cost(numbers, currency),
        numbers.number("mean_rank", decimals=2),
        numbers.count("days_best"),
    )


def side_answer(found: SideBySide) -> Answer:
    """Tell what differs between two scenarios, and every key figure."""
    numbers = Numbers(found.content(), "compare.json#")
    clear = "" if found.level.is_clear else ", not told apart"
    change = scale_of(found.level.name, found.currency).gap(found.level.difference)
    means = f"{100 * found.level.a.mean:.1f} % in A, {100 * found.level.b.mean:.1f} % in B"
    return Answer(
        name=found.name,
        kind=f"Two scenarios on the same {counted(found.days, 'day')}",
        answer=f"On time {means}: B less A {change}{clear}.",
        notes=[
            f"A is {found.a.name} ({found.a.file}), B is {found.b.name} ({found.b.file}).",
            *map(told_as_sentence, found.notes),
            *not_counted_told(found.not_counted),
        ],
        tables=side_tables(found, numbers),
        lines=side_by_side_lines(found),
        file="compare.json",
    )


def side_tables(found: SideBySide, numbers: Numbers) -> list[Table]:
    """Give what differs and all key figures of two sides; ``numbers`` are those of their JSON."""
    differing = [(each.key, each.a, each.b) for each in found.differing]
    heads = ["Key figure", "A", "B", "B less A (interval)", "Verdict"]
    rest = [name for name in found.figures if name not in found.asked]
    return [
        *([Table(caption="What differs", heads=["Key", "A", "B"], rows=differing, texts=3)] if differing else []),
        Table(caption="Asked first", heads=heads, rows=_figures(found.asked, found, numbers)),
        Table(caption="All other key figures", heads=heads, rows=_figures(rest, found, numbers)),
    ]


def _figures(names: Any, found: SideBySide, numbers: Numbers) -> list[Row]:
    return [figure_row(name, found.currency, numbers.part("figures", name)) for name in names]


def figure_row(name: str, currency: str | None, numbers: Numbers) -> Row:
    """Show a key figure of both sides with its difference, in its own unit."""
    scale = scale_of(name, currency)
    gap = scale.unit if scale.gap_unit is None else scale.gap_unit
    look: Mapping[str, Any] = {"one": scale.one, "decimals": scale.decimals, "unit": scale.unit}
    difference = ranged(numbers, "difference", one=scale.one, decimals=scale.gap_decimals, unit=gap, is_signed=True)
    return (name, numbers.scaled("a", **look), numbers.scaled("b", **look), difference, str(numbers.at("verdict")))


def told_as_sentence(note: str) -> str:
    """Make a sentence of a note."""
    return f"{words.sentence(note).removesuffix('.')}."


def drill_answer(found: Drilled) -> Answer:
    """Tell the lesson of a drill, and the figures of both sides."""
    numbers = Numbers(found.content(), "drill.json#")
    checked = "The independent checker found nothing on the days with the trouble."
    if not found.verified:
        checked = "No day was given to the independent checker."
    elif not found.is_clean:
        checked = "The independent checker contradicts days with the trouble; the lines below say which."
    return Answer(
        name=found.name,
        kind=f"Drill on {found.sides.a.name}: {found.asks}",
        answer=words.sentence(lesson(found)),
        notes=["A is the scenario as it is, B with the trouble.", *map(told_as_sentence, found.sides.notes), checked],
        tables=side_tables(found.sides, numbers.part("sides")),
        lines=drill_lines(found),
        file="drill.json",
    )


def year_answer(found: Year) -> Answer:
    """Tell a year month by month."""
    numbers = Numbers(found.content(), "year.json#")
    rows = [
        *(_spell_row(numbers.part("months", place)) for place in range(len(found.months))),
        _spell_row(numbers.part("all")),
    ]
    return Answer(
        name=found.name,
        kind=f"{counted(found.all.days, 'day')} from {found.first_day} on, each in its weather and in calm",
        answer=f"In the weather {interval(found.all.level)} on time; {_lost(found.all)}.",
        notes=[
            f"A day is lost with under {100 * found.lost_below:g} % of the opening hours flyable.",
            *weather_comes_again(found),
        ],
        tables=[
            Table(
                caption="Month by month",
                heads=["", "Days", "Lost", "Flyable", "On time (interval)", "In calm", "Less that in calm, points"],
                rows=rows,
            )
        ],
        lines=year_lines(found),
        file="year.json",
    )


def _lost(year: Spell) -> str:
    if not year.lost:
        return "no day is lost"
    return f"{year.lost} of {counted(year.days, 'day')} {'is' if year.lost == 1 else 'are'} lost"


def _spell_row(numbers: Numbers) -> Row:
    return (
        str(numbers.at("name")),
        numbers.count("days"),
        numbers.count("days_lost"),
        numbers.percent("flyable_share"),
        level(numbers, "service_share"),
        level(numbers, "service_share_in_calm"),
        points(numbers, "difference"),
    )


def bottleneck_answer(found: Bottlenecks) -> Answer:
    """Tell what one more of each would bring."""
    numbers = Numbers(found.content(), "bottlenecks.json#")
    rows = [_gain_row(numbers.part("gains", place), gain.is_clear) for place, gain in enumerate(found.gains)]
    gain_heads = ["Gain in points (interval)", "A unit", f"For 100 {found.currency} a day", "Late orders saved a day"]
    heads = ["One more", "Units", *gain_heads, "Wait", "Busiest site", "Verdict"]
    return Answer(
        name=found.name,
        kind=f"Bottlenecks, over {counted(len(found.base), 'day')}",
        answer=words.sentence(gains_told(found).removeprefix("* stands after Holm's correction. ")),
        notes=[f"On time as it is: {interval(found.level)}.", late_saved_told(found)],
        tables=[Table(caption="What one more of each brings", heads=heads, rows=rows)],
        lines=bottleneck_lines(found),
        file="bottlenecks.json",
    )


def _gain_row(numbers: Numbers, is_clear: bool) -> Row:
    has_price, has_site = (numbers.at(name) is not None for name in ("gain_per_100_a_day", "busiest_site"))
    return (
        str(numbers.at("resource")),
        numbers.count("units"),
        points(numbers, "gain"),
        _mean_points(numbers, "gain_per_unit"),
        _mean_points(numbers, "gain_per_100_a_day") if has_price else "no price",
        ranged(numbers, "late_orders_saved"),
        "" if numbers.at("wait_s") is None else numbers.number("wait_s", unit="s"),
        numbers.percent("busiest_site", decimals=0) if has_site else "",
        "told apart" if is_clear else "not told apart",
    )


def _mean_points(numbers: Numbers, name: str) -> str:
    return numbers.scaled(name, "mean", one=0.01, decimals=3, is_signed=True)


def repeated_answer(found: Repeated) -> Answer:
    """Tell every key figure of many days with its interval."""
    numbers = Numbers(found.content(), "intervals.json#")
    first = asked_first(found.service)
    rest = [name for name in found.figures if name not in first]
    share, target = found.figures["service.share"], 100 * found.service["target"]
    return Answer(
        name=found.name,
        kind=f"{counted(found.days, 'day')} of one scenario",
        answer=f"{interval(share)} on time; target {target:g} %, missed on {found.missed_days} of {found.days} days.",
        notes=not_counted_told(found.not_counted, by=COUNTED_BY),
        tables=[
            _repeated_table("Asked first", first, found.currency, numbers),
            _repeated_table("All other key figures", rest, found.currency, numbers),
        ],
        lines=repeated_lines(found),
        file="intervals.json",
        is_met=share.mean >= found.service["target"],
    )


def _repeated_table(caption: str, names: Sequence[str], currency: str, numbers: Numbers) -> Table:
    rows = [_repeated_row(name, currency, numbers.part("figures", name)) for name in names]
    return Table(caption=caption, heads=["Key figure", "Mean (interval)"], rows=rows)


def _repeated_row(name: str, currency: str, numbers: Numbers) -> Row:
    scale = scale_of(name, currency)
    within = SHARE if scale.unit == "%" else AMOUNT
    return (name, ranged(numbers, one=scale.one, decimals=scale.decimals, unit=scale.unit, within=within))
