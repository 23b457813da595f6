"""A scenario's keys as read from a TOML file, the files that it extends, and the command line."""

from __future__ import annotations

import os
import tomllib
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from dronesim.errors import InputError, Problem
from dronesim.scenario.files import MEGABYTE, read_text
from dronesim.scenario.foreign import FOREIGN
from dronesim.scenario.origins import KeyPath, Origin, Origins
from dronesim.scenario.toml_lines import key_lines
from dronesim.scenario.toml_slips import syntax_problem

LIMIT_BYTES: Final = MEGABYTE
_SAVED: Final = "scenario.toml"
_OTHERS: Final = {
    **FOREIGN,
    ".geojson": "a map",
    ".json": "JSON",
    ".xls": "a workbook",
    ".py": "a Python program",
}
"""Forms that people name where a scenario is wanted."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Tree:
    """Unchecked keys and where they stand; ``values`` and ``places`` are filled while reading."""

    file: str
    folder: Path
    values: dict[str, Any] = field(default_factory=dict)
    places: dict[KeyPath, Origin] = field(default_factory=dict)

    @property
    def origins(self) -> Origins:
        """The places, with the file as the fallback."""
        return Origins(file=self.file, folder=self.folder, places=self.places)

    def replace(self, path: KeyPath, value: object, places: dict[KeyPath, Origin]) -> None:
        """Set a key of at most two parts, and forget what stood there before."""
        for known in [known for known in self.places if known[: len(path)] == path]:
            del self.places[known]
        self.places.update({place: origin for place, origin in places.items() if place[: len(path)] == path})
        holder: dict[Any, Any] = self.values if len(path) == 1 else self.values[str(path[0])]
        holder[path[-1]] = value

    def lay_over(self, upper: Tree) -> None:
        """Let another tree's keys win: tables merge key by key, the value of a key is replaced as a whole."""
        for key, value in upper.values.items():
            if isinstance(value, dict) and isinstance(self.values.get(key), dict):
                self.places.update({(key,): upper.places[key,]} if (key,) in upper.places else {})
                for inner, inner_value in value.items():
                    self.replace((key, inner), inner_value, upper.places)
            else:
                self.replace((key,), value, upper.places)


def read_tree(path: str | Path) -> Tree:
    """Read a scenario file and all that it extends; an InputError names what can't be read."""
    return _read_chain(Path(path), chain=())


def _read_chain(path: Path, *, chain: tuple[Path, ...]) -> Tree:
    tree = read_single(path)
    if "extends" not in tree.values:
        return tree
    base_path = _base_path(tree, (*chain, Path(os.path.realpath(path))))
    base = _read_chain(base_path, chain=(*chain, Path(os.path.realpath(path))))
    del tree.values["extends"]
    base.lay_over(tree)
    return Tree(file=tree.file, folder=tree.folder, values=base.values, places=base.places)


def _base_path(tree: Tree, chain: tuple[Path, ...]) -> Path:
    stated = tree.values["extends"]
    if not isinstance(stated, str):
        raise InputError([tree.origins.problem(("extends",), "must be text in quotes", value=stated)])
    path = Path(os.path.normpath(tree.folder / stated))
    if Path(os.path.realpath(path)) in chain:
        rule = "goes in a circle: " + " -> ".join(link.name for link in (*chain, path))
        raise InputError([tree.origins.problem(("extends",), rule, value=stated)])
    if not path.is_file():
        rule = "names a file that is not there"
        raise InputError([tree.origins.problem(("extends",), rule, value=stated)])
    return path


def read_single(path: Path) -> Tree:
    """Read a TOML file by itself; an InputError names what can't be read."""
    label = str(path)
    form = _OTHERS.get(path.suffix.lower())
    if form is not None and path.is_file():
        rule = f"is {form} by its name, and a scenario is TOML: `dronesim new scenario` writes one, which names its map"
        raise InputError([Problem(file=label, key="file", rule=rule)])
    if path.is_dir():
        inside = [
            name for name in (_SAVED, *sorted(each.name for each in path.glob("*.toml"))) if (path / name).is_file()
        ]
        hint = str(path / inside[0]) if inside else None
        raise InputError([Problem(file=label, key="file", rule="is a folder, not a file", hint=hint)])
    text = read_text(path, label=label, limit_bytes=LIMIT_BYTES)
    try:
        values = tomllib.loads(text)
        lines = key_lines(text)
    except RecursionError as error:
        rule = "is nested too deeply"
        raise InputError([Problem(file=label, key="file", rule=rule)]) from error
    except ValueError as error:
        raise InputError([syntax_problem(label, text, str(error))]) from error
    folder = path.parent
    places = {key: Origin(label=label, line=line, folder=folder) for key, line in lines.items()}
    return Tree(file=label, folder=folder, values=values, places=places)
