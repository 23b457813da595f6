"""Pickup codes: the right one opens its box, and nothing else does."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dronesim.codes import ACCEPTED, EXPIRED, FOREIGN, WRONG, check_code, damaged, issue_code, order_of
from exploring import examples

KEY = b"a key"
TOKEN = issue_code(KEY, order=17, airport=3, box=5, expires_ms=1000)


def test_a_code_opens_its_box_until_it_expires() -> None:
    assert check_code(KEY, TOKEN, airport=3, now_ms=0) == (ACCEPTED, 5)
    assert check_code(KEY, TOKEN, airport=3, now_ms=1000) == (ACCEPTED, 5)
    assert check_code(KEY, TOKEN, airport=3, now_ms=1001) == (EXPIRED, -1)


def test_a_code_of_another_airport_is_foreign() -> None:
    assert check_code(KEY, TOKEN, airport=2, now_ms=0) == (FOREIGN, -1)


def test_a_code_signed_with_another_key_is_wrong() -> None:
    assert check_code(b"another", TOKEN, airport=3, now_ms=0) == (WRONG, -1)


@pytest.mark.parametrize("field", range(4))
def test_no_part_of_a_code_can_be_changed(field: int) -> None:
    parts = TOKEN.split(".")
    parts[field] = str(int(parts[field]) + 1)
    assert check_code(KEY, ".".join(parts), airport=int(parts[1]), now_ms=0) == (WRONG, -1)


def test_a_damaged_code_is_wrong_whatever_its_last_character() -> None:
    for order in range(64):
        token = issue_code(KEY, order=order, airport=0, box=0, expires_ms=10)
        assert damaged(token) != token
        assert check_code(KEY, damaged(token), airport=0, now_ms=0) == (WRONG, -1)


@examples(200)
@given(st.text(max_size=60))
def test_anything_may_be_held_before_the_scanner(text: str) -> None:
    assert check_code(KEY, text, airport=0, now_ms=0) == (WRONG, -1)


@pytest.mark.parametrize("text", ["", ".", "....", "1.2.3.4.", "1.2.3.4." + "0" * 32, "ü.ß.." + "é" * 32])
def test_forged_and_foreign_text_is_wrong(text: str) -> None:
    assert check_code(KEY, text, airport=2, now_ms=0) == (WRONG, -1)


def test_codes_differ_by_order_airport_box_and_expiry() -> None:
    tokens = {
        issue_code(KEY, order=order, airport=airport, box=box, expires_ms=expires_ms)
        for order in range(3)
        for airport in range(3)
        for box in range(3)
        for expires_ms in (10, 11)
    }
    assert len(tokens) == 54
    assert len({token.rpartition(".")[2] for token in tokens}) == 54


def test_a_token_tells_its_order() -> None:
    assert order_of(TOKEN) == 17
