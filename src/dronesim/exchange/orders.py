"""Orders as people have them, turned into a folder whose scenarios are accepted: traces of days, or a fitted demand."""

from __future__ import annotations

import csv
import datetime
import io
import math
import tempfile
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final, Literal

import numpy as np

from dronesim.demand.specs import Trace
from dronesim.errors import InputError, Problem
from dronesim.exchange.import_report import Spread
from dronesim.exchange.imported_scenario import Load, scenario_toml
from dronesim.exchange.importing import TRACE_COLUMNS, plain_name
from dronesim.exchange.order_files import Cells, read_cells, refuse, with_columns
from dronesim.exchange.order_model import by_weekday, demand_toml, weighed
from dronesim.exchange.order_plan import (
    Plan,
    check_choices,
    check_columns,
    guess_columns,
    guess_units,
    read_plan,
    time_forms,
)
from dronesim.exchange.order_rows import Order, Place, Reader, Rows, on_the_days_clock, swapped, without_repeats
from dronesim.exchange.order_times import TimeForm
from dronesim.exchange.writing import check_folder_is_free, csv_text, geojson_text, write_folder
from dronesim.experiment import describe, set_up
from dronesim.geometry.projection import LocalFrame
from dronesim.letters import counted, short
from dronesim.scenario import load_map, load_scenario, load_trace, resolve
from dronesim.scenario.map_text import read_map_text
from dronesim.units import HOUR, MS, clock
from dronesim.world import World

COLUMNS: Final = (TRACE_COLUMNS[0], TRACE_COLUMNS[1], "merchant", "merchant_lon", "merchant_lat", "community",
                  *TRACE_COLUMNS[3:])  # fmt: skip
ALL_DAYS: Final = "days.csv"
SHOWN: Final = 3
"""So many rows are named for each reason; dropped.csv has all."""
SHOWN_LINES: Final = 12
"""So many reasons, and names of columns that are not used, are told."""
FEW: Final = 0.05
"""A day with fewer than this share of the middle day's orders is told."""
LONGEST_NAME: Final = 60

Made = Literal["days", "model"]


@dataclass(frozen=True, slots=True, kw_only=True)
class OrdersReport:
    """What an import of orders read and made; ``days`` counts orders by day, None where times have no date."""

    folder: Path
    made: Made
    plan: Plan
    unused: tuple[str, ...]
    notes: tuple[str, ...]
    rows: Rows
    days: Mapping[datetime.date | None, int]

    def lines(self) -> list[str]:
        """Tell it to people, one fact a line."""
        more = len(self.unused) - SHOWN_LINES
        names = [short(name, LONGEST_NAME) for name in self.unused[:SHOWN_LINES]]
        unused = f"not used, and not written: {', '.join(names)}{f' and {more:,} more' if more > 0 else ''}"
        return [
            "columns, kept in columns.toml (edit it and use it again with --columns):",
            *self.plan.lines(),
            *([unused] if self.unused else []),
            *self.notes,
            f"{sum(self.days.values()):,} of {self.rows.read:,} rows are orders, of {counted(len(self.days), 'day')}",
            *_dropped_lines(self.rows.dropped),
            *(f"adjusted: {count} ({reason})" for reason, count in self.rows.adjusted.items()),
            *_few_lines(self.days),
            *self._made_lines(),
        ]

    def _made_lines(self) -> list[str]:
        first = f"wrote {self.folder / 'scenario.toml'}"
        if self.made == "model":
            return [f"{first}: demand fitted to all days, and weekdays/ with a scenario for each weekday seen twice"]
        if len(self.days) == 1:
            return [f"{first}: the day as it was"]
        return [f"{first}: all days, replication 0 the first of them; days/ has a scenario for each day"]


def import_orders(
    files: Sequence[str | Path],
    *,
    map_path: str | Path,
    out: str | Path,
    columns: str | Path | None = None,
    made: Made = "days",
    choices: Mapping[str, str] | None = None,
) -> OrdersReport:
    """Turn files of orders into traces or a fitted demand on the map ``map_path``, in the new folder ``out``.

    ``columns`` is a plan that was kept (`columns.toml`); without it the columns are guessed by their names.
    ``choices`` are keys of the plan: ``timezone``, ``date_order``, ``encoding``, ``sheet``, ``day_starts``. Only what a
    trace can use is written. Every row is kept, mended by a rule that is counted, or dropped with its reason. What is
    written is accepted by ``validate``; where it would not be, its words are raised and nothing is written.
    """
    folder = check_folder_is_free(out)
    source, world = read_map_text(map_path), load_map(map_path, needs_customers=made == "model")
    plan, tables = _planned([Path(file) for file in files], columns=columns, choices=choices or {})
    sites = {kind: _names(source.collection, kind) for kind in ("merchant", "community")}
    frame = LocalFrame(*world.origin_lonlat)
    is_swapped = swapped(plan, tables, frame)
    forms = time_forms(plan, tables)
    kept = replace(plan, forms={name: form.form for name, form in forms.items()})
    rows = Reader(plan=kept, forms=forms, sites=sites, frame=frame, is_swapped=is_swapped).read(tables)
    days = without_repeats(rows)
    if not days:
        reasons = "; ".join(_dropped_lines(rows.dropped))
        raise refuse(tables[0].path, f"no row of {rows.read} is an order that can be used: {reasons}")
    with tempfile.TemporaryDirectory() as aside:
        texts = _texts(kept, days, rows, Path(aside), made=made, source=source, world=world, name=plain_name(folder))
        write_folder(folder, texts)
    return OrdersReport(
        folder=folder,
        made=made,
        plan=kept,
        unused=_unused(tables, kept),
        notes=_notes(tables, is_swapped) + _date_notes(plan, forms),
        rows=rows,
        days={day: len(orders) for day, orders in days.items()},
    )


def _planned(
    paths: Sequence[Path], *, columns: str | Path | None, choices: Mapping[str, str]
) -> tuple[Plan, list[Cells]]:
    """Read the files, and settle which column holds what."""
    stated: dict[str, Any] = {key: text for key, text in choices.items() if text}
    plan = replace(read_plan(Path(columns)) if columns is not None else Plan(columns={}), **stated)
    check_choices(plan, label="command line")
    tables = [read_cells(path, encoding=plan.encoding or None, sheet=plan.sheet or None) for path in paths]
    found = plan.columns if columns is not None else guess_columns(tables[0])
    check_columns(found, tables)
    tables = [with_columns(each, list(found.values())) for each in tables]
    return replace(plan, columns=found, units={**guess_units(found), **plan.units}), tables


def _names(collection: Mapping[str, Any], kind: str) -> dict[str, str]:
    """Ids of one kind of site by id, and by the name where one site alone has it."""
    found: dict[str, str] = {}
    named: Counter[str] = Counter()
    for feature in collection["features"]:
        properties = feature.get("properties") or {}
        if properties.get("kind") == kind:
            site = str(properties.get("id", feature.get("id")))
            name = str(properties.get("name", "")).strip().casefold()
            named[name] += 1
            if name:
                found.setdefault(name, site)
            found[site.casefold()] = found[site] = site
    return {name: site for name, site in found.items() if named[name] < 2 or name in (site, site.casefold())}


def _texts(
    plan: Plan,
    days: Mapping[datetime.date | None, Sequence[Order]],
    rows: Rows,
    aside: Path,
    *,
    made: Made,
    source: Any,
    world: World,
    name: str,
) -> dict[str, str]:
    """Make all files, and see to it that each scenario is accepted."""
    starts_s = HOUR * math.floor(min(order.placed_s for orders in days.values() for order in orders) / HOUR)
    if made == "days":
        days = on_the_days_clock(days, plan.timezone, starts_s=starts_s)
    traces = {day: csv_text(COLUMNS, map(_cells, orders)) for day, orders in days.items()}
    known = {day: _loaded(text, aside, world) for day, text in traces.items()}
    texts = {"columns.toml": plan.toml(), "map.geojson": source.text}
    texts["dropped.csv"] = csv_text(("file", "row", "reason"), rows.dropped)
    if made == "model":
        texts["map.geojson"] = geojson_text(weighed(source.collection, world, list(known.values())))
        texts |= _model(known, world, name)
    else:
        texts |= _days(traces, known, world, name, starts_s=starts_s)
    by_file = {f"days/{day}.toml": trace for day, trace in known.items()}
    _check_accepted(texts, aside, traces=by_file, world=world)
    return texts


def _loaded(text: str, aside: Path, world: World) -> Trace:
    path = aside / "trace.csv"
    path.write_text(text, encoding="utf-8", newline="\n")
    return load_trace(path, world)


def _days(
    traces: Mapping[datetime.date | None, str],
    known: Mapping[datetime.date | None, Trace],
    world: World,
    name: str,
    *,
    starts_s: float,
) -> dict[str, str]:
    single = len(known) == 1
    files = {day: "trace.csv" if single else f"traces/{day}.csv" for day in known}
    demand = f'[demand]\nmodel = "trace"\nfile = "{"trace.csv" if single else ALL_DAYS}"\n'
    texts = {"scenario.toml": _scenario(known, world, name, demand=demand, starts_s=starts_s)}
    texts |= {files[day]: text for day, text in traces.items()}
    if not single:
        texts[ALL_DAYS] = _all_days(traces)
    for day in () if single else known:
        texts[f"days/{day}.toml"] = (
            f'extends = "../scenario.toml"\nname = "{_short(name)}-{day}"\n\n[demand]\nfile = "../{files[day]}"\n'
        )
    return texts


def _all_days(traces: Mapping[datetime.date | None, str]) -> str:
    """Put the traces of all days into one, with a column that names the day."""
    rows = [(*row, str(day)) for day, text in traces.items() for row in list(csv.reader(io.StringIO(text)))[1:]]
    return csv_text((*COLUMNS, "day"), rows)


def _model(known: Mapping[datetime.date | None, Trace], world: World, name: str) -> dict[str, str]:
    texts = {"scenario.toml": _scenario(known, world, name, demand=demand_toml(list(known.values())))}
    dated = {day: trace for day, trace in known.items() if day is not None}
    for weekday, traces in by_weekday(dated).items():
        head = f'extends = "../scenario.toml"\nname = "{_short(name)}-{weekday}"\n\n'
        texts[f"weekdays/{weekday}.toml"] = head + demand_toml(traces)
    return texts


def _scenario(
    known: Mapping[datetime.date | None, Trace], world: World, name: str, *, demand: str, starts_s: float = math.inf
) -> str:
    """State hours that hold all days and begin at ``starts_s`` at the latest, and a network for the busiest day."""
    every = list(known.values())
    placed_s = np.concatenate([trace.placed_s for trace in every])
    walks = [np.hypot(*(trace.merchant_xy - world.takeoff_points.xy[trace.takeoff_point]).T) for trace in every]
    busiest = max(range(len(every)), key=lambda place: len(every[place]))
    head = (
        f"# Made by `dronesim import orders`: {counted(len(placed_s), 'order')} of {counted(len(every), 'day')}.\n"
        "# The sites are those of the map. Couriers and drones are for the busiest hour of the busiest day by\n"
        "# Little's law, half as many again (E, an assumption).\n"
        f"# Courier's straight way from merchant to take-off point: {Spread.of(np.concatenate(walks))} m.\n"
    )
    load = Load(
        name=_short(name),
        origin="",
        courier_walk="",
        placed_s=every[busiest].placed_s,
        preparation_s=np.concatenate([trace.preparation_s for trace in every]),
        takeoff_point=every[busiest].takeoff_point,
        walk_m=walks[busiest],
        takeoff_points=len(world.takeoff_points.ids),
        head=head,
        demand=demand,
    )
    return scenario_toml(load, hours_of=np.append(placed_s, min(starts_s, float(placed_s.min()))))


def _check_accepted(texts: Mapping[str, str], aside: Path, *, traces: Mapping[str, Trace], world: World) -> None:
    """Set up every scenario as ``validate`` does, in a place of its own; days share their network with the first."""
    for name, text in texts.items():
        (aside / name).parent.mkdir(exist_ok=True)
        (aside / name).write_text(text, encoding="utf-8", newline="\n")
    try:
        ready = set_up(load_scenario(aside / "scenario.toml"), folder=aside)
        describe(ready)
        for name in texts:
            if name.startswith("days/"):
                resolve(load_scenario(aside / name), world, traces[name])
            elif name.startswith("weekdays/"):
                describe(set_up(load_scenario(aside / name), folder=(aside / name).parent, ready=[ready]))
    except InputError as error:
        raise InputError([_ours(problem, aside) for problem in error.problems]) from error


def _ours(problem: Problem, aside: Path) -> Problem:
    return replace(problem, file=problem.file.replace(f"{aside}/", "(not written) "))


def _cells(order: Order) -> tuple[str, ...]:
    merchant, customer = order.merchant, order.customer
    return (
        order.name,
        _clock(order.placed_s),
        merchant.site,
        *_lonlat(merchant),
        customer.site,
        *_lonlat(customer),
        _number(order.mass_kg),
        _number(order.preparation_min),
        _number(order.expected_min),
    )


def _clock(seconds: float) -> str:
    whole, ms = divmod(round(seconds * MS), MS)
    return clock(whole) + (f".{ms:03d}" if ms else "")


def _lonlat(place: Place) -> tuple[str, str]:
    return ("", "") if place.site else (f"{place.lon:.7f}", f"{place.lat:.7f}")


def _number(value: float) -> str:
    return "" if math.isnan(value) else f"{value:.4f}".rstrip("0").rstrip(".")


def _short(name: str) -> str:
    return name[:LONGEST_NAME]


def _unused(tables: Sequence[Cells], plan: Plan) -> tuple[str, ...]:
    used = set(plan.columns.values())
    names = dict.fromkeys(name or "(a column without a name)" for each in tables for name in each.header)
    return tuple(name for name in names if name not in used)


def _notes(tables: Sequence[Cells], is_swapped: Mapping[str, bool]) -> tuple[str, ...]:
    notes = [f"{each.path.name}: {note}" for each in tables for note in each.notes]
    notes += [
        f"longitude and latitude of {kind}s are swapped in the files, and were turned"
        for kind in is_swapped
        if is_swapped[kind]
    ]
    return tuple(notes)


def _date_notes(plan: Plan, forms: Mapping[str, TimeForm]) -> tuple[str, ...]:
    """Say in which order dates are read, where it was found out."""
    found = [name for name, form in forms.items() if form.date_order and not plan.date_order]
    return tuple(
        f"dates of {plan.columns[name]} are read {forms[name].date_order}; --date-order states another"
        for name in found
    )


def _dropped_lines(dropped: Sequence[tuple[str, int, str]]) -> list[str]:
    """Count the rows by reason, the first ones named; the rest stands in dropped.csv."""
    reasons: dict[str, list[str]] = {}
    for name, number, reason in dropped:
        reasons.setdefault(reason, []).append(f"{name}:{number}")
    lines = [
        f"dropped: {len(rows):,} ({reason}; {', '.join(rows[:SHOWN])}{', ...' if len(rows) > SHOWN else ''})"
        for reason, rows in reasons.items()
    ]
    rest = sum(map(len, list(reasons.values())[SHOWN_LINES:]))
    return [*lines[:SHOWN_LINES], *([f"dropped for other reasons: {rest:,}"] if rest else [])]


def _few_lines(days: Mapping[datetime.date | None, int]) -> list[str]:
    middle = sorted(days.values())[len(days) // 2]
    few = [f"{day} ({count})" for day, count in days.items() if count < FEW * middle]
    return [f"days with far fewer orders than others, perhaps cut off: {', '.join(few[:SHOWN])}"] if few else []
