"""Answers of experiments as notebooks show them: what their JSON says, as tables, escaped and without a script."""

from __future__ import annotations

import html
import math
from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

from dronesim.letters import harmless

_INTERVAL: Final = frozenset({"mean", "low", "high"})
_OF_INTERVALS: Final = _INTERVAL | {"sd", "count"}
"""What an estimate says; its standard deviation and count stand in the JSON."""
_SHOWN: Final = 12
"""So many figures stand open; the others are opened by a click."""
_LONG: Final = 40
"""A list with more rows is opened by a click."""
_MOST: Final = 300
"""So many rows of a list are shown."""
_LEFT: Final = 'style="text-align:left"'
_SKIPPED: Final = frozenset({"schema_version", "name"})
_NOTHING: Final = "-"

Content = Mapping[str, Any]


class InNotebooks(ABC):
    """Shows an answer in a notebook by its ``content``."""

    __slots__ = ()

    @abstractmethod
    def content(self) -> dict[str, Any]:
        """Give it for JSON."""

    def _repr_html_(self) -> str:
        return answer_html(self.content(), title=type(self).__name__)


def _escaped(text: str) -> str:
    return html.escape(harmless(text))


def answer_html(content: Content, *, title: str) -> str:
    """Show what an answer says once as a table, and what it says value by value as one more each."""
    head = f"{title} of {content['name']}" if isinstance(content.get("name"), str) else title
    once = [(key, text) for key, text in _once(content, ()) if key not in _SKIPPED and text != _NOTHING]
    lists = "".join(_list_table(key, value) for key, value in _lists(content, ()))
    return f'<div class="dronesim"><strong>{_escaped(head)}</strong>{_table(once)}{lists}</div>'


def _once(content: Content, path: tuple[str, ...]) -> Iterator[tuple[str, str]]:
    for key, value in content.items():
        here = (*path, str(key))
        if isinstance(value, Mapping) and not _is_interval(value):
            yield from _once(value, here)
        elif not _is_list_of_tables(value):
            yield ".".join(here), shown(value)
        if isinstance(value, Mapping) and _is_interval(value):
            yield from _once({key: kept for key, kept in value.items() if key not in _OF_INTERVALS}, here)


def _lists(content: Content, path: tuple[str, ...]) -> Iterator[tuple[str, Sequence[Content]]]:
    for key, value in content.items():
        here = (*path, str(key))
        if isinstance(value, Mapping):
            yield from _lists(value, here)
        elif _is_list_of_tables(value):
            yield ".".join(here), [item for item in value if isinstance(item, Mapping)]


def _is_interval(value: Content) -> bool:
    return value.keys() >= _INTERVAL


def _is_list_of_tables(value: Any) -> bool:
    return isinstance(value, list) and any(isinstance(item, Mapping) for item in value)


def shown(value: Any) -> str:
    """Show a value in few words: four digits, an interval behind its mean, a dash for nothing."""
    if value is None or (isinstance(value, float) and math.isnan(value)):
        return _NOTHING
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, float):
        return f"{value:.4g}"
    if isinstance(value, Mapping):
        ends = (
            ""
            if value["low"] is None or value["high"] is None
            else f" ({shown(value['low'])} to {shown(value['high'])})"
        )
        return f"{shown(value['mean'])}{ends}"
    if isinstance(value, list):
        return ", ".join(shown(item) for item in value) or _NOTHING
    return str(value)


def _table(rows: Sequence[tuple[str, str]]) -> str:
    """Show the first rows, which hold the answer, and the others behind a click."""
    return _plain_table(rows[:_SHOWN]) + _folded("more", rows[_SHOWN:])


def _folded(name: str, rows: Sequence[tuple[str, str]]) -> str:
    return f"<details><summary>{name} ({len(rows)})</summary>{_plain_table(rows)}</details>" if rows else ""


def _plain_table(rows: Sequence[tuple[str, str]]) -> str:
    body = "".join(f"<tr><th {_LEFT}>{_escaped(key)}</th><td {_LEFT}>{_escaped(text)}</td></tr>" for key, text in rows)
    return f"<table>{body}</table>"


def _list_table(key: str, items: Sequence[Content]) -> str:
    """Show a list of tables with a row each; intervals that stand in a row itself are put together."""
    rows = [dict(_once(_together(item), ())) for item in items[:_MOST]]
    columns = list(dict.fromkeys(column for row in rows for column in row))
    head = "".join(f"<th>{_escaped(column)}</th>" for column in columns)
    lines = ("".join(f"<td {_LEFT}>{_escaped(row.get(column, ''))}</td>" for column in columns) for row in rows)
    body = "".join(f"<tr>{line}</tr>" for line in lines)
    table = f"<table><caption>{_escaped(key)}</caption><tr>{head}</tr>{body}</table>"
    if len(items) <= _LONG:
        return table
    left_out = f", the first {_MOST}" if len(items) > _MOST else ""
    return f"<details><summary>{_escaped(key)} ({len(items)}{left_out})</summary>{table}</details>"


def _together(item: Content) -> Content:
    if not _is_interval(item):
        return item
    rest = {key: value for key, value in item.items() if key not in _OF_INTERVALS}
    return {**rest, "mean": {key: item[key] for key in _INTERVAL}}
