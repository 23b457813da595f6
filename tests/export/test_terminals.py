"""Names that steer a terminal are shown, and steer nothing: not in words, not in JSON, not in a bar."""

from __future__ import annotations

import json
import re
import sys
from contextlib import redirect_stderr, redirect_stdout
from pathlib import Path
from unittest import mock

import pytest

from command import TINY, Terminal
from dronesim.cli.app import run_command
from dronesim.letters import as_json_text, harmless, printable
from export_reading import EVIL, FEW, HOSTILE

STEERS = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ud800-\udfff]")
OF_A_BAR = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]|\r")
"""What bars are drawn with."""


def on_a_terminal(*arguments: object) -> tuple[str, str]:
    """Call a verb whose output and errors both go to a terminal."""
    out, err = Terminal(), Terminal()
    words = ["dronesim", *map(str, arguments)]
    with (
        mock.patch.object(sys, "argv", words),
        redirect_stdout(out),
        redirect_stderr(err),
        pytest.raises(SystemExit) as ended,
    ):
        run_command()
    assert ended.value.code in (0, None), err.getvalue()
    return out.getvalue(), err.getvalue()


def test_verbs_show_hostile_names_and_obey_none(hostile: Path) -> None:
    verbs: tuple[tuple[object, ...], ...] = (
        ("verify", hostile),
        ("report", hostile, "--stress"),
        ("list", "runs", hostile.parent),
        ("list", "scenarios", hostile.parent),
        ("validate", hostile.parent / "day.toml"),
        ("validate", hostile.parent / "day.toml", "--json"),
    )
    said = [text for verb in verbs for text in on_a_terminal(*verb)]
    assert [text for text in said if STEERS.search(text)] == []
    assert any(printable(EVIL) in text for text in said)


@pytest.mark.usefixtures("no_pictures")
def test_a_bar_shows_a_name_with_markup_as_it_is(tmp_path: Path) -> None:
    settings = [word for key, value in FEW.items() for word in ("--set", f"{key}={value}")]
    name = json.dumps(EVIL)
    out, err = on_a_terminal("run", TINY, *settings, "--set", f"name={name}", "--out", tmp_path / "run")
    assert STEERS.search(out) is None
    assert "\x1b[31m" not in err
    assert STEERS.search(OF_A_BAR.sub("", err)) is None


@pytest.mark.parametrize("text", [*HOSTILE.values(), EVIL, "\x9b31m\x7f\u202e\ud800 a\tb\nc"])
def test_json_is_the_same_data_when_it_is_as_json_text(text: str) -> None:
    shown = as_json_text(json.dumps(text, ensure_ascii=False))
    assert json.loads(shown) == text
    assert STEERS.search(shown) is None
    assert STEERS.search(harmless(text)) is None
    assert harmless("a\tb\nc é 中 مرحبا \U0001f681") == "a\tb\nc é 中 مرحبا \U0001f681"
