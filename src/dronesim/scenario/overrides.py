"""Keys set on the command line with ``--set fleet.drones=40``, laid over what the files say."""

from __future__ import annotations

import datetime
import tomllib
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from dronesim.errors import Problem
from dronesim.scenario.origins import KeyPath, Origin, dotted
from dronesim.scenario.tree import Tree

SYNTAX_RULE = "must look like table.key=value"


def apply_overrides(tree: Tree, overrides: Sequence[str]) -> list[Problem]:
    """Set each override in ``tree``; gives a problem for each that can't be understood."""
    found = [_apply(tree, text) for text in overrides]
    return [problem for problem in found if problem is not None]


def _apply(tree: Tree, text: str) -> Problem | None:
    label = f"--set {text}"
    key, is_there, written = text.partition("=")
    path = _key_path(key.strip())
    if not is_there or path is None:
        return Problem(file=label, key=key.strip() or "--set", rule=SYNTAX_RULE)
    if path == ("extends",):
        return Problem(file=label, key=key.strip(), rule="can only be stated in a scenario file")
    rule = _set(tree, path, _value(written.strip()))
    if rule is not None:
        return Problem(file=label, key=key.strip(), rule=rule)
    _place(tree, path, Origin(label=label, line=None, folder=Path()))
    return None


def _key_path(key: str) -> KeyPath | None:
    """Split a dotted key as TOML does, quotes included; None where it is none."""
    if "\n" in key or "=" in key:
        return None
    try:
        node: Any = tomllib.loads(f"{key} = 0")
    except ValueError:
        return None
    path: list[str] = []
    while isinstance(node, dict):
        ((part, node),) = node.items()
        path.append(part)
    return tuple(path)


def _value(written: str) -> object:
    """Read a TOML value; what is none is taken as text, so quotes may be left out."""
    try:
        value: object = tomllib.loads(f"value = {written}")["value"] if "\n" not in written else written
    except (ValueError, RecursionError):
        return written
    is_stamp = isinstance(value, datetime.date | datetime.datetime)
    return written if is_stamp else value


def _set(tree: Tree, path: KeyPath, value: object) -> str | None:
    node: Any = tree.values
    for depth, part in enumerate(path[:-1], start=1):
        if isinstance(node, list):
            return "is inside a list, which can only be set as a whole"
        node = node.setdefault(part, {})
        if not isinstance(node, dict | list):
            return _not_a_table(path, depth, node)
    if isinstance(node, list):
        return "is inside a list, which can only be set as a whole"
    node[path[-1]] = value
    return None


def _not_a_table(path: KeyPath, depth: int, found: object) -> str:
    """Say why a key can't be set inside a value, and how numbers of single sites are written."""
    holder = dotted(path[:depth])
    rule = f"can't be set: {holder} holds {found!r} and is not a table"
    is_site = isinstance(found, int) and not isinstance(found, bool) and depth == len(path) - 1
    return f"{rule}; for single sites write --set '{holder}={{{path[-1]}=3, ...}}'" if is_site else rule


def _place(tree: Tree, path: KeyPath, origin: Origin) -> None:
    for known in [known for known in tree.places if known[: len(path)] == path]:
        del tree.places[known]
    tree.places[path] = origin
