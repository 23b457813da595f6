"""The small changes that can be made to a module, and a fair draw among them.

What can be changed, and how, comes from the operators of cosmic-ray, but for the swaps that nobody makes by mistake
(a sum is not turned into a shift), and from two of our own: a call that stands alone is left out, and a least is
taken for a largest. What no run of sound code can notice is never drawn: type annotations, the marks ``*`` and ``/``
among parameters, and the guards ``strict`` of a zip and ``frozen``, ``slots``, ``kw_only`` of a dataclass.
"""

from __future__ import annotations

import ast
import random
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from itertools import islice
from typing import Any, Final

from cosmic_ray import plugins
from cosmic_ray.ast import ast_nodes, get_ast
from cosmic_ray.mutating import mutate_code
from parso.python.tree import Name

Place = tuple[int, int]
"""Line and column at which a change begins."""

_BINARY: Final = (
    *("Add_Sub", "Sub_Add", "Mul_Div", "Div_Mul", "FloorDiv_Mul", "Mod_FloorDiv", "Pow_Mul"),
    *("BitOr_BitAnd", "BitAnd_BitOr", "BitXor_BitAnd", "LShift_RShift", "RShift_LShift"),
)
_COMPARISON: Final = (
    *("Lt_LtE", "Lt_GtE", "LtE_Lt", "LtE_Gt", "Gt_GtE", "Gt_LtE", "GtE_Gt", "GtE_Lt"),
    *("Eq_NotEq", "NotEq_Eq", "Is_IsNot", "IsNot_Is"),
)
_UNARY: Final = ("Delete_USub", "Delete_Not", "Delete_Invert")
_OTHERS: Final = (
    *("AddNot", "NumberReplacer", "ZeroIterationForLoop", "ExceptionReplacer"),
    *("ReplaceTrueWithFalse", "ReplaceFalseWithTrue", "ReplaceAndWithOr", "ReplaceOrWithAnd"),
    *("ReplaceBreakWithContinue", "ReplaceContinueWithBreak"),
)
COSMIC_RAY: Final = (
    *(f"ReplaceBinaryOperator_{name}" for name in _BINARY),
    *(f"ReplaceComparisonOperator_{name}" for name in _COMPARISON),
    *(f"ReplaceUnaryOperator_{name}" for name in _UNARY),
    *_OTHERS,
)
SWAPPED: Final = {
    "min": "max",
    "max": "min",
    "minimum": "maximum",
    "maximum": "minimum",
    "argmin": "argmax",
    "argmax": "argmin",
    "any": "all",
    "all": "any",
    "floor": "ceil",
    "ceil": "floor",
    "bisect_left": "bisect_right",
    "bisect_right": "bisect_left",
}

GUARDS: Final = frozenset({"strict", "frozen", "slots", "kw_only"})


class SwapExtremes:
    """Takes the largest for the least, all for any, and the other way round."""

    def mutation_positions(self, node: Any) -> Iterator[tuple[Place, Place]]:
        """Find the names of such functions, but for those that an import names."""
        if node.type == "name" and node.value in SWAPPED and not node.parent.type.startswith("import"):
            yield node.start_pos, node.end_pos

    def mutate(self, node: Any, _index: int) -> Any:
        """Exchange the name."""
        node.value = SWAPPED[node.value]
        return node


class LeaveOutCall:
    """Leaves out a call whose result nobody uses."""

    def mutation_positions(self, node: Any) -> Iterator[tuple[Place, Place]]:
        """Find statements that are nothing but a call, or a wait for one."""
        if node.type == "simple_stmt" and node.children[0].type in {"atom_expr", "power", "yield_expr"}:
            yield node.children[0].start_pos, node.children[0].end_pos

    def mutate(self, node: Any, _index: int) -> Any:
        """Write ``pass`` in its place."""
        call = node.children[0]
        node.children[0] = Name("pass", call.start_pos, call.get_first_leaf().prefix)
        return node


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """One change: what an operator does where it applies for the ``occurrence``-th time in a module."""

    module: str
    line: int
    column: int
    operator: str
    occurrence: int


@cache
def operators() -> Mapping[str, Any]:
    """Give all operators by name."""
    known = {name: plugins.get_operator(f"core/{name}")() for name in COSMIC_RAY}
    return known | {"SwapExtremes": SwapExtremes(), "LeaveOutCall": LeaveOutCall()}


def changes_of(module: str, source: str) -> dict[Place, list[Change]]:
    """List the changes that can be made to a module by the place where they begin."""
    found = defaultdict[Place, list[Change]](list)
    nodes = list(ast_nodes(get_ast(source)))
    for name, operator in operators().items():
        positions = (position for node in nodes for position in operator.mutation_positions(node))
        for occurrence, ((line, column), _) in enumerate(positions):
            change = Change(module=module, line=line, column=column, operator=name, occurrence=occurrence)
            found[line, column].append(change)
    return found


def changed(source: str, change: Change) -> str:
    """Make the change."""
    mutated: str | None = mutate_code(source, operators()[change.operator], change.occurrence)
    if mutated is None:
        raise ValueError(f"{change.module}: {change.operator} does not apply {change.occurrence + 1} times")
    return mutated


def draw_changes(sources: Mapping[str, str], *, size: int, seed: int) -> list[Change]:
    """Draw places, each as likely as any other, and one change at each; fewer if there are not so many."""
    return list(islice(_drawn(sources, random.Random(seed)), size))  # noqa: S311


def _drawn(sources: Mapping[str, str], rng: random.Random) -> Iterator[Change]:
    places = [changes for module, source in sorted(sources.items()) for changes in _by_place(module, source)]
    rng.shuffle(places)
    for changes in places:
        change = rng.choice(changes)
        if does_something(sources[change.module], changed(sources[change.module], change)):
            yield change


def _by_place(module: str, source: str) -> Iterable[list[Change]]:
    return [changes for _, changes in sorted(changes_of(module, source).items())]


def does_something(source: str, mutated: str) -> bool:
    """Tell whether a change makes another program: one that can be read, and differs in more than guards."""
    try:
        return _bare(mutated) != _bare(source)
    except SyntaxError:
        return False


def _bare(source: str) -> str:
    return ast.dump(_Bare().visit(ast.parse(source)))


class _Bare(ast.NodeTransformer):
    """Takes annotations, marks and guards out of a tree."""

    def visit_Call(self, node: ast.Call) -> ast.AST:
        node.keywords = [keyword for keyword in node.keywords if keyword.arg not in GUARDS]
        return self.generic_visit(node)

    def visit_arg(self, node: ast.arg) -> ast.arg:
        node.annotation = None
        return node

    def visit_arguments(self, node: ast.arguments) -> ast.AST:
        node.args = [*node.posonlyargs, *node.args, *node.kwonlyargs]
        node.kw_defaults = [*node.defaults, *(default for default in node.kw_defaults if default is not None)]
        node.posonlyargs, node.kwonlyargs, node.defaults = [], [], []
        return self.generic_visit(node)

    def visit_AnnAssign(self, node: ast.AnnAssign) -> ast.AST:
        node.annotation = ast.Constant(None)
        return self.generic_visit(node)

    def visit_FunctionDef(self, node: ast.FunctionDef) -> ast.AST:
        node.returns = None
        return self.generic_visit(node)
