"""The verb `replay`, and what it says where it can't."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
from PIL import Image

import dronesim
from command import call
from dronesim.report import typefaces
from replaying import TINY, troubled_day


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return troubled_day(tmp_path_factory.mktemp("replay") / "day", tracks=False).folder or Path()


def test_a_replay_is_one_file_whose_place_is_told_and_leaves_the_run_whole(folder: Path) -> None:
    answer = call("replay", folder)
    page = folder / "replay.html"
    assert (answer.code, answer.out, answer.err) == (0, "", f"replay: {page}\n")
    text = page.read_text(encoding="utf-8")
    assert "default-src &#39;none&#39;" in text or "default-src 'none'" in text
    assert "The run has no tracks" in text
    assert dronesim.open_run(folder).verify().is_clean
    again = folder.parent / "again.html"
    assert call("replay", folder, "--out", again).code == 0
    assert again.read_bytes() == page.read_bytes()


def test_a_run_with_replay_says_where_it_lies(tmp_path: Path, no_pictures: None) -> None:
    answer = call("run", "tests/data/tiny.toml", "--replay", "--tracks", "--out", tmp_path / "day")
    assert answer.code == 0
    assert f"replay: {tmp_path / 'day' / 'replay.html'}\n" in answer.err
    assert "within 2 m" in (tmp_path / "day" / "replay.html").read_text(encoding="utf-8")


def test_stills_and_films_show_the_day(folder: Path, tmp_path: Path) -> None:
    still, film = tmp_path / "still.png", tmp_path / "film.gif"
    assert call("replay", folder, "--png", "--at", "10:50", "--out", still).code == 0
    span = ("--from", "10:50", "--to", "10:50:30", "--step-s", "10")
    assert call("replay", folder, "--gif", *span, "--out", film).code == 0
    with Image.open(still) as picture:
        assert min(picture.size) > 600
    with Image.open(film) as frames:
        assert frames.n_frames == 4
        first = frames.convert("RGB").tobytes()
        frames.seek(3)
        assert frames.convert("RGB").tobytes() != first
    assert sorted(path.name for path in tmp_path.iterdir()) == ["film.gif", "still.png"]


def test_names_in_any_letters_are_drawn(tmp_path: Path) -> None:
    for name in ("tiny.toml", "tiny.geojson"):
        text = (TINY.parent / name).read_text(encoding="utf-8")
        (tmp_path / name).write_text(text.replace('"A1"', '"\U0001f6f8 $x^2$ \u0645\u5c0f"'), encoding="utf-8")
    run = dronesim.run(tmp_path / "tiny.toml", out=tmp_path / "day", report=False)
    assert run.replay(tmp_path / "still.png").content.startswith(b"\x89PNG")


@pytest.mark.parametrize("ending", ["png", "gif"])
def test_letters_that_no_font_has_are_told_and_others_get_theirs(
    ending: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """The name of the airport stands in the picture; that of its closure is told by a film later on alone."""
    faces = typefaces.Typefaces()
    monkeypatch.setattr(typefaces, "FACES", faces)
    for name in ("tiny.toml", "tiny.geojson"):
        text = (TINY.parent / name).read_text(encoding="utf-8")
        (tmp_path / name).write_text(text.replace('"A1"', '"\u5c0f\U000100a0"'), encoding="utf-8")
    event = {"kind": "airport_closed", "airport": "\u5c0f\U000100a0", "at": "11:40", "minutes": 5.0}
    run = dronesim.run(tmp_path / "tiny.toml", set={"events": [event]}, out=tmp_path / "day", report=False)
    times = {"at_s": 10.2 * 3600} if ending == "png" else {"from_s": 36600.0, "to_s": 36605.0}
    run.replay(tmp_path / f"day.{ending}", **times)
    assert {0x5C0F, 0x100A0} <= faces.met
    told = capsys.readouterr().err
    assert told.count("no font on this machine has") == 1
    assert ("\u5c0f" in told) == (len(faces.families) == 1)


def test_mp4_is_made_by_ffmpeg(folder: Path, tmp_path: Path) -> None:
    pytest.importorskip("imageio_ffmpeg", reason="MP4 is tested with the ffmpeg of imageio-ffmpeg")
    film = tmp_path / "film.mp4"
    assert (
        call("replay", folder, "--mp4", "--from", "10:50", "--to", "10:51", "--step-s", "30", "--out", film).code == 0
    )
    assert film.read_bytes()[4:8] == b"ftyp"


def test_without_ffmpeg_mp4_says_what_to_do(folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("shutil.which", lambda _name: None)
    monkeypatch.setitem(sys.modules, "imageio_ffmpeg", None)
    answer = call("replay", folder, "--mp4", "--out", tmp_path / "film.mp4")
    assert answer.code == 2
    assert "needs ffmpeg" in answer.err
    assert "--gif" in answer.err
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--at", "10:30"], "--at"),
        (["--png", "--at", "noon"], "must be a time of day such as 12:30"),
        (["--png", "--at", "03:00"], "must lie within the day, from 10:00:00"),
        (["--from", "10:30"], "add --gif or --mp4"),
        (["--gif", "--from", "11:00", "--to", "10:30"], "must not be before --from (11:00:00)"),
        (["--gif", "--from", "10:00", "--to", "12:00", "--step-s", "0.5"], "take longer steps"),
        (["--gif", "--png", "--out", "two.gif"], "leave it out, or ask for one"),
        (["--out", "page.txt"], "must end in .html"),
    ],
)
def test_what_makes_no_sense_is_refused_with_a_remedy(arguments: list[str], said: str, folder: Path) -> None:
    answer = call("replay", folder, *arguments)
    assert answer.code == 2
    assert said in answer.err


def test_a_folder_that_is_no_run_is_named(tmp_path: Path) -> None:
    answer = call("replay", tmp_path)
    assert answer.code == 2
    assert "is not a run folder" in answer.err


def test_codes_of_the_planners_own_key_are_shown_to_who_states_it(tmp_path: Path) -> None:
    key = tmp_path / "key"
    key.write_text("0123456789abcdef0123456789abcdef")
    key.chmod(0o600)
    other = tmp_path / "other"
    other.write_text("another-key-that-is-long-enough-too")
    other.chmod(0o600)
    run = dronesim.run("tests/data/tiny.toml", key_file=key, out=tmp_path / "day", report=False)
    assert run.folder is not None
    told, hidden = run.replay(tmp_path / "told.html"), dronesim.open_run(run.folder).replay(tmp_path / "hidden.html")
    assert len(told.content) > len(hidden.content) + 16 * 30
    answer = call("replay", run.folder, "--key-file", other)
    assert answer.code == 2
    assert "another key" in answer.err


def test_a_screen_that_is_not_there_keeps_nobody_from_a_still(folder: Path, tmp_path: Path) -> None:
    still = tmp_path / "still.png"
    command = [sys.executable, "-m", "dronesim", "replay", str(folder), "--png", "--out", str(still)]
    environment = {**os.environ, "MPLBACKEND": "module://no_such_screen"}
    done = subprocess.run(command, capture_output=True, text=True, check=False, env=environment)
    assert (done.returncode, done.stderr) == (0, f"replay: {still}\n")
    assert still.is_file()
