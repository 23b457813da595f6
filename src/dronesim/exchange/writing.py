"""Text out, whole or not at all: GeoJSON, CSV and TOML files, and folders of them."""

from __future__ import annotations

import csv
import io
import json
import os
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from dronesim.errors import InputError, Problem
from dronesim.record.folder import write_whole, written_whole
from dronesim.record.targets import check_writable, checking, writing_to


def write_map(path: str | Path, collection: Mapping[str, Any]) -> None:
    """Write a GeoJSON map, replacing the file in one step."""
    write_text(path, geojson_text(collection))


def geojson_text(collection: Mapping[str, Any]) -> str:
    """Show a feature collection as JSON, one feature a line, so that versions can be compared."""
    head = {key: value for key, value in collection.items() if key != "features"}
    features = ",\n".join(_compact(feature) for feature in collection["features"])
    return f'{_compact(head)[:-1]},"features":[\n{features}\n]}}\n'


def csv_text(header: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    """Show a table as comma-separated text with a header line."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(header)
    writer.writerows(rows)
    return text.getvalue()


def write_text(path: str | Path, text: str) -> None:
    """Write a UTF-8 file beside its place and rename it, so that nobody sees half of it."""
    target = Path(path)
    _check_file(target)
    with writing_to(path):
        target.parent.mkdir(parents=True, exist_ok=True)
        write_whole(target, text)


def check_folder_is_free(folder: str | Path) -> Path:
    """Refuse a place that holds something already or can't be written to; an empty folder counts as free."""
    target = Path(folder)
    with checking(folder, key="--out"):
        is_free = not target.exists() or (target.is_dir() and not any(target.iterdir()))
    if not is_free:
        rule = "exists and is not an empty folder; name another place or remove it"
        raise InputError([Problem(file=str(target), key="--out", rule=rule)])
    check_writable(folder, key="--out")
    return target


def write_folder(folder: str | Path, texts: Mapping[str, str]) -> None:
    """Write all files of a new folder, or leave nothing: they are written aside, then renamed as one."""
    target = check_folder_is_free(folder)
    with writing_to(folder):
        target.parent.mkdir(parents=True, exist_ok=True)
        with written_whole(Path(os.path.realpath(target))) as aside:
            aside.mkdir()
            for name, text in texts.items():
                (aside / name).parent.mkdir(exist_ok=True)
                (aside / name).write_text(text, encoding="utf-8", newline="\n")


def _compact(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, allow_nan=False, separators=(",", ":"))


def _check_file(target: Path) -> None:
    if target.is_dir():
        raise InputError([Problem(file=str(target), key="out", rule="is a folder, not a file")])
