"""How the columns of order files are read: guessed, shown, kept in a TOML file that can be edited and used again."""

from __future__ import annotations

import tomllib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final
from zoneinfo import ZoneInfo

from dronesim.errors import InputError, Problem
from dronesim.exchange.order_cells import has_pairs
from dronesim.exchange.order_files import Cells, refuse
from dronesim.exchange.order_names import MEANINGS, POSITIONS, is_small_unit, meaning_of
from dronesim.exchange.order_times import DATE_ORDERS, FORMS, TimeError, TimeForm, guess_form
from dronesim.letters import column as fitted
from dronesim.letters import column_width, short
from dronesim.scenario.complaints import near_match, one_of
from dronesim.scenario.dump import toml_value
from dronesim.scenario.fields import seconds_of_day
from dronesim.scenario.files import MEGABYTE, read_text

TIMES: Final = ("date", "placed", "ready")
UNITS: Final = {"mass": ("kg", "g"), "preparation": ("min", "s"), "expected": ("min", "s")}
_SHOWN: Final = 20
"""So many columns of a file are named, and so much of each."""
_LONGEST: Final = 60
_CHOICES: Final = ("timezone", "date_order", "encoding", "sheet", "day_starts")
_TABLES: Final[Mapping[str, Iterable[str]]] = {"columns": MEANINGS, "units": UNITS, "forms": TIMES}


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """Which column holds what, and how its cells are read.

    ``columns`` gives the column by meaning, ``units`` those of ``UNITS``, ``forms`` how times are written; a form that
    isn't there is guessed from all cells of its column. ``day_starts``: orders before that hour belong to the day
    before.
    """

    columns: Mapping[str, str]
    units: Mapping[str, str] = field(default_factory=dict)
    forms: Mapping[str, str] = field(default_factory=dict)
    timezone: str = ""
    date_order: str = ""
    encoding: str = ""
    sheet: str = ""
    day_starts: str = "00:00"

    def lines(self) -> list[str]:
        """Show the mapping, one column a line."""
        wide = column_width(list(self.columns.values()), least=0, most=60)
        return [f"  {fitted(title, wide)}->  {name}{self._how(name)}" for name, title in self.columns.items()]

    def _how(self, name: str) -> str:
        said = self.units.get(name) or self.forms.get(name)
        return f", {MEANINGS[name]}" + (f" ({said})" if said else "")

    def toml(self) -> str:
        """Write the plan, with what each key means."""
        rows = ["# How the columns of the orders are read. Edit it, and use it again with --columns.", ""]
        about = {
            "timezone": "whose clock counts where times are instants, and when it is changed; as Asia/Shanghai",
            "date_order": "day first, month first or year first, where more could be; empty: found out",
            "encoding": "of the text; empty: found out",
            "sheet": "of a spreadsheet; empty: the one with the most known columns",
            "day_starts": "orders before it belong to the day before",
        }
        rows += [f"{key} = {toml_value(getattr(self, key))}  # {text}" for key, text in about.items()]
        rows += ["", "[columns]  # left what it means, right what it is called in the files"]
        rows += [f"{name} = {toml_value(column)}  # {MEANINGS[name]}" for name, column in self.columns.items()]
        others = [f'# {name} = ""  # {text}' for name, text in MEANINGS.items() if name not in self.columns]
        rows += [*others, "", "[units]"]
        rows += [f"{name} = {toml_value(unit)}  # {' or '.join(UNITS[name])}" for name, unit in self.units.items()]
        rows += ["", f"[forms]  # of times: {', '.join(FORMS)}"]
        rows += [f"{name} = {toml_value(form)}" for name, form in self.forms.items()]
        return "\n".join(rows) + "\n"


def guess_columns(cells: Cells) -> dict[str, str]:
    """Guess which column holds what; two columns of one meaning are refused, for either could be right."""
    found: dict[str, str] = {}
    for name in cells.header:
        meaning = meaning_of(name)
        if meaning is None or (meaning in POSITIONS and not has_pairs(_column(cells, name))):
            continue
        if meaning in found:
            rule = f"both look like {meaning} ({MEANINGS[meaning]}); name one in a file for --columns"
            raise refuse(cells.path, rule, key=f"columns {found[meaning]} and {name}")
        found[meaning] = name
    for position, pair in POSITIONS.items():
        if {f"{pair}_lon", f"{pair}_lat"} <= found.keys():
            found.pop(position, None)
    return {meaning: found[meaning] for meaning in MEANINGS if meaning in found}


def _column(cells: Cells, name: str) -> list[Any]:
    place = cells.header.index(name)
    return [row[place] for _, row in cells.rows]


def guess_units(columns: Mapping[str, str]) -> dict[str, str]:
    """Take the unit from the column's name; kilograms and minutes where it has none."""
    return {
        name: small if is_small_unit(columns[name], "mass" if name == "mass" else "time") else usual
        for name, (usual, small) in UNITS.items()
        if name in columns
    }


def check_columns(columns: Mapping[str, str], files: Sequence[Cells]) -> None:
    """Refuse a plan whose columns aren't there, are there twice, or do not suffice."""
    problems = []
    for cells in files:
        for meaning, column in columns.items():
            count = cells.header.count(column)
            if count != 1:
                rule = "there is no such column" if count == 0 else "is there twice; rename one"
                hint = near_match(column, cells.header) if count == 0 else None
                where = f"columns.{meaning}"
                problems.append(Problem(file=str(cells.path), key=where, rule=rule, value=column, hint=hint))
    label = str(files[0].path)
    if "placed" not in columns:
        problems.append(_lacks(label, "placed", files[0]))
    for site, pair in (("merchant", "merchant"), ("community", "customer")):
        is_paired = {f"{pair}_lon", f"{pair}_lat"} <= columns.keys() or f"{pair}_position" in columns
        if site not in columns and not is_paired:
            problems.append(_lacks(label, f"{site}, {pair}_lon and {pair}_lat, or {pair}_position", files[0]))
    if problems:
        raise InputError(problems)


def _lacks(label: str, what: str, cells: Cells) -> Problem:
    shown = ", ".join(short(name, _LONGEST) or "(no name)" for name in cells.header[:_SHOWN])
    more = len(cells.header) - _SHOWN
    shown += f" and {more:,} more" if more > 0 else ""
    rule = f'no column is known for it; there are {shown}. Name it in a TOML file for --columns: [columns] x = "name"'
    return Problem(file=label, key=what, rule=rule)


def time_forms(plan: Plan, files: Sequence[Cells]) -> dict[str, TimeForm]:
    """Settle how each column of times is read."""
    found, problems = {}, []
    for name in TIMES:
        if name not in plan.columns:
            continue
        day_0 = files[0].day_0
        form = plan.forms.get(name)
        if form is not None and (plan.date_order or form != "text"):
            found[name] = TimeForm(form=form, date_order=plan.date_order, zone=plan.timezone, day_0=day_0)
            continue
        try:
            cells = [row[each.header.index(plan.columns[name])] for each in files for _, row in each.rows]
            if plan.date_order:
                cells = [cell for cell in cells if not isinstance(cell, str)] or ["0:00"]
                kept = guess_form(cells, zone=plan.timezone, day_0=day_0)
                found[name] = TimeForm(form=kept.form, date_order=plan.date_order, zone=plan.timezone, day_0=day_0)
            else:
                found[name] = guess_form(cells, zone=plan.timezone, day_0=day_0)
        except TimeError as error:
            problems.append(Problem(file=str(files[0].path), key=plan.columns[name], rule=str(error)))
    if problems:
        raise InputError(problems)
    return found


def read_plan(path: Path) -> Plan:
    """Read a plan that was kept, with all its slips named at once."""
    label = str(path)
    try:
        raw = tomllib.loads(read_text(path, label=label, limit_bytes=MEGABYTE))
    except tomllib.TOMLDecodeError as error:
        raise refuse(path, f"is not valid TOML: {error}", key="--columns") from error
    problems = [
        Problem(file=label, key=key, rule="is not known", hint=near_match(key, [*_CHOICES, *_TABLES]))
        for key in raw
        if key not in _CHOICES and key not in _TABLES
    ]
    for name, known in _TABLES.items():
        problems += _table_problems(label, name, raw.get(name, {}), known)
    problems += [
        Problem(file=label, key=key, rule="must be a text", value=raw[key])
        for key in _CHOICES
        if not isinstance(raw.get(key, ""), str)
    ]
    if problems:
        raise InputError(problems)
    columns = {name: column for name, column in raw.get("columns", {}).items() if column}
    plan = Plan(**{**raw, "columns": columns})
    check_choices(plan, label=label)
    return plan


def _table_problems(label: str, name: str, stated: Any, known: Iterable[str]) -> list[Problem]:
    if not isinstance(stated, dict):
        return [Problem(file=label, key=name, rule="must be a table", value=stated)]
    found = []
    for key, value in stated.items():
        where = f"{name}.{key}"
        if key not in known:
            found.append(Problem(file=label, key=where, rule=one_of(known), hint=near_match(key, known)))
        elif not isinstance(value, str):
            found.append(Problem(file=label, key=where, rule="must be a text", value=value))
        elif name == "units" and value not in UNITS[key]:
            found.append(Problem(file=label, key=where, rule=one_of(UNITS[key]), value=value))
        elif name == "forms" and value not in FORMS:
            found.append(Problem(file=label, key=where, rule=one_of(FORMS), value=value))
    return found


def check_choices(plan: Plan, *, label: str) -> None:
    """Refuse a time zone, a date order or a start of the day that is none."""
    problems = []
    if plan.timezone and not _is_zone(plan.timezone):
        rule = 'must be the name of a time zone such as "Asia/Shanghai"'
        problems.append(Problem(file=label, key="timezone", rule=rule, value=plan.timezone))
    if plan.date_order and plan.date_order not in DATE_ORDERS:
        problems.append(Problem(file=label, key="date_order", rule=one_of(DATE_ORDERS), value=plan.date_order))
    try:
        is_early = seconds_of_day(plan.day_starts) <= seconds_of_day("12:00")
    except ValueError:
        is_early = False
    if not is_early:
        rule = 'must be a time of day such as "04:00", at most 12:00'
        problems.append(Problem(file=label, key="day_starts", rule=rule, value=plan.day_starts))
    if problems:
        raise InputError(problems)


def _is_zone(name: str) -> bool:
    try:
        ZoneInfo(name)
    except (KeyError, ValueError, OSError):
        return False
    return True
