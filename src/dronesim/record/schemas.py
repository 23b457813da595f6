"""JSON Schemas of what a run leaves behind, made from the dataclasses and the tables' own columns."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from dronesim.record.facts import Facts
from dronesim.record.forms import DIALECT, closed_object, or_null, schema_of
from dronesim.record.incidents import INCIDENTS
from dronesim.record.kpis import Kpis
from dronesim.record.report import Report
from dronesim.record.resources import HOLDERS
from dronesim.record.tables import BOOL, END_STATES, FLOAT, INT, LEG_KINDS, LEG_OUTCOMES, SCHEMAS, TEXT, VERDICTS
from dronesim.record.waits import REASON_NAMES

_TYPES: Final = {INT: "integer", FLOAT: "number", TEXT: "string", BOOL: "boolean"}


def facts_schema() -> dict[str, Any]:
    """Give the JSON Schema of ``facts.json``."""
    return schema_of(Facts, title="dronesim facts")


def kpis_schema() -> dict[str, Any]:
    """Give the JSON Schema of ``kpis.json``."""
    return schema_of(Kpis, title="dronesim kpis")


def report_schema() -> dict[str, Any]:
    """Give the JSON Schema of ``report.json``."""
    return schema_of(Report, title="dronesim report")


def tables_schema() -> dict[str, Any]:
    """Give the JSON Schema of the tables as lists of rows by name; null where a table has nothing."""
    words = _vocabularies()
    tables = {name: {"type": "array", "items": _row(name, columns, words)} for name, columns in SCHEMAS.items()}
    always = [name for name in tables if name not in ("cleared", "flown")]
    return {"$schema": DIALECT, "title": "dronesim tables", **closed_object(tables, required=always)}


def _row(table: str, columns: Mapping[str, str], words: Mapping[str, tuple[str, ...]]) -> dict[str, Any]:
    cells = {name: _cell(kind, words.get(f"{table}.{name}")) for name, kind in columns.items()}
    return closed_object(cells, required=tuple(cells))


def _cell(kind: str, words: tuple[str, ...] | None) -> dict[str, Any]:
    if words is not None:
        return {"enum": list(words)}
    cell = {"type": _TYPES[kind]}
    return cell if kind == BOOL else or_null(cell)


def _vocabularies() -> dict[str, tuple[str, ...]]:
    """Give the words of the columns that have a vocabulary; these are never empty."""
    return {
        "orders.end_state": END_STATES,
        "legs.kind": LEG_KINDS,
        "legs.outcome": LEG_OUTCOMES,
        "occupancy.resource": tuple(HOLDERS),
        "waits.reason": REASON_NAMES,
        "incidents.kind": tuple(INCIDENTS),
        "scans.verdict": VERDICTS,
    }
