"""Ways in which a run folder is damaged: every file of it, by every kind of mishap, with or without a new hash.

``python -m damaging`` with ``PYTHONPATH=tests`` tries them all.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import sys
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import dronesim
from command import TINY, call

DRAWN = (".png", ".html")
MANIFEST = "manifest.json"
DEEP = 200_000
LONGEST_ANSWER = 6000
VERBS = (("report", "--stress"), ("verify",), ("code", "--order", "0"))
DRAWING = (("report",),)
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
    theirs = twin.read_bytes()
    path.write_bytes(theirs if theirs != path.read_bytes() else theirs + b"\n")


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


def judged(folder: Path, damage: Damage, *, draws: bool = False) -> str | None:
    """Say what is wrong with how a damaged run is met by everything that opens it; None where nothing is.

    ``draws``: by what would draw it too, which takes seconds where nothing is found.
    """
    for words in (*VERBS, *DRAWING[: int(draws)]):
        answer = call(words[0], folder, *words[1:])
        told = answer.out + answer.err
        if "defect" in told:
            return f"{words[0]} ends as a defect: {answer.err}"
        if len(answer.err) > LONGEST_ANSWER or not all(sign.isprintable() or sign == "\n" for sign in answer.err):
            return f"{words[0]} says {answer.err[:LONGEST_ANSWER]!r}"
        if _is_due(words, damage) and (answer.code not in (1, 2) or str(folder) not in told):
            return f"{words[0]} passes over it: {answer.code}, {told[-LONGEST_ANSWER:]}"
    listed = call("list", "runs", folder.parent)
    return None if listed.code == 0 else f"it ends the list: {listed.err}"


def _is_due(words: tuple[str, ...], damage: Damage) -> bool:
    """Whether a file that is not as it was written must be told: nothing vouches for the manifest but its form."""
    return words[0] in ("report", "verify") and damage.file != MANIFEST and not damage.is_sealed


def main() -> None:
    """Damage a run in every way, and say what each of them is met with."""
    with tempfile.TemporaryDirectory(prefix="damaged-") as place:
        runs = [made_run(Path(place) / name, seed) for seed, name in enumerate(("run", "other"), start=1)]
        found = [(damage, _met(damage, *runs)) for damage in (*damages(runs[0]), *sealed(runs[0]))]
    for damage, why in found:
        sys.stdout.write(f"{'ok ' if why is None else 'NOT'} {damage}{'' if why is None else f': {why}'}\n")
    sys.stdout.write(f"{len(found)} ways, {sum(why is not None for _, why in found)} not met as they must be\n")


def made_run(folder: Path, seed: int) -> Path:
    """Write a small run with tracks, and without pictures."""
    few = {"demand.orders": 12, "horizon.end": "10:30"}
    dronesim.run(TINY, set=few, seed=seed, tracks=True, out=folder, report=False)
    return folder


def _met(damage: Damage, run: Path, other: Path) -> str | None:
    with tempfile.TemporaryDirectory(prefix="damaged-") as place:
        folder = copy_of(run, Path(place) / "hurt")
        damage.do(folder, other)
        return judged(folder, damage, draws=True)


if __name__ == "__main__":
    main()
