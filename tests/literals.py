"""Finds the numbers that stand in the code of a module: each with its place, but for what can't hide a law.

A *place* is the module and the name that a number belongs to: ``aircraft.battery.CV_CHARGE`` for a constant,
``weather.Wind.speed_mps`` for the default of a field, ``simulation.plans.Planner.leg(by_s)`` for the default of an
argument, ``simulation.plans.Planner.leg`` for a number in the body of a function.

Passed over, because no law of the world hides there:

- 0 anywhere, -1 as a whole number (none of it), and 1, -1 and 2 inside an expression (a half, a square, a step, a
  complement); as the whole value of a constant or of a default 1, 1.0, -1.0 and 2 do count, of a variable 1.0 and 2.0;
- whole numbers in the brackets of an index or slice (columns), as an exponent, and on either side of a shift (sizes in
  powers of two);
- whole numbers that shape an array, in a call of ``empty``, ``zeros``, ``ones``, ``full`` or ``reshape``, ``range`` of
  up to 4 (axes, corners of a box), the ``maxsize`` of a cache, an axis;
- tolerances: a constant of its own, at most a millionth;
- in the models of a scenario and in troubles: defaults and limits of keys, which ``about``, ``Field`` and ``Key``
  declare.
"""

from __future__ import annotations

import ast
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path
from typing import Final

Number = int | float

SMALL: Final = (1, 2)
TOLERANCE: Final = 1e-6
SHAPES: Final = frozenset({"empty", "zeros", "ones", "full", "reshape"})
DECLARATIONS: Final = frozenset({"about", "Field", "Key"})
AXES: Final = 4
_PASSED_KEYWORDS: Final = frozenset({"maxsize", "axis"})


def numbers_of(source: str, module: str) -> dict[str, list[Number]]:
    """List the numbers of a module by place, in the order in which they stand there."""
    found = defaultdict[str, list[Number]](list)
    for place, number in _Walk(module).in_body(ast.parse(source).body, ()):
        found[place].append(number)
    return dict(found)


def numbers_below(folder: Path, *, package: Path) -> dict[str, list[Number]]:
    """List the numbers of a module or of all modules of a package, by place."""
    files = sorted(folder.rglob("*.py")) if folder.is_dir() else [folder]
    found: dict[str, list[Number]] = {}
    for file in files:
        module = ".".join(file.relative_to(package).with_suffix("").parts).removesuffix(".__init__")
        found |= numbers_of(file.read_text(encoding="utf-8"), module)
    return found


class _Walk:
    """One module on the way: ``where`` holds the names of the classes and functions around a statement."""

    def __init__(self, module: str) -> None:
        self._module = module
        self._declares_keys = module.startswith(("scenario.", "simulation.trouble."))

    def in_body(self, body: list[ast.stmt], where: tuple[str, ...]) -> Iterator[tuple[str, Number]]:
        for statement in body:
            match statement:
                case ast.ClassDef():
                    yield from self.in_body(statement.body, (*where, statement.name))
                case ast.FunctionDef():
                    yield from self._in_function(statement, (*where, statement.name))
                case ast.Assign(targets=[ast.Name() as target]) | ast.AnnAssign(target=ast.Name() as target):
                    yield from self._named(statement, (*where, target.id))
                case _:
                    yield from self._inside(statement, where)

    def _named(self, statement: ast.Assign | ast.AnnAssign, where: tuple[str, ...]) -> Iterator[tuple[str, Number]]:
        """Take the whole value of a name at its word, all but 0; let tolerances pass."""
        number = None if statement.value is None else _number(statement.value)
        if number is None:
            yield from self._inside(statement, where)
        elif not (abs(number) <= TOLERANCE or _is_none(number)):
            yield self._place(where), number

    def _in_function(self, function: ast.FunctionDef, where: tuple[str, ...]) -> Iterator[tuple[str, Number]]:
        arguments = function.args
        positional = [*arguments.posonlyargs, *arguments.args]
        defaults = [
            *zip(positional[len(positional) - len(arguments.defaults) :], arguments.defaults, strict=True),
            *zip(arguments.kwonlyargs, arguments.kw_defaults, strict=True),
        ]
        for argument, default in defaults:
            number = None if default is None else _number(default)
            if number is not None and number != 0 and not _is_none(number):
                yield f"{self._place(where)}({argument.arg})", number
            elif default is not None:
                yield from self._inside(default, where)
        for decorator in function.decorator_list:
            yield from self._inside(decorator, where)
        for statement in function.body:
            yield from self._inside(statement, where)

    def _inside(self, node: ast.AST, where: tuple[str, ...]) -> Iterator[tuple[str, Number]]:
        number = _number(node)
        if number is not None:
            if abs(number) not in (0, *SMALL):
                yield self._place(where), number
            return
        if isinstance(node, ast.FunctionDef | ast.ClassDef):
            yield from self.in_body([node], where)
            return
        whole = _number(node.value) if isinstance(node, ast.Assign) else None
        if isinstance(whole, float) and whole:
            # a law may be named in a function as well
            yield self._place(where), whole
            return
        for part in _parts(node, declares_keys=self._declares_keys):
            yield from self._inside(part, where)

    def _place(self, where: tuple[str, ...]) -> str:
        return ".".join((self._module, *where))


def _number(node: ast.AST) -> Number | None:
    """Give the number that a node is, with its sign; None where it is none."""
    match node:
        case ast.Constant(value=bool()):
            return None
        case ast.Constant(value=int() | float() as value):
            return value
        case ast.UnaryOp(op=ast.USub(), operand=ast.Constant(value=int() | float() as value)):
            return -value
    return None


def _is_none(number: Number) -> bool:
    return isinstance(number, int) and number == -1


def _parts(node: ast.AST, *, declares_keys: bool) -> Iterator[ast.AST]:
    """List the parts of a node in which a law may hide."""
    match node:
        case ast.Subscript():
            yield node.value
            yield from (part for part in ast.walk(node.slice) if isinstance(part, ast.Call))
        case ast.BinOp(op=ast.Pow()):
            yield node.left
            if not isinstance(_number(node.right), int):
                yield node.right
        case ast.BinOp(op=ast.LShift() | ast.RShift()):
            yield from (part for part in (node.left, node.right) if not isinstance(_number(part), int))
        case ast.Call():
            yield from _arguments(node, declares_keys=declares_keys)
        case ast.AnnAssign():
            yield from () if node.value is None else (node.value,)
            yield from (node.annotation,) if not declares_keys else ()
        case _:
            yield from ast.iter_child_nodes(node)


def _arguments(call: ast.Call, *, declares_keys: bool) -> Iterator[ast.AST]:
    name = call.func.attr if isinstance(call.func, ast.Attribute) else getattr(call.func, "id", "")
    if declares_keys and name in DECLARATIONS:
        return
    yield call.func
    values: list[ast.AST] = [*call.args, *(word.value for word in call.keywords if word.arg not in _PASSED_KEYWORDS)]
    for value in values:
        if name in SHAPES:
            yield from _without_sizes(value)
        elif not (name == "range" and isinstance(_number(value), int) and abs(_number(value) or 0) <= AXES):
            yield value


def _without_sizes(value: ast.AST) -> Iterator[ast.AST]:
    """Pass over the whole numbers of a shape."""
    parts = value.elts if isinstance(value, ast.Tuple) else [value]
    yield from (part for part in parts if not isinstance(_number(part), int))
