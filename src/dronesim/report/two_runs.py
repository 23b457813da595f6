"""Two runs side by side: every key figure with its difference, the orders that they share, maps beside one another."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np

from dronesim.experiment.repeating import numbers as figures_in
from dronesim.metrics.service import is_on_time
from dronesim.record.folder import json_text
from dronesim.report import words
from dronesim.report.experiment_page import Answer, Table, experiment_html
from dronesim.report.guard import Drawn, Failure, attempt
from dronesim.report.rows import Row
from dronesim.report.saved_run import SavedRun, read_run
from dronesim.report.shown import Numbers
from dronesim.report.side_by_side import scale_of

SAME: Final = ("order", "placed_s", "merchant", "community")
"""Columns by which two runs have the same orders."""
NOT_COMPARED: Final = frozenset({"schema_version", "name", "description", "extends"})


@dataclass(frozen=True, slots=True, kw_only=True)
class TwoRuns:
    """Two saved runs and what is found between them; every difference is B less A.

    ``content`` is for JSON: ``a`` and ``b`` name the runs, ``differing`` has the keys of their scenarios in which they
    differ, ``figures`` every key figure that either has, None where one has none, ``orders`` how many were on time in
    both, in one alone, or in neither, None where the orders are not the same.
    """

    a: SavedRun
    b: SavedRun
    content: Mapping[str, Any]


def two_runs(one: Path, other: Path) -> TwoRuns:
    """Read two run folders and compare them.

    Raises
    ------
    InputError
        A file of either is missing or damaged.
    """
    a, b = read_run(one), read_run(other)
    currencies = {run.kpis["cost"]["currency"] for run in (a, b)}
    content = {
        "schema_version": 1,
        "a": _named(one, a),
        "b": _named(other, b),
        "currency": currencies.pop() if len(currencies) == 1 else None,
        "differing": dict(_differing(a.scenario, b.scenario)),
        "figures": dict(_figures(a.kpis, b.kpis, is_one_currency=not currencies)),
        "orders": shared_orders(a, b),
    }
    return TwoRuns(a=a, b=b, content=content)


def write_two_runs(found: TwoRuns, page: Path) -> dict[Path, str]:
    """Give the page of two runs and the JSON beside it, by the place where each is to lie."""
    beside = page.with_suffix(".json")
    answer = _answer(found, beside.name)
    html = experiment_html(answer, pairs=_pictures(found))
    return {beside: json_text(found.content), page: html}


def two_run_lines(found: TwoRuns) -> list[str]:
    """Tell what two runs have differently, for a terminal."""
    answer = _answer(found, "")
    rows = [row for row in answer.tables[-1].rows if row[-1] not in ("", words.NOTHING) and not _is_nought(row[-1])]
    width = max((len(row[0]) for row in rows), default=0) + 2
    lines = [f"{name:<{width}}{a:>14}{b:>14}   {gap}" for name, a, b, gap in rows]
    return [answer.answer, *answer.notes, "", f"{'':<{width}}{'A':>14}{'B':>14}   B less A", *lines]


def _is_nought(text: str) -> bool:
    return text.lstrip("+").partition(" ")[0].strip("0.") == ""


def _named(folder: Path, run: SavedRun) -> dict[str, Any]:
    facts = run.facts
    return {"folder": folder.name, **{key: facts[key] for key in ("name", "policy", "seed", "replication")}}


def _differing(one: Mapping[str, Any], two: Mapping[str, Any]) -> Iterator[tuple[str, dict[str, str]]]:
    a, b = dict(_flat(one)), dict(_flat(two))
    for key in dict.fromkeys([*a, *b]):
        if a.get(key) != b.get(key):
            yield key, {"a": str(a.get(key, "none")), "b": str(b.get(key, "none"))}


def _flat(table: Mapping[str, Any], above: str = "") -> Iterator[tuple[str, Any]]:
    for key, value in table.items():
        if isinstance(value, Mapping):
            yield from _flat(value, f"{above}{key}.")
        elif above or key not in NOT_COMPARED:
            yield f"{above}{key}", value


def _figures(
    one: Mapping[str, Any], two: Mapping[str, Any], *, is_one_currency: bool
) -> Iterator[tuple[str, dict[str, float | None]]]:
    """Pair the key figures; amounts of different currencies have no difference."""
    a, b = dict(figures_in(one)), dict(figures_in(two))
    for name in dict.fromkeys([*a, *b]):
        left, right = a.get(name), b.get(name)
        is_alike = is_one_currency or not name.startswith("cost.")
        change = right - left if left is not None and right is not None and is_alike else None
        if name != "schema_version":
            yield name, {"a": left, "b": right, "difference": change}


def shared_orders(a: SavedRun, b: SavedRun) -> dict[str, int] | None:
    """Count orders that were on time in both, in one alone, in neither; None where the runs have other orders.

    Of all orders that are in range in both.
    """
    one, two = a.tables["orders"], b.tables["orders"]
    if any(not np.array_equal(one[column], two[column]) for column in SAME):
        return None
    met_a, met_b = (_on_time(run) for run in (a, b))
    both = one["in_range"] & two["in_range"]
    return {
        "both": int((both & met_a & met_b).sum()),
        "a_alone": int((both & met_a & ~met_b).sum()),
        "b_alone": int((both & ~met_a & met_b).sum()),
        "neither": int((both & ~met_a & ~met_b).sum()),
    }


def _on_time(run: SavedRun) -> Any:
    service = run.facts["service"]
    return is_on_time(run.tables["orders"], clock=str(service["clock"]), limit_s=float(service["limit_s"]))


def _answer(found: TwoRuns, file: str) -> Answer:
    content = found.content
    numbers = Numbers(content, f"{file}#")
    level, orders = content["figures"]["service.share"], content["orders"]
    days = "on the same orders" if orders is not None else "on orders of their own"
    differing = [(key, each["a"], each["b"]) for key, each in content["differing"].items()]
    tables = [
        *([Table(caption="What differs", heads=["Key", "A", "B"], rows=differing, texts=3)] if differing else []),
        *([_orders_table(numbers)] if orders is not None else []),
        Table(caption="Every key figure", heads=["Key figure", "A", "B", "B less A"], rows=_rows(numbers)),
    ]
    return Answer(
        name=f"{content['a']['folder']} and {content['b']['folder']}",
        kind=f"Two runs of one day each, {days}",
        answer=_headline(level),
        notes=[
            *(f"{side.upper()}: {_side(content[side])}." for side in ("a", "b")),
            "One day each: what differs may be chance. dronesim compare runs both on many days, with intervals.",
        ],
        tables=tables,
        file=file,
    )


def _side(named: Mapping[str, Any]) -> str:
    run = f"{named['folder']}, {named['name']} with policy {named['policy']}"
    return f"{run}, seed {named['seed']}, replication {named['replication']}"


def _headline(level: Mapping[str, float | None]) -> str:
    shares = f"{words.percent(level['a'])} on time in A, {words.percent(level['b'])} in B"
    return f"{shares}." if level["difference"] is None else f"{shares}: {100 * level['difference']:+.1f} points."


def _orders_table(numbers: Numbers) -> Table:
    told = {"both": "in both", "a_alone": "in A alone", "b_alone": "in B alone", "neither": "in neither"}
    rows: list[Row] = [(f"On time {text}", numbers.count("orders", key)) for key, text in told.items()]
    return Table(caption="The same orders in range", heads=["", "Orders"], rows=rows)


def _rows(numbers: Numbers) -> list[Row]:
    currency = numbers.at("currency")
    rows = []
    for name in numbers.at("figures"):
        scale = scale_of(name, currency)
        gap = scale.unit if scale.gap_unit is None else scale.gap_unit
        of = numbers.part("figures", name)
        is_count = all(isinstance(of.at(side), int) for side in ("a", "b"))
        decimals, finer = (0, 0) if is_count else (scale.decimals, scale.gap_decimals)
        sides = [of.scaled(side, one=scale.one, decimals=decimals, unit=scale.unit) for side in ("a", "b")]
        change = of.scaled("difference", one=scale.one, decimals=finer, unit=gap, is_signed=True)
        rows.append((name, *sides, change))
    return rows


def _pictures(found: TwoRuns) -> list[tuple[str, Drawn]]:
    """Draw the maps beside one another, then how long orders took, then the days."""

    def draw() -> list[tuple[str, Drawn]]:
        from dronesim.report.pictures import PICTURES

        charts = [picture for picture in PICTURES if picture.chart is not None]
        return [
            (name, Drawn(file=picture.file, caption=picture.caption, svg=picture.chart(run)))
            for picture in charts
            for name, run in (
                (f"A: {found.content['a']['folder']}", found.a),
                (f"B: {found.content['b']['folder']}", found.b),
            )
            if picture.chart is not None
        ]

    made = attempt("the pictures", draw)
    return [("A and B", Drawn(file="", caption="", failure=made.text))] if isinstance(made, Failure) else made
