"""Modules of a planner's own policy: found beside the scenario, read from their source, without shadowing others."""

from __future__ import annotations

import importlib
import sys
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.machinery import SOURCE_SUFFIXES, FileFinder, ModuleSpec, PathFinder, SourceFileLoader
from pathlib import Path
from types import CodeType, ModuleType
from typing import Final

_STAYS: Final = frozenset({"dronesim", "__main__"})


class _FromSource(SourceFileLoader):
    """Loads a module from its source: bytecode that lies beside it may be of another, and none is left there."""

    def get_code(self, fullname: str) -> CodeType:
        path = self.get_filename(fullname)
        code: CodeType = self.source_to_code(self.get_data(path), path)
        return code


@dataclass(frozen=True, slots=True, kw_only=True)
class _Beside:
    """Finds modules in a folder and its packages: of those at the top ``name`` alone, or any if None."""

    folder: Path
    name: str | None

    def find_spec(
        self, fullname: str, path: Sequence[str] | None = None, _target: ModuleType | None = None
    ) -> ModuleSpec | None:
        """Find a module as Python's import asks for it; a folder is a package only by its name or ``__init__``."""
        if path is None:
            found = _look(fullname, [str(self.folder)]) if self.name in (None, fullname) else None
            return found if found is None or self.name is not None or found.loader is not None else None
        return _look(fullname, [place for place in path if Path(place).is_relative_to(self.folder)])


def _look(fullname: str, places: Iterable[str]) -> ModuleSpec | None:
    finders = (FileFinder(place, (_FromSource, SOURCE_SUFFIXES)) for place in places)
    return next((found for finder in finders if (found := finder.find_spec(fullname)) is not None), None)


@contextmanager
def importable(module_name: str, folder: Path) -> Iterator[None]:
    """Let a module be imported from a folder while the block lasts, and what it needs from beside it.

    The module itself comes from the folder before all others; what lies beside it is found only where nothing else
    has its name, so that no module of Python or of a package can be replaced by one of the folder.
    """
    top, _, _ = module_name.partition(".")
    first, last = _Beside(folder=folder, name=top), _Beside(folder=folder, name=None)
    sys.meta_path.insert(0, first)
    sys.meta_path.append(last)
    try:
        yield
    finally:
        sys.meta_path.remove(first)
        sys.meta_path.remove(last)


def forget(module_name: str) -> None:
    """Forget all modules that were imported from beside scenarios, and one by its name, so that it is imported anew.

    What is part of Python or of dronesim, or belongs to the program that runs, stays.
    """
    top, _, _ = module_name.partition(".")
    is_known = top in _STAYS or top in sys.stdlib_module_names
    for name, module in list(sys.modules.items()):
        loader = getattr(getattr(module, "__spec__", None), "loader", None)
        if isinstance(loader, _FromSource) or (name == module_name and not is_known):
            del sys.modules[name]
    importlib.invalidate_caches()


def source_of(module_name: str, *, folder: Path | None) -> Path | None:
    """Give the file that an import of a module would execute, and execute nothing; None where none is to be seen."""
    own = None if folder is None else _Beside(folder=folder.resolve(), name=module_name.partition(".")[0])
    spec: ModuleSpec | None = None
    places: Sequence[str] | None = None
    parts = module_name.split(".")
    for count in range(1, len(parts) + 1):
        name = ".".join(parts[:count])
        spec = None if own is None else own.find_spec(name, places)
        spec = spec or PathFinder.find_spec(name, places)
        if spec is None:
            return _loaded(module_name)
        places = spec.submodule_search_locations or []
    return _file(None if spec is None else spec.origin)


def _loaded(module_name: str) -> Path | None:
    return _file(getattr(sys.modules.get(module_name), "__file__", None))


def _file(name: str | None) -> Path | None:
    return Path(name) if name is not None and Path(name).is_file() else None
