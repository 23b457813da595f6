"""Layers as CSV files, for spreadsheets and data frames: texts that look like formulas are kept from being any."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import shapely

from dronesim.export.day import DEGREES, ExportDay
from dronesim.export.layers import Layer, Shown
from dronesim.export.places import layers_of
from dronesim.export.texts import in_a_cell


def write_csv(day: ExportDay, folder: Path) -> None:
    """Write a folder with a table a layer; flights have the times of the points of their paths in ``path_s``."""
    folder.mkdir()
    for layer in layers_of(day):
        more = {"path_s": list(_path_times(day))} if layer.name == "flights" else {}
        write_table(folder / f"{layer.name}.csv", layer, show=day.show_local, more=more)


def write_table(place: Path, layer: Layer, *, show: Shown, more: dict[str, list[Any]] | None = None) -> None:
    """Write a layer as a table: points as ``longitude`` and ``latitude``, anything else as well-known text, ``wkt``."""
    columns = dict(zip(layer.columns, layer.values(show=show), strict=True)) | _where(layer) | (more or {})
    with place.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(columns)
        writer.writerows([_cell(value) for value in row] for row in zip(*columns.values(), strict=True))


def _cell(value: Any) -> Any:
    return in_a_cell(value) if isinstance(value, str) else value


def _where(layer: Layer) -> dict[str, list[Any]]:
    if layer.kind != "Point":
        return {"wkt": shapely.to_wkt(layer.shapes, rounding_precision=DEGREES, trim=True).tolist()}
    lonlat = np.column_stack([shapely.get_x(layer.shapes), shapely.get_y(layer.shapes)]).tolist()
    known = [shape is not None for shape in layer.shapes.tolist()]
    pairs = [pair if is_known else [None, None] for pair, is_known in zip(lonlat, known, strict=True)]
    return {"longitude": [lon for lon, _ in pairs], "latitude": [lat for _, lat in pairs]}


def _path_times(day: ExportDay) -> Iterator[str | None]:
    """Give the times of the points of each path, in seconds since local midnight, with spaces between."""
    first, time_s = day.line.first.tolist(), (day.line.time_ms / 1000).tolist()
    for begin, end in pairwise(first):
        yield " ".join(f"{moment:.3f}" for moment in time_s[begin:end]) or None
