"""Pickup codes: tokens that open one box, the keys that sign them, and pictures that a phone reads."""

from dronesim.codes.keys import LEAST_BYTES, Secret, day_key, fingerprint, stated_secret
from dronesim.codes.pictures import png_picture, svg_picture, terminal_picture
from dronesim.codes.tokens import (
    ACCEPTED,
    EXPIRED,
    FOREIGN,
    REUSED,
    WRONG,
    check_code,
    damaged,
    issue_code,
    order_of,
)

__all__ = [
    "ACCEPTED",
    "EXPIRED",
    "FOREIGN",
    "LEAST_BYTES",
    "REUSED",
    "WRONG",
    "Secret",
    "check_code",
    "damaged",
    "day_key",
    "fingerprint",
    "issue_code",
    "order_of",
    "png_picture",
    "stated_secret",
    "svg_picture",
    "terminal_picture",
]
