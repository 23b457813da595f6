"""Tokens that open one box, of one airport, for one order, once, until they expire.

A token is ``order.airport.box.expiry.signature``; the signature is HMAC-SHA-256 over the rest, cut to
128 bits, which RFC 2104 section 5 allows.
"""

from __future__ import annotations

import functools
import hmac
from collections.abc import Callable

ACCEPTED, WRONG, REUSED, EXPIRED, FOREIGN = "accepted", "wrong", "reused", "expired", "foreign"

_SIGNATURE_BYTES = 16


def issue_code(key: bytes, *, order: int, airport: int, box: int, expires_ms: int) -> str:
    """Sign a pickup code; ``expires_ms`` is the last millisecond at which it opens the box."""
    claim = f"{order}.{airport}.{box}.{expires_ms}"
    return f"{claim}.{_sign(key, claim)}"


def check_code(key: bytes, token: str, *, airport: int, now_ms: int, is_used: Callable[[int], bool]) -> tuple[str, int]:
    """Judge a scan at an airport: the verdict and the box, -1 where none may open.

    The first of these that holds is the verdict: ``wrong`` (not signed with this key), ``foreign`` (of another
    airport), ``reused`` (``is_used`` says that the code of its order has opened a box before), ``expired``. So a code
    that was used stays used, however old it is.
    """
    claim, _, signature = token.rpartition(".")
    if not hmac.compare_digest(_sign(key, claim).encode(), signature.encode(errors="replace")):
        return WRONG, -1
    order, at, box, expires_ms = map(int, claim.split("."))
    if at != airport:
        return FOREIGN, -1
    if is_used(order):
        return REUSED, -1
    if now_ms > expires_ms:
        return EXPIRED, -1
    return ACCEPTED, box


def damaged(token: str) -> str:
    """Give the token as a scanner would misread it: its last character changed."""
    return token[:-1] + ("0" if token[-1] != "0" else "1")


def order_of(token: str) -> int:
    """Give the number of the order that a genuine token is for."""
    return int(token.partition(".")[0])


@functools.lru_cache(maxsize=64)
def _sign(key: bytes, claim: str) -> str:
    """Sign a claim; a code is mostly checked where it was issued last, and signed once for both."""
    signer = _signer(key).copy()
    signer.update(claim.encode(errors="replace"))
    return signer.digest()[:_SIGNATURE_BYTES].hex()


@functools.lru_cache(maxsize=4)
def _signer(key: bytes) -> hmac.HMAC:
    """Take the key in once; a copy signs in a third of the time of a fresh start."""
    return hmac.new(key, digestmod="sha256")
