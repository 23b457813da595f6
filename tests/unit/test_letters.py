"""Names in any script: how wide they are in a terminal, where they are cut, and what is never printed raw."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dronesim.letters import (
    as_json_text,
    cells,
    cleaned,
    column,
    column_width,
    harmless,
    is_steering,
    printable,
    shortened,
)

NAMES = ("龙岗·起飞点", "مطار التوصيل", "🍜 面馆", "Zürich", "ทดสอบ", "서울", "हिन्दी", "龙岗　一号", "می‌خواهم", "👨‍🍳")
STEERING = ("\x1b", "\x07", "\x9b", "\x7f", "\r", "\u202e", "\u2066", "\u2028", "\ud800", "\ufeff", "\U000e0041")


@pytest.mark.parametrize("name", NAMES)
def test_names_of_any_script_are_printed_as_they_are(name: str) -> None:
    assert printable(name) == as_json_text(name) == shortened(name, 40) == name


@pytest.mark.parametrize("sign", STEERING)
def test_what_steers_a_terminal_is_escaped(sign: str) -> None:
    assert printable(f"a{sign}b").isascii()
    assert json.loads(as_json_text(f'"a{sign}b"'), strict=False) == f"a{sign}b"
    assert "\\" in shortened(f"a{sign}b", 20)


@given(st.text(st.characters(codec=None), max_size=20))
def test_one_rule_tells_what_steers(text: str) -> None:
    assert is_steering(text) == (cleaned(text) != text)
    assert not is_steering(cleaned(text, "?"))
    assert not is_steering(harmless(text).replace("\n", "").replace("\t", ""))
    assert not is_steering(printable(text).replace("\n", "").replace("\t", ""))


@pytest.mark.parametrize("name", NAMES)
def test_a_name_of_any_script_is_one_to_every_part(name: str) -> None:
    assert harmless(name) == cleaned(name) == name
    assert not is_steering(name)


def test_new_lines_are_kept_in_texts_and_escaped_in_a_line() -> None:
    assert printable("a\nb\tc") == "a\nb\tc"
    assert shortened("a\nb", 9) == "a\\nb"


def test_a_chinese_letter_takes_two_columns_and_an_accent_none() -> None:
    assert [cells(text) for text in ("ab", "龙岗", "e\u0301")] == [2, 4, 1]


@given(st.text(max_size=60), st.integers(2, 30))
def test_a_column_is_as_wide_as_asked_for_whatever_stands_in_it(text: str, width: int) -> None:
    assert cells(column(text, width)) == width
    assert cells(shortened(text, width)) <= width


def test_a_column_grows_with_its_names_up_to_a_limit() -> None:
    assert column_width(["A1"], least=16, most=40) == 16
    assert column_width(["龙" * 10], least=16, most=40) == 22
    assert column_width(["龙" * 100], least=16, most=40) == 40
