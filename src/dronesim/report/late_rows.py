"""Who is late and why, as rows of the page: the heat map, groups with bars, causes, and late orders one by one."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final

from dronesim.letters import counted
from dronesim.record.waits import REASONS
from dronesim.report import words
from dronesim.report.rows import Row
from dronesim.report.shown import Numbers
from dronesim.units import MINUTE, clock

MOST_AIRPORTS: Final = 40
"""So many rows the heat map has, those with the most late orders; the distance and the hours have all."""
DARKEST: Final = 45
"""Per cent of the colour in the darkest cell, on which text can still be read."""
CAUSE_WORDS: Final = {
    "without_queues": "too late even without queues",
    "flight": "a slower flight or landing",
    **{reason.name: reason.words for reason in REASONS},
}


def cause_words(cause: str) -> str:
    """Say a cause of `dronesim.metrics.lateness` in words."""
    state, _, reason = cause.partition(":")
    if state in CAUSE_WORDS and not reason:
        return CAUSE_WORDS[state]
    name = words.STATE_WORDS.get(state, state)
    return f"{name}: {words.REFUSAL_WORDS.get(reason, reason.replace('_', ' '))}" if reason else name


def cause_rows(page: Numbers) -> list[Row]:
    """List why orders were late, most first, and how many of each would have been on time without any queue."""
    found = page.part("late", "causes")
    return [
        (words.sentence(cause_words(row["cause"])), found.count(place, "orders"), found.count(place, "possible"))
        for place, row in enumerate(found.content)
    ]


def late_told(page: Numbers, service: Mapping[str, Any]) -> str:
    """Say how many are late, and where they are most often."""
    late = page.at("late", "late")
    if not page.at("late", "orders"):
        return "No order was in range."
    if not late:
        return "No order in range was late."
    many = page.at("late", "orders")
    told = f"{late:,} of {counted(many, 'order')} in range {'was' if late == 1 else 'were'} late"
    never = page.at("late", "never")
    return f"{told}: not delivered {words.promise(service)}{f', {never:,} of them never by drone' if never else ''}."


def heat(page: Numbers) -> dict[str, Any]:
    """Give the heat map of late orders: ``hours``, and ``rows`` of airports with a cell an hour.

    A cell has the numbers of late orders and of orders, and ``shade``, 0 to 45, how dark it is; None without orders.
    """
    found = page.part("late", "by_hour_and_airport")
    late, orders = found.at("late"), found.at("orders")
    ranked = sorted(range(len(late)), key=lambda row: (-sum(late[row]), row))[:MOST_AIRPORTS]
    most = max(
        (few / many for row in zip(late, orders, strict=True) for few, many in zip(*row, strict=True) if many),
        default=0.0,
    )
    return {
        "hours": [f"{hour:02d}" for hour in found.at("hours")],
        "rows": [
            (found.at("airports", row), [_cell(found, row, column, most) for column in range(len(late[row]))])
            for row in sorted(ranked)
        ],
        "left_out": len(late) - len(ranked),
    }


def _cell(found: Numbers, row: int, column: int, most: float) -> dict[str, Any] | None:
    orders = found.at("orders", row, column)
    if not orders:
        return None
    return {
        "late": found.count("late", row, column),
        "orders": found.count("orders", row, column),
        "shade": round(DARKEST * found.at("late", row, column) / orders / (most or 1.0)),
    }


def late_groups(page: Numbers) -> list[dict[str, Any]]:
    """Give late orders by distance, take-off point, airport and hour, each group with its numbers and share."""
    found = page.part("late", "by")
    titles = {
        "distance": ("By distance as the crow flies", _by_number, _distance),
        "takeoff_point": ("By take-off point", _as_it_is, str),
        "airport": ("By airport", _as_it_is, str),
        "hour": ("By hour of placing", _by_number, _hour),
    }
    return [
        {"title": title, "rows": list(_group(found.part(name), order(found.at(name)), word))}
        for name, (title, order, word) in titles.items()
    ]


def _group(found: Numbers, names: list[str], word: Any) -> Iterator[dict[str, Any]]:
    for name in names:
        orders, late = found.at(name, "orders"), found.at(name, "late")
        if orders:
            yield {
                "name": word(name),
                "late": found.count(name, "late"),
                "orders": found.count(name, "orders"),
                "share": f"{100 * late / orders:.1f}",
            }


def _by_number(groups: Mapping[str, Any]) -> list[str]:
    return sorted(groups, key=int)


def _as_it_is(groups: Mapping[str, Any]) -> list[str]:
    return list(groups)


def _distance(name: str) -> str:
    return f"{int(name) / 1000:g} to {int(name) / 1000 + 0.5:g} km"


def _hour(name: str) -> str:
    return f"{int(name):02d}:00 to {int(name) + 1:02d}:00"


def split_stages(page: Numbers) -> dict[str, Any]:
    """Give the stages of on-time and of late orders side by side, each with the left edge and width of its bar.

    Both bars have one scale, in per cent of the longer way to the door. Stages that took less than a second on average
    on both sides are left out.
    """
    found = page.part("late", "minutes")
    sides = {side: found.at(side) for side in ("on_time", "late")}
    longest_s = max([side["door_s"] or 0.0 for side in sides.values()]) or 1.0
    left, rows = dict.fromkeys(sides, 0.0), []
    for stage in sides["late"]["stages_s"]:
        means = {name: side["stages_s"][stage] or 0.0 for name, side in sides.items()}
        bars = {name: (f"{100 * left[name] / longest_s:.2f}", f"{100 * means[name] / longest_s:.2f}") for name in sides}
        left = {name: left[name] + means[name] for name in sides}
        if max(means.values()) >= 1.0:
            shown = {name: found.minutes(name, "stages_s", stage) for name in sides}
            rows.append({"name": words.sentence(words.STAGE_WORDS[stage]), "bars": bars, **shown})
    totals = {name: found.minutes(name, "door_s") for name in sides}
    counts = {name: found.count(name, "orders") for name in sides}
    return {"rows": rows, "totals": totals, "counts": counts}


def order_rows(page: Numbers) -> list[dict[str, Any]]:
    """Give the late orders one by one: a line, the cause, the stages, all in words."""
    found = page.part("late_orders")
    return [_order(found.part(place)) for place in range(len(found.content))]


def _order(found: Numbers) -> dict[str, Any]:
    row = found.content
    name = f"Order {row['order']}" + (f" ({row['order_id']})" if row["order_id"] else "")
    ceiling = "none" if row["ceiling_s"] is None else found.minutes("ceiling_s")
    return {
        "order": row["order"],
        "name": name,
        "placed": clock(row["placed_s"]),
        "way": f"{row['takeoff_point']} to {row['airport']}",
        "door": found.minutes("door_s"),
        "ceiling": ceiling,
        "cause": cause_words(row["cause"]),
        "stages": [
            (words.sentence(words.STAGE_WORDS[stage]), found.minutes("stages_s", stage))
            for stage, lasted_s in row["stages_s"].items()
            if lasted_s >= MINUTE / 20
        ],
    }
