"""A notebook shows every answer: its figures with their intervals, escaped, folded where they are many."""

from __future__ import annotations

import inspect
import re

import dronesim
from dronesim.api.pictures import Replay
from dronesim.experiment.bottlenecks import Bottlenecks
from dronesim.experiment.bounding import Bounded
from dronesim.experiment.comparing import Comparison
from dronesim.experiment.drilling import Drilled
from dronesim.experiment.notebook import InNotebooks, answer_html, shown
from dronesim.experiment.repeating import Repeated
from dronesim.experiment.side_by_side import SideBySide
from dronesim.experiment.size_answer import SizeAnswer
from dronesim.experiment.sweeping import Sweep
from dronesim.experiment.year import Year

ANSWERS = (Bottlenecks, Bounded, Comparison, Drilled, Repeated, SideBySide, SizeAnswer, Sweep, Year)
VERBS = ("bottlenecks", "bound", "compare", "drill", "repeat", "size", "sweep", "year")
HOSTILE = "<script>alert('x')</script> & \"co\""
LEVEL = {"mean": 0.91234, "low": 0.8, "high": 1.0, "sd": 0.1, "count": 3}


def test_what_an_experiment_gives_is_shown() -> None:
    given = {
        name.strip()
        for verb in VERBS
        for name in str(inspect.signature(getattr(dronesim, verb)).return_annotation).split("|")
    }
    assert given == {answer.__name__ for answer in ANSWERS}
    assert all(issubclass(answer, InNotebooks) for answer in ANSWERS)
    assert not any(hasattr(answer, "__dict__") and "__slots__" not in vars(answer) for answer in ANSWERS)


def test_names_and_values_are_escaped_and_there_is_no_script() -> None:
    content = {"name": HOSTILE, HOSTILE: HOSTILE, "points": [{HOSTILE: HOSTILE, "service_share": LEVEL}]}
    text = answer_html(content, title="Sweep")
    assert "<script" not in text
    assert text.count("&lt;script&gt;") == 5
    assert set(re.findall(r"<(\w+)", text)) == {"div", "strong", "table", "caption", "tr", "th", "td"}


def test_an_interval_stands_behind_its_mean() -> None:
    text = answer_html(
        {"schema_version": 1, "name": "day", "level": LEVEL, "curve": [{"value": 5, **LEVEL}]}, title="Size"
    )
    assert "Size of day" in text
    assert text.count("0.9123 (0.8 to 1)") == 2
    assert "schema_version" not in text
    assert shown({**LEVEL, "low": None, "high": None}) == "0.9123"


def test_many_rows_are_folded_and_nothing_is_a_dash() -> None:
    text = answer_html({"name": "day", "points": [{"value": number} for number in range(400)]}, title="Sweep")
    assert "<details><summary>points (400, the first 300)</summary>" in text
    text = answer_html({"none": None} | {f"figure {number}": number for number in range(20)}, title="Sweep")
    assert "<details><summary>more (8)</summary>" in text
    assert "none" not in text
    assert [shown(value) for value in (None, float("nan"), True, [], [1, 2.5], "a")] == [
        "-",
        "-",
        "yes",
        "-",
        "1, 2.5",
        "a",
    ]


def test_a_replay_is_played_within_a_frame_of_its_own() -> None:
    shown_page = Replay(None, b'<p class="a">day</p><script>play()</script>', ".html")._repr_html_()
    assert re.findall(r"<(/?\w+)", shown_page) == ["iframe", "/iframe"]
    assert 'sandbox="allow-scripts"' in shown_page
    assert 'srcdoc="&lt;p class=&quot;a&quot;&gt;' in shown_page
    assert Replay(None, b"GIF", ".gif")._repr_html_().startswith("<img alt=")
    assert "<video controls" in Replay(None, b"film", ".mp4")._repr_html_()
