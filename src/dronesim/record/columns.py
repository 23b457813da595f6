"""Tables kept as small as the engine writes them: texts as codes, times as milliseconds, arrays when asked for."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import accumulate
from typing import Any, Final, Protocol, TypeAlias, overload

import numpy as np
from numpy.typing import NDArray

from dronesim.record.folding import BLOCK, fold, unfold
from dronesim.units import MS

ABSENT: Final = -1
"""Stands for None among codes, and for a time that did not come."""


RowChoice: TypeAlias = "slice | NDArray[np.integer[Any]]"
"""Rows from one to another, or by their numbers."""


class Kept(Protocol):
    """A column in its small form."""

    def __len__(self) -> int:
        """Count the rows."""
        ...

    def part(self, rows: RowChoice) -> Kept:
        """Cut some rows out; a slice copies nothing."""
        ...

    def values(self) -> NDArray[Any]:
        """Make the column of a table, as ``Columns`` says."""
        ...


@dataclass(frozen=True, slots=True)
class Coded:
    """Texts by their number among ``names``, -1 for None; ``codes`` of shape ``(rows,)``, of any whole type."""

    names: Sequence[str]
    codes: NDArray[Any]

    def __len__(self) -> int:
        return len(self.codes)

    def part(self, rows: RowChoice) -> Coded:
        """Cut some rows out."""
        return Coded(self.names, self.codes[rows])

    def values(self) -> NDArray[Any]:
        """Give the texts."""
        # the last, which is that of -1, stays None
        table = np.empty(len(self.names) + 1, dtype=object)
        table[:-1] = self.names
        return np.asarray(table[self.codes])


@dataclass(frozen=True, slots=True)
class Looked:
    """Texts by a number that has a code: ``codes_of`` of shape ``(numbers,)``, ``numbers`` of shape ``(rows,)``."""

    names: Sequence[str]
    codes_of: NDArray[Any]
    numbers: NDArray[Any]

    def __len__(self) -> int:
        return len(self.numbers)

    def part(self, rows: RowChoice) -> Coded:
        """Cut some rows out, by their codes."""
        return Coded(self.names, self.codes_of[self.numbers[rows]])

    def values(self) -> NDArray[Any]:
        """Give the texts."""
        return self.part(slice(None)).values()


@dataclass(frozen=True, slots=True)
class Joined:
    """A column that lies in several places, ``parts`` of one form; texts have the same names in all of them."""

    parts: Sequence[Kept]

    def __len__(self) -> int:
        return sum(map(len, self.parts))

    def part(self, rows: RowChoice) -> Kept:
        """Cut some rows out, into one place."""
        begins = [0, *accumulate(map(len, self.parts))]
        if isinstance(rows, slice):
            begin, end, _ = rows.indices(begins[-1])
            met = range(max(bisect_right(begins, begin) - 1, 0), bisect_left(begins, max(end, 0)))
            chosen = [(part, slice(max(begin - begins[part], 0), end - begins[part])) for part in met]
            return _in_one([self.parts[part].part(of_it) for part, of_it in chosen] or [self.parts[0].part(slice(0))])
        if (rows[1:] < rows[:-1]).any():
            return self.part(slice(None)).part(rows)
        cuts = np.searchsorted(rows, begins).tolist()
        found = [
            part.part(rows[first:last] - begin)
            for part, begin, first, last in zip(self.parts, begins, cuts, cuts[1:], strict=False)
            if last > first
        ]
        return _in_one(found or [self.parts[0].part(slice(0))])

    def values(self) -> NDArray[Any]:
        """Make the column of a table."""
        return np.concatenate([part.values() for part in self.parts])


@dataclass(frozen=True, slots=True)
class Folded:
    """Rows of a column that are folded until they are asked for; ``make`` turns their numbers into a column."""

    folded: bytes
    rows: int
    kind: np.dtype[Any]
    make: Callable[[NDArray[Any]], Kept]

    def __len__(self) -> int:
        return self.rows

    def part(self, rows: RowChoice) -> Kept:
        """Cut some rows out."""
        count = len(range(*rows.indices(self.rows))) if isinstance(rows, slice) else len(rows)
        return self.make(unfold(self.folded, self.rows, self.kind)[rows] if count else np.empty(0, self.kind))

    def values(self) -> NDArray[Any]:
        """Make the column of a table."""
        return self.part(slice(None)).values()


def joined(parts: Sequence[Kept]) -> Joined:
    """Join columns, of which some may be joined already."""
    return Joined([each for part in parts for each in (part.parts if isinstance(part, Joined) else [part])])


def folded(column: Kept) -> Kept:
    """Fold what is made of numbers, block by block, if it is long."""
    if len(column) < 2 * BLOCK:
        return column
    parts = column.parts if isinstance(column, Joined) else [column]
    return Joined([block for part in parts for block in _blocks(part)])


def _blocks(column: Kept) -> Sequence[Kept]:
    numbers, make = _numbers_of(column)
    if numbers is None:
        return [column]
    parts = (numbers[begin : begin + BLOCK] for begin in range(0, len(numbers), BLOCK))
    return [Folded(fold(part), len(part), part.dtype, make) for part in parts]


def _numbers_of(column: Kept) -> tuple[NDArray[Any] | None, Callable[[NDArray[Any]], Kept]]:
    if isinstance(column, Coded):
        return column.codes, partial(Coded, column.names)
    if isinstance(column, Looked):
        return column.numbers, partial(_looked_up, column.names, column.codes_of)
    if isinstance(column, Whole):
        return column.numbers, Whole
    if isinstance(column, Milliseconds):
        return column.times_ms, Milliseconds
    return (column.floats, Measures) if isinstance(column, Measures) else (None, lambda _: column)


def _looked_up(names: Sequence[str], codes_of: NDArray[Any], numbers: NDArray[Any]) -> Coded:
    return Coded(names, codes_of[numbers])


def _in_one(parts: Sequence[Kept]) -> Kept:
    if len(parts) == 1:
        return parts[0]
    first = parts[0]
    if isinstance(first, Coded):
        return Coded(first.names, np.concatenate([part.codes for part in parts if isinstance(part, Coded)]))
    if isinstance(first, Measures):
        return Measures(np.concatenate([part.floats for part in parts if isinstance(part, Measures)]))
    if isinstance(first, Whole):
        return Whole(np.concatenate([part.numbers for part in parts if isinstance(part, Whole)]))
    return Milliseconds(np.concatenate([part.times_ms for part in parts if isinstance(part, Milliseconds)]))


@dataclass(frozen=True, slots=True)
class Texts:
    """Texts as they are, which somebody else keeps anyway."""

    texts: Sequence[str | None]

    def __len__(self) -> int:
        return len(self.texts)

    def part(self, rows: RowChoice) -> Texts:
        """Cut some rows out."""
        return Texts(self.texts[rows] if isinstance(rows, slice) else [self.texts[row] for row in rows.tolist()])

    def values(self) -> NDArray[Any]:
        """Give the texts."""
        found = np.empty(len(self.texts), dtype=object)
        found[:] = self.texts[:]
        return found


@dataclass(frozen=True, slots=True)
class Numbered(Sequence[str]):
    """Names of a letter and a number, from 0 on, each made when it is asked for: a long day's would fill the memory."""

    letter: str
    length: int

    def __len__(self) -> int:
        return self.length

    @overload
    def __getitem__(self, place: int) -> str: ...
    @overload
    def __getitem__(self, place: slice) -> Sequence[str]: ...
    def __getitem__(self, place: int | slice) -> str | Sequence[str]:
        chosen = range(self.length)[place]
        return f"{self.letter}{chosen}" if isinstance(chosen, int) else [f"{self.letter}{each}" for each in chosen]


@dataclass(frozen=True, slots=True)
class Whole:
    """Whole numbers of four bytes or fewer, shape ``(rows,)``."""

    numbers: NDArray[Any]

    def __len__(self) -> int:
        return len(self.numbers)

    def part(self, rows: RowChoice) -> Whole:
        """Cut some rows out."""
        return Whole(self.numbers[rows])

    def values(self) -> NDArray[Any]:
        """Give them with eight bytes each."""
        return self.numbers.astype(np.int64)


@dataclass(frozen=True, slots=True)
class Milliseconds:
    """Times in milliseconds, -1 for one that did not come, shape ``(rows,)``."""

    times_ms: NDArray[Any]

    def __len__(self) -> int:
        return len(self.times_ms)

    def part(self, rows: RowChoice) -> Milliseconds:
        """Cut some rows out."""
        return Milliseconds(self.times_ms[rows])

    def values(self) -> NDArray[Any]:
        """Give them in seconds, NaN for one that did not come."""
        times_s = self.times_ms / MS
        times_s[self.times_ms == ABSENT] = np.nan
        return times_s


@dataclass(frozen=True, slots=True)
class Measures:
    """Floats that lie among others, shape ``(rows,)``."""

    floats: NDArray[np.float64]

    def __len__(self) -> int:
        return len(self.floats)

    def part(self, rows: RowChoice) -> Measures:
        """Cut some rows out."""
        return Measures(self.floats[rows])

    def values(self) -> NDArray[Any]:
        """Give them by themselves."""
        return self.floats.copy()


class Table(Mapping[str, NDArray[Any]]):
    """A table like any other ``Columns``, whose columns are made anew whenever they are asked for, read-only.

    An array among ``columns`` is handed out as it is.
    """

    __slots__ = ("_columns",)

    def __init__(self, columns: Mapping[str, Kept | NDArray[Any]]) -> None:
        self._columns = dict(columns)

    def __getitem__(self, name: str) -> NDArray[Any]:
        column = self._columns[name]
        if isinstance(column, np.ndarray):
            return column
        # who wrote into it would write into the air
        made = column.values()
        made.setflags(write=False)
        return made

    def __iter__(self) -> Iterator[str]:
        return iter(self._columns)

    def __len__(self) -> int:
        return len(self._columns)

    def __repr__(self) -> str:
        return f"Table({dict(self)!r})"

    def kept(self, name: str) -> Kept | NDArray[Any]:
        """Give a column in the form in which it is kept."""
        return self._columns[name]

    def folded(self) -> Table:
        """Give the same table folded small, if it is long."""
        columns = self._columns.items()
        return Table({name: column if isinstance(column, np.ndarray) else folded(column) for name, column in columns})

    def part(self, rows: RowChoice) -> Table:
        """Cut some rows out."""
        return Table(
            {
                name: column[rows] if isinstance(column, np.ndarray) else column.part(rows)
                for name, column in self._columns.items()
            }
        )


def coded(texts: Sequence[str | None]) -> Coded:
    """Number texts of which there are few different ones."""
    names = [text for text in dict.fromkeys(texts) if text is not None]
    numbers: dict[str | None, int] = {name: number for number, name in enumerate(names)}
    numbers[None] = ABSENT
    codes = np.fromiter(map(numbers.__getitem__, texts), dtype=smallest(len(names)), count=len(texts))
    return Coded(names, codes)


def smallest(names: int) -> type[np.signedinteger[Any]]:
    """Give the smallest type that holds the codes of so many names."""
    return next((each for each in (np.int8, np.int16) if names <= np.iinfo(each).max), np.int32)


def rows_of(columns: Mapping[str, NDArray[Any]]) -> int:
    """Count the rows of a table."""
    first = next(iter(columns))
    return len(columns.kept(first) if isinstance(columns, Table) else columns[first])


def part_of(columns: Mapping[str, NDArray[Any]], rows: RowChoice) -> Mapping[str, NDArray[Any]]:
    """Cut some rows out of a table of either form."""
    if isinstance(columns, Table):
        return columns.part(rows)
    return {name: values[rows] for name, values in columns.items()}


def is_text(columns: Mapping[str, NDArray[Any]], name: str, *texts: str) -> NDArray[np.bool_]:
    """Tell which rows of a column have one of some texts, shape ``(rows,)``; no text is made where there are codes."""
    column = columns.kept(name) if isinstance(columns, Table) else columns[name]
    return _is_one(column, texts)


def _is_one(column: Kept | NDArray[Any], texts: Sequence[str]) -> NDArray[np.bool_]:
    if isinstance(column, Joined):
        return np.concatenate([_is_one(part, texts) for part in column.parts])
    if isinstance(column, Folded):
        return _is_one(column.part(slice(None)), texts)
    if isinstance(column, Coded | Looked):
        is_one = np.array([each in texts for each in column.names] + [False], dtype=np.bool_)
        return np.asarray(
            is_one[column.codes] if isinstance(column, Coded) else is_one[column.codes_of][column.numbers]
        )
    values = column if isinstance(column, np.ndarray) else column.values()
    found = np.zeros(len(values), dtype=np.bool_)
    for text in texts:
        found |= values == text
    return found


def coded_of(columns: Mapping[str, NDArray[Any]], name: str) -> Coded:
    """Give a column of texts by codes, those that it is kept by where it is."""
    column = _in_one_place(columns.kept(name)) if isinstance(columns, Table) else columns[name]
    return column if isinstance(column, Coded) else coded(columns[name].tolist())


def _in_one_place(column: Kept | NDArray[Any]) -> Kept | NDArray[Any]:
    return column.part(slice(None)) if isinstance(column, Joined | Looked | Folded) else column


def differ(columns: Mapping[str, NDArray[Any]], one: str, other: str) -> NDArray[np.bool_]:
    """Tell in which rows two columns have different texts, shape ``(rows,)``."""
    if isinstance(columns, Table):
        left, right = (_in_one_place(columns.kept(name)) for name in (one, other))
        if isinstance(left, Coded) and isinstance(right, Coded) and left.names is right.names:
            return np.asarray(left.codes != right.codes)
    return np.asarray(columns[one] != columns[other])
