"""The answer of a study as a workbook for spreadsheets: a sheet each for answer, curve, cost and resources."""

from __future__ import annotations

import json
import tomllib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Final

from dronesim.errors import InputError, Problem
from dronesim.experiment.store import Store, is_void
from dronesim.export.formats import Exported, beside, check_free
from dronesim.export.texts import FORMULA_BEGINS
from dronesim.letters import harmless
from dronesim.record.folder import written_whole
from dronesim.record.plain import read_object
from dronesim.record.targets import writing_to
from dronesim.scenario.keys import NONE, scenario_keys

ENDING: Final = ".xlsx"
ANSWERS: Final = ("size", "sweep", "compare", "bottlenecks", "drill", "year", "intervals", "bound")
"""Names of the files that hold the answers of studies."""
_RECORDS: Final = "replications"
_LONGEST_CELL: Final = 32_000
_MOST_ROWS: Final = 1_048_575
_WIDEST: Final = 60
_TEXT: Final = "s"

Row = Mapping[str, Any]


def is_study(folder: Path) -> bool:
    """Tell whether a folder holds the answer of a study."""
    return bool(_answers(folder))


def export_study(folder: Path, place: Path | None = None) -> Exported:
    """Write the answers of a study, and what each of its finished days cost and used, as one workbook.

    A file that stands there is replaced; beside the study unless a ``place`` is named.

    Raises
    ------
    InputError
        It is no folder of a study, or not readable, or something else lies at the place.
    OutputError
        It can't be written.
    """
    target = beside(folder, ENDING) if place is None else place
    check_free(target, is_folder=False)
    names = _answers(folder)
    if not names:
        rule = f"holds no answer of a study ({', '.join(f'{name}.json' for name in ANSWERS)})"
        raise InputError([Problem(file=str(folder), key="study", rule=rule)])
    answers = {name: read_object(folder / f"{name}.json") for name in names}
    days, damaged = _days(folder / _RECORDS)
    with writing_to(target):
        target.parent.mkdir(parents=True, exist_ok=True)
        with written_whole(target.resolve()) as aside:
            _write(aside, answers, days[:_MOST_ROWS])
    return Exported(place=target, notes=tuple(_notes(days, damaged)))


def _notes(days: Sequence[Row], damaged: Sequence[str]) -> Iterator[str]:
    if not days:
        yield "the sheets cost and resources are empty: no finished days lie in the folder"
    if len(days) > _MOST_ROWS:
        yield f"{len(days) - _MOST_ROWS} days are left out: a sheet has no more rows"
    for name in damaged:
        yield f"a finished day is damaged and left out: {name}"


def _answers(folder: Path) -> list[str]:
    return [name for name in ANSWERS if (folder / f"{name}.json").is_file()]


def _days(folder: Path) -> tuple[list[Row], list[str]]:
    """Read the finished days that are whole, by fleet, seed and replication, and name the others."""
    store = Store(folder=folder)
    found: list[Row] = []
    damaged: list[str] = []
    for path in sorted(folder.glob("*.json")) if folder.is_dir() else ():
        record = store.peek(path.stem)
        if record is None:
            damaged.append(path.name)
        elif not is_void(record):
            found.append({"day": path.stem[:8], **record})
    found.sort(key=lambda day: (day["kpis"]["fleet"]["owned"], day["seed"], day["replication"], day["day"]))
    return found, damaged


def _write(place: Path, answers: Mapping[str, Row], days: Sequence[Row]) -> None:
    from openpyxl import Workbook

    book = Workbook(write_only=True)
    _sheet(book, "answer", (row for name, answer in answers.items() for row in _answer_rows(name, answer)))
    _sheet(book, "curve", [row for name, answer in answers.items() for row in _list_rows(name, answer)])
    rows = list(zip(days, labels_of(days), strict=True))
    _sheet(book, "cost", ({**_day_row(day), **label, **flat(day["kpis"]["cost"])} for day, label in rows))
    _sheet(book, "resources", ({**_day_row(day), **label, **flat(day["kpis"]["resources"])} for day, label in rows))
    with place.open("wb") as file:
        book.save(file)


def _answer_rows(name: str, answer: Row) -> Iterator[Row]:
    """List what is answered once, by its dotted name."""
    for key, value in flat(answer).items():
        yield {"study": name, "key": key, "value": value}


def _list_rows(name: str, answer: Row) -> Iterator[Row]:
    """List what is answered value by value: points of a curve, policies, gains."""
    for key, value in answer.items():
        if isinstance(value, list) and any(isinstance(item, Mapping) for item in value):
            yield from ({"study": name, "of": key, **flat(item)} for item in value if isinstance(item, Mapping))


def flat(content: Row, path: tuple[str, ...] = ()) -> dict[str, Any]:
    """Give what is nested by dotted names; lists of plain values as one text, lists of tables not at all."""
    found: dict[str, Any] = {}
    for key, value in content.items():
        here = (*path, str(key))
        if isinstance(value, Mapping):
            found |= flat(value, here)
        elif not isinstance(value, list):
            found[".".join(here)] = value
        elif not any(isinstance(item, Mapping) for item in value):
            found[".".join(here)] = ", ".join(json.dumps(item, ensure_ascii=False) for item in value)
    return found


def _day_row(day: Row) -> dict[str, Any]:
    """Say which day it is, and what came out."""
    kpis = day["kpis"]
    return {
        "day": day["day"],
        "seed": day["seed"],
        "replication": day["replication"],
        "drones_owned": kpis["fleet"]["owned"],
        "service_share": kpis["service"]["share"],
        "delivered": kpis["orders"]["delivered"],
    }


def labels_of(days: Sequence[Row]) -> list[dict[str, Any]]:
    """Give the settings in which days differ from one another, for each day: what was varied, by its key."""
    stated = [day.get("settings", {}) for day in days]
    keys = dict.fromkeys(key for settings in stated for key in settings)
    defaults = {key.path: key.default for key in scenario_keys() if key.path in keys}
    values = {key: [settings.get(key, defaults.get(key, NONE)) for settings in stated] for key in keys}
    varied = {key: column for key, column in values.items() if len(set(column)) > 1}
    return [{key: _plain(column[number]) for key, column in varied.items()} for number in range(len(days))]


def _plain(shown: str) -> Any:
    """Read a number, a flag or a text as TOML has it; what is neither stays as it is written."""
    try:
        found = tomllib.loads(f"value = {shown}")["value"]
    except tomllib.TOMLDecodeError:
        return shown
    return found if isinstance(found, str | int | float) else shown


def _sheet(book: Any, name: str, rows: Iterable[Row]) -> None:
    """Write rows under the names of all their columns, in the order in which these come."""
    kept = list(rows)
    sheet = book.create_sheet(name)
    sheet.freeze_panes = "A2"
    columns = list(dict.fromkeys(column for row in kept for column in row))
    for number, column in enumerate(columns):
        sheet.column_dimensions[_letters(number)].width = min(max(10, len(column) + 2), _WIDEST)
    sheet.append([_cell(sheet, column) for column in columns])
    for row in kept:
        sheet.append([_cell(sheet, row.get(column)) for column in columns])


def _letters(number: int) -> str:
    from openpyxl.utils import get_column_letter

    return str(get_column_letter(number + 1))


def _cell(sheet: Any, value: Any) -> Any:
    """Make a cell; a text stays one, whatever it begins with."""
    from openpyxl.cell import WriteOnlyCell

    if not isinstance(value, str):
        return value
    cell = WriteOnlyCell(sheet)
    cell.value = harmless(value)[:_LONGEST_CELL]
    cell.data_type = _TEXT
    cell.quotePrefix = value.startswith(FORMULA_BEGINS)
    return cell
