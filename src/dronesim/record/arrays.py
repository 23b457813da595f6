"""Arrays of Arrow made of their buffers: ``pa.array`` of whatever would import pandas where it is installed."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

Flags = NDArray[np.bool_]

_NUMBERS: Final = {"int64": np.int64, "int32": np.int32, "double": np.float64}


def number_array(values: NDArray[Any], is_there: Flags | None = None, *, as_type: Any = None) -> Any:
    """Make an array of numbers ``(n,)``, null where they are not there; whole ones have eight bytes.

    ``as_type`` is another type of Arrow, of numbers that are kept in as many bytes.
    """
    import pyarrow as pa

    is_whole = values.dtype.kind != "f"
    content = np.ascontiguousarray(values, dtype=np.int64 if is_whole else np.float64)
    found = (pa.int64() if is_whole else pa.float64()) if as_type is None else as_type
    return pa.Array.from_buffers(found, len(content), [bits(is_there), pa.py_buffer(content)])


def small_array(values: NDArray[Any], is_there: Flags | None = None) -> Any:
    """Make an array of whole numbers of four bytes."""
    import pyarrow as pa

    content = pa.py_buffer(np.ascontiguousarray(values, dtype=np.int32))
    return pa.Array.from_buffers(pa.int32(), len(values), [bits(is_there), content])


def flag_array(values: NDArray[Any], is_there: Flags | None = None) -> Any:
    """Make an array of truths ``(n,)``."""
    import pyarrow as pa

    content = pa.py_buffer(np.packbits(values, bitorder="little"))
    return pa.Array.from_buffers(pa.bool_(), len(values), [bits(is_there), content])


def text_array(values: Sequence[str | None]) -> Any:
    """Make an array of texts; None is null."""
    import pyarrow as pa

    return pa.StringArray.from_buffers(*_pieces([None if value is None else value.encode() for value in values]))


def bytes_array(values: Sequence[bytes | None]) -> Any:
    """Make an array of strings of bytes; None is null."""
    import pyarrow as pa

    length, ends, content, flags = _pieces(values)
    return pa.Array.from_buffers(pa.binary(), length, [flags, ends, content])


def plain_array(values: Sequence[Any], kind: Any = None) -> Any:
    """Make an array of plain values of one kind, None is null: numbers, truths or texts.

    ``kind`` is the type of Arrow, where it is not to be read off the values: ``int64``, ``double``, ``bool`` or
    ``string``. Values that are None throughout have the type null without it.
    """
    import pyarrow as pa

    named = _kind_of(values) if kind is None else str(kind)
    is_there = np.array([value is not None for value in values], dtype=np.bool_)
    if named == "null":
        return pa.nulls(len(values))
    if named == "string":
        return text_array(values)
    filled = [0 if value is None else value for value in values]
    if named == "bool":
        return flag_array(np.array(filled, dtype=np.bool_), is_there)
    return number_array(np.array(filled, dtype=_NUMBERS[named]), is_there)


def bits(flags: Flags | None) -> Any:
    """Pack flags as Arrow holds them, to tell what is there; None where all is."""
    import pyarrow as pa

    return None if flags is None or flags.all() else pa.py_buffer(np.packbits(flags, bitorder="little"))


def _kind_of(values: Sequence[Any]) -> str:
    kinds = {type(value) for value in values if value is not None}
    if len(kinds) > 1:
        raise TypeError(f"values of a column are of several kinds: {', '.join(sorted(map(str, kinds)))}")
    named = {int: "int64", float: "double", bool: "bool", str: "string"}
    return named[kinds.pop()] if kinds else "null"


def _pieces(values: Sequence[bytes | None]) -> tuple[int, Any, Any, Any]:
    """Give what Arrow holds strings by: how many, where each ends, all of them in one, and which are there."""
    import pyarrow as pa

    encoded = [b"" if value is None else value for value in values]
    ends = np.cumsum([0, *map(len, encoded)], dtype=np.int32)
    is_there = np.array([value is not None for value in values], dtype=np.bool_)
    return len(encoded), pa.py_buffer(ends), pa.py_buffer(b"".join(encoded)), bits(is_there)
