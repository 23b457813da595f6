"""Records as one tidy table: a row a replication, a column a setting or a key figure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Final

from dronesim.experiment.store import Record, is_void
from dronesim.record.arrays import plain_array
from dronesim.record.folder import json_text, write_whole, written_whole

_LEFT_OUT: Final = ("schema_version", "resources", "codes", "peak_by_airport", "by_place")
"""Figures by site or of no interest across days; they stay in the records."""

Row = tuple[Mapping[str, object], Record]
"""What was set, and the record of one replication under it."""


def tidy(rows: Sequence[Row]) -> Any:
    """Give an Arrow table; settings come first (``fleet.drones`` as ``fleet_drones``), then seed, replication,
    the day's factor on demand, KPIs.

    A KPI's name is its path in ``kpis.json`` with underscores, as ``service_share``; None is null. Where a policy has
    spoilt days, ``void`` says how, and they have no KPIs.
    """
    import pyarrow as pa

    flat = [
        {
            **{_column(key): value for key, value in labels.items()},
            "seed": record["seed"],
            "replication": record["replication"],
            "day_factor": record["day_factor"],
            **({"void": record["void"]} if is_void(record) else dict(_figures(record["kpis"], ()))),
        }
        for labels, record in rows
    ]
    names = list(dict.fromkeys(name for row in flat for name in row))
    return pa.table({name: plain_array(_like([row.get(name) for row in flat])) for name in names})


def _like(values: list[Any]) -> list[Any]:
    """Make whole numbers floats where some are not whole, and everything text where kinds are mixed."""
    kinds = {type(value) for value in values if value is not None}
    if kinds <= {int} or len(kinds) <= 1:
        return values
    if kinds == {int, float}:
        return [None if value is None else float(value) for value in values]
    return [None if value is None else str(value) for value in values]


def _figures(content: Mapping[str, Any], path: tuple[str, ...]) -> Iterator[tuple[str, Any]]:
    for key, value in content.items():
        if key in _LEFT_OUT:
            continue
        if isinstance(value, Mapping):
            yield from _figures(value, (*path, key))
        elif not isinstance(value, list):
            yield "_".join((*path, key)), value


def _column(key: str) -> str:
    return key.replace(".", "_")


def write_tidy(path: Path, rows: Sequence[Row]) -> None:
    """Write the table as Parquet, whole or not at all."""
    import pyarrow.parquet as pq

    with written_whole(path) as aside:
        # a relative path with a colon would be taken for an address
        pq.write_table(tidy(rows), aside.absolute(), compression="zstd", write_statistics=False)


def write_answer(path: Path, content: Mapping[str, Any]) -> None:
    """Write an answer as JSON, whole or not at all."""
    write_whole(path, json_text(content))
