"""Pickup codes: the right one opens its box, and nothing else does."""

from __future__ import annotations

from collections.abc import Container

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dronesim.codes import ACCEPTED, EXPIRED, FOREIGN, REUSED, WRONG, check_code, damaged, issue_code, order_of
from exploring import examples

KEY = b"a key"
TOKEN = issue_code(KEY, order=17, airport=3, box=5, expires_ms=1000)


def verdict(key: bytes, token: str, *, airport: int, now_ms: int, used: Container[int] = ()) -> tuple[str, int]:
    return check_code(key, token, airport=airport, now_ms=now_ms, is_used=used.__contains__)


def test_a_code_opens_its_box_until_it_expires() -> None:
    assert verdict(KEY, TOKEN, airport=3, now_ms=0) == (ACCEPTED, 5)
    assert verdict(KEY, TOKEN, airport=3, now_ms=1000) == (ACCEPTED, 5)
    assert verdict(KEY, TOKEN, airport=3, now_ms=1001) == (EXPIRED, -1)


def test_a_code_of_another_airport_is_foreign() -> None:
    assert verdict(KEY, TOKEN, airport=2, now_ms=0) == (FOREIGN, -1)


def test_a_code_signed_with_another_key_is_wrong() -> None:
    assert verdict(b"another", TOKEN, airport=3, now_ms=0) == (WRONG, -1)


@pytest.mark.parametrize("now_ms", [0, 1000, 1001, 10**9])
def test_a_used_code_stays_used_even_when_it_has_expired(now_ms: int) -> None:
    assert verdict(KEY, TOKEN, airport=3, now_ms=now_ms, used={17}) == (REUSED, -1)
    assert verdict(KEY, TOKEN, airport=3, now_ms=now_ms, used={16})[0] in {ACCEPTED, EXPIRED}


def test_wrong_goes_before_foreign_before_reused_before_expired() -> None:
    """Of all that is amiss the first is told."""
    assert verdict(KEY, damaged(TOKEN), airport=2, now_ms=1001, used={17})[0] == WRONG
    assert verdict(KEY, TOKEN, airport=2, now_ms=1001, used={17})[0] == FOREIGN
    assert verdict(KEY, TOKEN, airport=3, now_ms=1001, used={17})[0] == REUSED
    assert verdict(KEY, TOKEN, airport=3, now_ms=1001)[0] == EXPIRED


@pytest.mark.parametrize("field", range(4))
def test_no_part_of_a_code_can_be_changed(field: int) -> None:
    parts = TOKEN.split(".")
    parts[field] = str(int(parts[field]) + 1)
    assert verdict(KEY, ".".join(parts), airport=int(parts[1]), now_ms=0) == (WRONG, -1)


def test_a_damaged_code_is_wrong_whatever_its_last_character() -> None:
    for order in range(64):
        token = issue_code(KEY, order=order, airport=0, box=0, expires_ms=10)
        assert damaged(token) != token
        assert verdict(KEY, damaged(token), airport=0, now_ms=0) == (WRONG, -1)


@examples(200)
@given(st.text(max_size=60))
def test_anything_may_be_held_before_the_scanner(text: str) -> None:
    assert verdict(KEY, text, airport=0, now_ms=0) == (WRONG, -1)


@pytest.mark.parametrize("text", ["", ".", "....", "1.2.3.4.", "1.2.3.4." + "0" * 32, "ü.ß.." + "é" * 32])
def test_forged_and_foreign_text_is_wrong(text: str) -> None:
    assert verdict(KEY, text, airport=2, now_ms=0) == (WRONG, -1)


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
