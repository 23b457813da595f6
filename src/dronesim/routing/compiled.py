"""Compiles the kernels of a day before it begins, in processes side by side.

Which they are, for which kinds of numbers, and in which modes of the airspace a day calls them, stands in
``kernels.json``, the dearest first; `benchmarks/kernels.py` writes it. A kernel that is missing there, or that no
process has left on disk, is compiled when it is first called.
"""

from __future__ import annotations

import gc
import json
import sys
from collections import deque
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from importlib import import_module
from pathlib import Path
from typing import IO, Any, Final, TypeAlias, cast

from numba.core import types

from dronesim import beside

LISTED: Final = Path(__file__).with_name("kernels.json")
FEW: Final = 3
"""So few kernels are compiled sooner than a process has started."""

_TUPLE: Any = types.BaseTuple

Row: TypeAlias = tuple[str, str, list[Any]]
"""A kernel: its module, its name, and its arguments as `stated_kind` gives them."""


def listed(mode: str | None = None) -> list[Row]:
    """Give the kernels that a day calls whose airspace is in a mode, by default in any."""
    rows = json.loads(LISTED.read_text(encoding="utf-8"))
    return [(module, name, kinds) for module, name, kinds, modes in rows if mode in (None, *modes)]


def stated_kind(kind: Any) -> Any:
    """Write a kind of argument as JSON has it.

    A number is its name, an array [number, dimensions, layout], a tuple {its class: its parts}.
    """
    if isinstance(kind, types.Array):
        return [str(kind.dtype), kind.ndim, kind.layout, *([] if kind.mutable else ["readonly"])]
    if isinstance(kind, _TUPLE):
        made = getattr(kind, "instance_class", tuple)
        return {f"{made.__module__}.{made.__qualname__}": [stated_kind(part) for part in kind.types]}
    return str(kind)


def kind_of(stated: Any) -> Any:
    """Read what `stated_kind` wrote."""
    if isinstance(stated, str):
        return types.boolean if stated == "bool" else getattr(types, stated)
    if isinstance(stated, list):
        number, dimensions, layout, *readonly = stated
        return types.Array(kind_of(number), dimensions, layout, readonly=bool(readonly))
    ((name, parts),) = stated.items()
    module, _, made = name.rpartition(".")
    return _TUPLE.from_types(tuple(map(kind_of, parts)), getattr(import_module(module), made))


def missing_kernels(mode: str | None = None) -> list[Row]:
    """Give those that are to be compiled: none where they are not compiled at all, or can't be kept on disk."""
    return [row for row in listed(mode) if _is_missing(_made(row))]


def _made(row: Row) -> Any:
    return getattr(import_module(row[0]), row[1])


def _is_missing(made: Any) -> bool:
    kept = getattr(getattr(made, "_cache", None), "_cache_file", None)
    if kept is None:
        return False
    try:
        return not kept._load_index()
    except OSError:
        return False


def compile_beside(
    rows: list[Row], *, workers: int, done: Callable[[int], None], begun: Sequence[beside.Compiler] = ()
) -> None:
    """Compile kernels in so many processes and keep them on disk; ``done`` is told how many are there.

    Those that have ``begun`` already are among them, and end with the others.
    A process that ends, or can't keep what it compiles, gets no more to do: the rest is compiled where it is called.
    """
    ahead, finished = deque(_by_module(rows)), list[Row]()
    processes = [*begun]

    def work(process: beside.Compiler) -> None:
        with suppress(IndexError, OSError):
            while True:
                for row in ahead.popleft():
                    if not _is_kept(process, row):
                        return
                    finished.append(row)
                    done(len(finished))

    try:
        with ThreadPoolExecutor(workers) as threads:
            with suppress(OSError):
                processes.extend(beside.begin() for _ in range(workers - len(begun)))
            try:
                list(threads.map(work, processes))
            except BaseException:
                ahead.clear()
                for process in processes:
                    process.kill()
                raise
    finally:
        beside.end(processes)


def _by_module(rows: list[Row]) -> list[list[Row]]:
    """Put kernels of a module together, since they have parts in common, which a process compiles once."""
    found = dict[str, list[Row]]()
    for row in rows:
        found.setdefault(row[0], []).append(row)
    return list(found.values())


def _is_kept(process: beside.Compiler, row: Row) -> bool:
    """Have a process compile a kernel, and tell whether it is on disk now."""
    asked, told = cast(IO[str], process.stdin), cast(IO[str], process.stdout)
    asked.write(json.dumps(row) + "\n")
    asked.flush()
    return told.readline().strip() == "kept"


def answer() -> None:
    """Compile what is asked for, a line each, until nobody asks any more."""
    # circles of objects are nearly all kept for the next kernel: to look for unused ones takes a tenth of the time
    gc.disable()
    for line in sys.stdin:
        module, name, kinds = json.loads(line)
        made = _made((module, name, kinds))
        made.compile(tuple(map(kind_of, kinds)))
        sys.stdout.write("lost\n" if _is_missing(made) else "kept\n")
        sys.stdout.flush()


if __name__ == "__main__":
    answer()
