"""The files that a planner's own policy is made of: modules and weights beside it, found in its text alone."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from dronesim.letters import is_steering
from dronesim.record.folder import MANIFEST

_LONGEST: Final = 200
_SUFFIX: Final = re.compile(r"\.\w{1,8}")
_CACHE: Final = "__pycache__"


def files_of_policy(source: Path, home: Path, *, package: str | None = None) -> list[Path]:
    """List a policy's file, the modules from beside it that it imports, and the files there that any of them names.

    ``package``: the name under which modules of ``home`` import each other, if it is a package.

    A text names a file, a folder with all that lies in it, a pattern (``"weights-*.npz"``, or an f-string, whose parts
    that are worked out may be anything), or all files beside it with an ending, as ``".npz"``.
    """
    home = home.resolve()
    modules, todo = set[Path](), [source.resolve()]
    named = set[Path]()
    while todo:
        module = todo.pop()
        if module in modules:
            continue
        modules.add(module)
        tree = _tree(module)
        if tree is not None:
            todo += [found for found in _imported(tree, module, home, package) if found not in modules]
            named |= {
                path for text in _texts(tree) for folder in {home, module.parent} for path in _named(text, folder)
            }
    return sorted(modules | {path for path in named if path.is_relative_to(home)})


def _tree(module: Path) -> ast.Module | None:
    try:
        return ast.parse(module.read_bytes())
    except (SyntaxError, ValueError):
        return None


def _imported(tree: ast.Module, module: Path, home: Path, package: str | None) -> Iterator[Path]:
    """Find the modules beside a policy that a module imports, and the packages on the way to them."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            for alias in node.names:
                yield from _files(home, alias.name)
        elif isinstance(node, ast.ImportFrom):
            folder = home if not node.level else [module, *module.parents][node.level]
            base = node.module or ""
            if package is not None and not node.level:
                base = base.removeprefix(f"{package}.")
            for alias in node.names:
                yield from _files(folder, f"{base}.{alias.name}" if base else alias.name)


def _files(folder: Path, name: str) -> Iterator[Path]:
    place = folder
    for part in name.split("."):
        place = place / part
        for file in (place.with_suffix(".py"), place / "__init__.py"):
            if file.is_file():
                yield file.resolve()


def _texts(tree: ast.Module) -> Iterator[str]:
    """Give the texts in a module; what an f-string works out is a star."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            yield node.value
        elif isinstance(node, ast.JoinedStr):
            yield "".join(str(part.value) if isinstance(part, ast.Constant) else "*" for part in node.values)


def _named(text: str, folder: Path) -> Iterator[Path]:
    """Find the files in a folder that a text names, if it looks as if it named any."""
    if not text.strip("./*\\") or len(text) > _LONGEST or is_steering(text):
        return
    if _SUFFIX.fullmatch(text):
        text = f"*{text}"
    try:
        found = sorted(folder.glob(text)) if "*" in text and not text.startswith("/") else [folder / text]
        for path in found:
            yield from _all_in(path.resolve(), folder.resolve())
    except (OSError, ValueError, NotImplementedError):
        return


def _all_in(path: Path, folder: Path) -> Iterator[Path]:
    if path.is_file():
        yield path
    elif path.is_dir() and path != folder and path.is_relative_to(folder) and not (path / MANIFEST).exists():
        for inner in sorted(path.iterdir()):
            if inner.name != _CACHE and not inner.name.startswith("."):
                yield from _all_in(inner, folder)
