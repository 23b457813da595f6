"""Ways in which a run folder is damaged: every file of it, by every kind of mishap, with or without a new hash."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

DRAWN = (".png", ".html")
MANIFEST = "manifest.json"
DEEP = 200_000
HUGE_BYTES = 1 << 40

Spoil = Callable[[Path, Path], None]
"""What is done to a file; it gets the file and its twin in another run."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Damage:
    """One file, what happens to it, and whether the manifest is written anew by whoever did it."""

    file: str
    mishap: str
    is_sealed: bool = False

    def __str__(self) -> str:
        return f"{self.file}: {self.mishap}{', sealed' if self.is_sealed else ''}"

    def do(self, folder: Path, other: Path) -> None:
        """Damage the folder; ``other`` is another run."""
        MISHAPS[self.mishap](folder / self.file, other / self.file)
        if self.is_sealed:
            _seal(folder)


def _removed(path: Path, _twin: Path) -> None:
    path.unlink()


def _as(make: Callable[[bytes], bytes]) -> Spoil:
    def spoil(path: Path, _twin: Path) -> None:
        path.write_bytes(make(path.read_bytes()))

    return spoil


def _flipped(place: float) -> Callable[[bytes], bytes]:
    def flip(content: bytes) -> bytes:
        at = min(int(place * len(content)), len(content) - 1)
        return content[:at] + bytes([content[at] ^ 0x55]) + content[at + 1 :]

    return flip


def _other_runs(path: Path, twin: Path) -> None:
    path.write_bytes(twin.read_bytes())


def _swapped(path: Path, _twin: Path) -> None:
    """Change places with the file that comes next by name."""
    beside = sorted(each for each in path.parent.iterdir() if each.is_file())
    other = beside[(beside.index(path) + 1) % len(beside)]
    kept, theirs = path.read_bytes(), other.read_bytes()
    path.write_bytes(theirs)
    other.write_bytes(kept if other != path else kept[1:])


def _put(make: Callable[[Path], object]) -> Spoil:
    """Put something else in the place of a file."""

    def spoil(path: Path, _twin: Path) -> None:
        path.unlink()
        make(path)

    return spoil


def _huge(path: Path) -> None:
    with path.open("wb") as file:
        file.truncate(HUGE_BYTES)


MISHAPS: dict[str, Spoil] = {
    "removed": _removed,
    "empty": _as(lambda _: b""),
    "cut in half": _as(lambda content: content[: len(content) // 2]),
    "cut by a byte": _as(lambda content: content[:-1]),
    "first byte flipped": _as(_flipped(0)),
    "a byte flipped": _as(_flipped(0.5)),
    "last byte flipped": _as(_flipped(1)),
    "longer": _as(lambda content: content + b"\n\x00junk"),
    "of another run": _other_runs,
    "swapped": _swapped,
    "no UTF-8": _as(lambda _: b"\xff\xfe\x00\xd8" * 8),
    "a list": _as(lambda _: b"[1, 2]"),
    "an object of nothing": _as(lambda _: b"{}"),
    "brackets": _as(lambda _: b"[" * DEEP),
    "tables": _as(lambda _: b'{"dronesim":' * DEEP),
    "escapes": _as(lambda _: b"\x1b]0;owned\x07\x1b[31m" * 9),
    "a folder": _put(Path.mkdir),
    "a link to nothing": _put(lambda path: path.symlink_to("nothing")),
    "a link to itself": _put(lambda path: path.symlink_to(path.name)),
    "a link to its folder": _put(lambda path: path.symlink_to(path.parent, target_is_directory=True)),
    "an endless device": _put(lambda path: path.symlink_to("/dev/zero")),
    "a pipe": _put(os.mkfifo),
    "huge": _put(_huge),
}


def damages(run: Path) -> Iterator[Damage]:
    """List what can happen to each file of a run."""
    files = sorted(path.relative_to(run).as_posix() for path in run.rglob("*") if path.is_file())
    for file in files:
        for mishap in MISHAPS:
            # a tebibyte of nothing is no file to be hashed in a test, and pictures are hashed by nobody
            if mishap != "huge" or file == MANIFEST or file.endswith(DRAWN):
                yield Damage(file=file, mishap=mishap)


def sealed(run: Path) -> Iterator[Damage]:
    """List damages whose author has written the manifest anew."""
    others = ("removed", "swapped", "a folder", "a link", "a pipe", "an endless", "huge")
    for damage in damages(run):
        if damage.file != MANIFEST and not damage.file.endswith(DRAWN) and not damage.mishap.startswith(others):
            yield Damage(file=damage.file, mishap=damage.mishap, is_sealed=True)


def copy_of(run: Path, place: Path) -> Path:
    """Copy a run folder, quickly."""
    return shutil.copytree(run, place, copy_function=shutil.copyfile)


def _seal(folder: Path) -> None:
    manifest = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))
    for name in manifest["files"]:
        manifest["files"][name] = hashlib.sha256((folder / name).read_bytes()).hexdigest()
    (folder / MANIFEST).write_text(json.dumps(manifest), encoding="utf-8")
