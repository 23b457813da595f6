"""What can be told of a planner's own policy without running it: where its code lies, its hash, whether it may fit."""

from __future__ import annotations

import ast
import hashlib
import multiprocessing
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from dronesim.dispatch import source_of
from dronesim.telling import tell_planner

NO_PYTHON: Final = "belongs to Python's own library"
NO_CLASS: Final = "is a class; name a function, or an instance that can be called"
NO_VIEW: Final = "can't be called with one positional argument"

_NAMED: Final[set[str]] = set()
"""Policies that were named to the planner in this process, with their hashes."""

_PACKAGE: Final = Path(__file__).resolve().parents[1]
_FUNCTIONS: Final = (ast.FunctionDef, ast.AsyncFunctionDef)
_DEFINITIONS: Final = (*_FUNCTIONS, ast.ClassDef)
_BINDING: Final = (ast.Assign, ast.AnnAssign, ast.For, ast.With, ast.Expr)
_NOT_CALLABLE: Final = (ast.Constant, ast.List, ast.Tuple, ast.Dict, ast.Set)
_WAYS_IN: Final = frozenset({"globals", "vars", "locals", "exec", "eval", "setattr"})
"""By these a module may bind names that its text does not show."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PolicySource:
    """The file of a policy that is not built in, and its SHA-256 in hexadecimal."""

    name: str
    file: Path
    sha256: str

    def __str__(self) -> str:
        return f"{self.name} of {self.file} (SHA-256 {self.sha256})"

    def content(self) -> dict[str, str]:
        """Give it for JSON."""
        return {"name": self.name, "file": str(self.file), "sha256": self.sha256}


def policy_source(name: str, *, folder: Path | None) -> PolicySource | None:
    """Find the file of a policy by its name, ``module:name``; None where there is no file to see."""
    file = source_of(name.partition(":")[0], folder=folder)
    if file is None:
        return None
    return PolicySource(name=name, file=file, sha256=hashlib.sha256(file.read_bytes()).hexdigest())


def name_aloud(source: PolicySource) -> None:
    """Tell on standard error, once a process, whose code is about to run; workers leave it to their parent.

    A module of dronesim itself is no news.
    """
    if source.file.resolve().is_relative_to(_PACKAGE):
        return
    text = f"runs code that is not part of dronesim: policy {source}, and what it imports from beside it"
    if text in _NAMED or multiprocessing.parent_process() is not None:
        return
    _NAMED.add(text)
    tell_planner(text)


def unfit_by_reading(source: PolicySource) -> str | None:
    """Say why the name in a policy's file can't be a policy, as far as its text tells; None where it may be one."""
    module, _, attribute = source.name.partition(":")
    if module.partition(".")[0] in sys.stdlib_module_names:
        return NO_PYTHON
    try:
        tree = ast.parse(source.file.read_bytes(), filename=str(source.file))
        compile(tree, str(source.file), "exec", dont_inherit=True)
    except (SyntaxError, ValueError) as error:
        return f"can't be imported: {type(error).__name__}: {error}"
    bound = [node for node in _statements(tree.body) if attribute in _names(node)]
    if bound or _is_open(tree):
        return _unfit(bound[-1], source.name) if bound else None
    return _nothing_there(source.name)


def parameters_by_reading(source: PolicySource) -> dict[str, None] | None:
    """Name the parameters that a policy's file declares for it; None where its text alone does not tell."""
    tree = ast.parse(source.file.read_bytes(), filename=str(source.file))
    attribute = source.name.partition(":")[2]
    bound = [node for node in _statements(tree.body) if attribute in _names(node)]
    if _is_open(tree) or len(bound) != 1 or not isinstance(bound[0], _FUNCTIONS) or bound[0].decorator_list:
        return None
    return dict.fromkeys(each.arg for each in bound[0].args.kwonlyargs)


def _nothing_there(name: str) -> str:
    module, _, attribute = name.partition(":")
    return f"module {module} has no callable named {attribute}"


def _unfit(node: ast.stmt, name: str) -> str | None:
    if isinstance(node, ast.ClassDef):
        return NO_CLASS
    value = node.value if isinstance(node, ast.Assign | ast.AnnAssign) else None
    if isinstance(value, _NOT_CALLABLE):
        return _nothing_there(name)
    if isinstance(value, ast.Lambda):
        return _unfit_arguments(value.args)
    is_plain = isinstance(node, _FUNCTIONS) and not node.decorator_list
    return _unfit_arguments(node.args) if is_plain and isinstance(node, _FUNCTIONS) else None


def _unfit_arguments(stated: ast.arguments) -> str | None:
    """Say whether a function can't be called with the view alone."""
    given = [*stated.posonlyargs, *stated.args]
    is_short = not given and stated.vararg is None
    needs_more = len(given) - len(stated.defaults) > 1 or None in stated.kw_defaults
    return NO_VIEW if is_short or needs_more else None


def _statements(body: Sequence[ast.stmt]) -> Iterator[ast.stmt]:
    """Walk through the statements that may bind names of a module, those in its branches and loops too."""
    for node in body:
        yield node
        if isinstance(node, _DEFINITIONS):
            continue
        parts = [node, *getattr(node, "handlers", []), *getattr(node, "cases", [])]
        for part in parts:
            for name in ("body", "orelse", "finalbody"):
                yield from _statements(getattr(part, name, []))


def _names(node: ast.stmt) -> set[str]:
    """Name what a statement binds."""
    if isinstance(node, _DEFINITIONS):
        return {node.name}
    if isinstance(node, ast.Import | ast.ImportFrom):
        return {alias.asname or alias.name.partition(".")[0] for alias in node.names}
    parts = ast.walk(node) if isinstance(node, _BINDING) else ()
    return {part.id for part in parts if isinstance(part, ast.Name) and isinstance(part.ctx, ast.Store)}


def _is_open(tree: ast.Module) -> bool:
    """Tell whether a module may have names that its text does not show."""
    names = set[str]().union(*map(_names, _statements(tree.body)))
    used = {node.id for node in ast.walk(tree) if isinstance(node, ast.Name)}
    return not names.isdisjoint({"*", "__getattr__"}) or not used.isdisjoint(_WAYS_IN)
