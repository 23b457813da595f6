"""Factors of a sweep: which keys vary over which values, and the points that come of it."""

from __future__ import annotations

import itertools
import json
import math
import tomllib
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

from dronesim.errors import InputError, Problem

MOST_POINTS: Final = 10_000
_FORM: Final = "must look like key=low:high:step, key=low:high or key=value,value"


@dataclass(frozen=True, slots=True, kw_only=True)
class Factor:
    """A key and its values; where ``bounds`` are there, every number between them (whole ones, if they are)."""

    key: str
    values: tuple[Any, ...]
    bounds: tuple[float, float] | None = None

    def at(self, share: float) -> Any:
        """Give the value at a share, 0 to 1, of the way through."""
        if self.bounds is None:
            return self.values[min(int(share * len(self.values)), len(self.values) - 1)]
        low, high = self.bounds
        if isinstance(low, int) and isinstance(high, int):
            return min(low + math.floor(share * (high - low + 1)), high)
        return low + share * (high - low)

    def between_fractions(self) -> Factor:
        """Give the same factor with every number between its bounds, not only whole ones."""
        return self if self.bounds is None else replace(self, bounds=(float(self.bounds[0]), float(self.bounds[1])))


Combination = dict[str, Any]
"""A value for each key."""


def parse_factor(text: str) -> Factor:
    """Read ``fleet.drones=20:80:10`` (both ends in), ``fleet.drones=20:80`` or ``dispatch.policy=nearest,greedy``.

    Raises
    ------
    InputError
        The text is none of these, or has no value.
    """
    key, has_sign, written = text.partition("=")
    values = written.strip()
    if not has_sign or not key.strip() or not values:
        raise _problem(text, _FORM)
    parts = [_value(part) for part in _split(values)]
    if len(parts) == 1 and ":" in values and not values.startswith(("{", '"', "[")):
        return _range(text, key.strip(), values)
    return Factor(key=key.strip(), values=tuple(parts))


def _split(values: str) -> list[str]:
    """Split at commas; a list, table or text in quotes stays whole."""
    if values.startswith(("{", "[", '"')):
        return [values]
    return [part.strip() for part in values.split(",")]


def _range(text: str, key: str, values: str) -> Factor:
    numbers = [_value(part.strip()) for part in values.split(":")]
    is_numeric = all(isinstance(number, int | float) and not isinstance(number, bool) for number in numbers)
    if not is_numeric:
        return Factor(key=key, values=(values,))
    if not all(math.isfinite(number) for number in numbers):
        raise _problem(text, f"{_FORM}, all of them finite")
    if len(numbers) not in (2, 3) or numbers[0] > numbers[1] or (len(numbers) == 3 and numbers[2] <= 0):
        raise _problem(text, f"{_FORM}, with low up to high and a step above 0")
    low, high = numbers[:2]
    step = numbers[2] if len(numbers) == 3 else 1 if isinstance(low, int) and isinstance(high, int) else high - low
    count = math.floor((high - low) / step + 1e-9) + 1 if step else 1
    if count > MOST_POINTS:
        raise _problem(text, f"has more than {MOST_POINTS:,} values")
    steps = tuple(_rounded(low + number * step) for number in range(count))
    return Factor(key=key, values=steps, bounds=(low, high) if len(numbers) == 2 else None)


def _rounded(number: float) -> float:
    """Leave out the last digits, which are those of the machine: 0.1 + 2 x 0.1 is 0.3."""
    return number if isinstance(number, int) else float(f"{number:.12g}")


def _value(written: str) -> Any:
    """Read a TOML value; what is none is text."""
    try:
        return tomllib.loads(f"value = {written}")["value"]
    except ValueError:
        return written


def full_factorial(factors: Sequence[Factor]) -> list[Combination]:
    """Combine every value of each factor with every one of the others, the last factor fastest."""
    count = math.prod(len(factor.values) for factor in factors)
    if count > MOST_POINTS:
        raise _problem(f"{count:,} points", f"must not make more than {MOST_POINTS:,} points; try --sample lhs:200")
    keys = [factor.key for factor in factors]
    return [dict(zip(keys, values, strict=True)) for values in itertools.product(*(f.values for f in factors))]


def latin_hypercube(factors: Sequence[Factor], *, points: int, seed: int) -> list[Combination]:
    """Spread points over the factors so that each is covered evenly (scipy's Latin hypercube); each once."""
    from scipy.stats import qmc

    places = qmc.LatinHypercube(d=len(factors), rng=seed).random(points)
    drawn = [{f.key: f.at(share) for f, share in zip(factors, row.tolist(), strict=True)} for row in places]
    return list({json.dumps(combination): combination for combination in drawn}.values())


def parse_sample(text: str) -> int:
    """Read ``lhs:100``: the number of points of a Latin hypercube."""
    kind, _, count = text.partition(":")
    if kind != "lhs" or not count.isdigit() or not 1 <= int(count) <= MOST_POINTS:
        rule = f"must look like lhs:100, with 1 to {MOST_POINTS:,} points"
        raise InputError([Problem(file="command line", key="--sample", rule=rule, value=text)])
    return int(count)


def setting(key: str, value: Any) -> str:
    """Write a value as ``--set`` takes it; the keys of a table stand as they are."""
    return f"{key}={_inline(value)}"


def _inline(value: Any) -> str:
    from dronesim.scenario.dump import toml_value

    if isinstance(value, dict):
        return f"{{ {', '.join(f'{name} = {_inline(part)}' for name, part in value.items())} }}"
    if isinstance(value, list):
        return f"[{', '.join(map(_inline, value))}]"
    return toml_value(value)


def _problem(value: str, rule: str) -> InputError:
    return InputError([Problem(file="command line", key="--vary", rule=rule, value=value)])
