"""The pickup code of a delivered order, made again from what a run holds: the token that its cabinet checked."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from dronesim.codes import (
    Secret,
    check_code,
    day_key,
    fingerprint,
    issue_code,
    png_picture,
    stated_secret,
    svg_picture,
    terminal_picture,
)
from dronesim.errors import InputError, Problem
from dronesim.record.folder import write_file
from dronesim.record.targets import check_writable
from dronesim.units import MS, clock, to_ms

OF_SEED: Final = "a key derived from the seed: whoever knows seed and replication can make it"
_SUFFIXES: Final = (".svg", ".png")


@dataclass(frozen=True, slots=True, kw_only=True)
class DayKey:
    """What signed the codes of a day: its bytes, which nothing shows, and in words where they are from."""

    value: bytes
    origin: str
    is_own: bool

    @classmethod
    def of(cls, secret: Secret | None, *, seed: int, replication: int) -> DayKey:
        """Give the key of a day under the planner's own secret, or under none."""
        value = day_key(secret, seed=seed, replication=replication)
        return cls(value=value, origin=OF_SEED if secret is None else secret.origin, is_own=secret is not None)

    def __repr__(self) -> str:
        return f"DayKey(origin={self.origin!r})"

    def content(self) -> dict[str, str]:
        """Give what a manifest says of it: whose it is, and 32 bits to know it by."""
        return {"key": "own" if self.is_own else "seed", "fingerprint": fingerprint(self.value)}


@dataclass(frozen=True, slots=True, kw_only=True)
class PickupCode:
    """The code that a customer gets when the parcel lies in its box; notebooks show it as a picture.

    Attributes
    ----------
    order, order_id
        Number of the order in its run, and its id.
    airport, box
        Where the parcel lies.
    delivered_s, expires_s
        From when until when the code opens the box, in seconds since local midnight.
    token
        What the picture holds: order, airport, box, expiry and their signature.
    signed_with
        In words, where the signing key is from.
    """

    order: int
    order_id: str | None
    airport: str
    box: int
    delivered_s: float
    expires_s: float
    token: str
    signed_with: str

    def terminal(self, *, has_color: bool = False) -> str:
        """Draw the code in characters, right on a dark terminal; with ``has_color`` on a light one too."""
        return terminal_picture(self.token, has_color=has_color)

    def svg(self) -> str:
        """Draw the code as an SVG document."""
        return svg_picture(self.token)

    def png(self) -> bytes:
        """Draw the code as a PNG file and give its bytes."""
        return png_picture(self.token)

    def save(self, path: str | Path) -> Path:
        """Write the picture, whole or not at all; the ending of the name says in which form.

        Raises
        ------
        InputError
            The name ends in neither ``.svg`` nor ``.png``, or nothing can be written there.
        """
        place = Path(path)
        picture = self._picture(place)
        check_writable(place, key="--out")
        write_file(place, picture)
        return place

    def _picture(self, place: Path) -> bytes:
        if place.suffix not in _SUFFIXES:
            rule = f"must end in {' or '.join(_SUFFIXES)}"
            raise InputError([Problem(file=str(place), key="--out", rule=rule)])
        return self.png() if place.suffix == ".png" else self.svg().encode()

    def content(self) -> dict[str, Any]:
        """Give it for JSON."""
        return {
            "order": self.order,
            "order_id": self.order_id,
            "airport": self.airport,
            "box": self.box,
            "delivered_s": self.delivered_s,
            "expires_s": self.expires_s,
            "token": self.token,
            "signed_with": self.signed_with,
        }

    def lines(self) -> list[str]:
        """Tell what it opens, when, and what signed it."""
        name = f" ({self.order_id})" if self.order_id else ""
        when = f"from {clock(self.delivered_s)} until {clock(self.expires_s)}"
        return [f"Order {self.order}{name} at {self.airport}, box {self.box}, {when}", f"Code  {self.token}"]

    def _repr_html_(self) -> str:
        return self.svg()


def key_of_run(
    manifest: Mapping[str, Any], *, label: str, seed: int, replication: int, key_file: Path | None = None
) -> DayKey:
    """Find the key that signed the codes of a saved run: the seed's, or the planner's own, read where it is stated.

    Raises
    ------
    InputError
        It is the planner's own and nobody states it, or what is stated is another.
    """
    said = manifest.get("codes", {})
    is_own = said.get("key") == "own"
    secret = stated_secret(key_file) if is_own or key_file is not None else None
    if is_own and secret is None:
        raise _other_key(label, "a key of its planner's own; name its file by --key-file or in DRONESIM_KEY_FILE")
    key = DayKey.of(secret, seed=seed, replication=replication)
    if said.get("fingerprint", fingerprint(key.value)) != fingerprint(key.value) or key.is_own != is_own:
        rule = "another key than " if is_own else "a key derived from its seed, not "
        raise _other_key(label, f"{rule}{key.origin}")
    return key


def pickup_code(row: Mapping[str, Any], *, facts: Mapping[str, Any], key: DayKey) -> PickupCode:
    """Make the code of one row of the orders table again.

    Raises
    ------
    InputError
        The order was not delivered to a box, so no code was issued.
    """
    if row["delivered_s"] is None:
        rule = f"no code was issued, for it is {row['end_state']} and was not delivered to a box"
        raise InputError([Problem(file="orders", key=f"order {row['order']}", rule=rule)])
    expires_ms = _ms(row["delivered_s"]) + to_ms(facts["handling"]["hold_limit_s"])
    token = issue_code(
        key.value,
        order=row["order"],
        airport=_number_of(row["airport"], facts),
        box=row["box"],
        expires_ms=expires_ms,
    )
    return PickupCode(
        order=row["order"],
        order_id=row["order_id"],
        airport=row["airport"],
        box=row["box"],
        delivered_s=row["delivered_s"],
        expires_s=expires_ms / MS,
        token=token,
        signed_with=key.origin,
    )


def judge(
    token: str, *, airport: str, time_s: float, facts: Mapping[str, Any], key: DayKey, collected_s: Mapping[int, Any]
) -> str:
    """Say what the cabinet of an airport would to a scan at a time: ``accepted``, or why not.

    ``collected_s``: when each order was collected, by number, None where it was not; a code opens its box once.

    Raises
    ------
    InputError
        There is no such airport.
    """
    now_ms = _ms(time_s)

    def is_used(order: int) -> bool:
        used_s = collected_s.get(order)
        return used_s is not None and _ms(used_s) < now_ms

    number = _number_of(airport, facts)
    return check_code(key.value, token, airport=number, now_ms=now_ms, is_used=is_used)[0]


def _ms(seconds: float) -> int:
    return round(seconds * MS)


def _number_of(airport: str, facts: Mapping[str, Any]) -> int:
    """Give the number by which codes know an airport."""
    names = [site["id"] for site in facts["sites"]["airports"]]
    if airport not in names:
        rule = f"is no airport; choose from {', '.join(names)}"
        raise InputError([Problem(file="code", key="airport", rule=rule, value=airport)])
    return names.index(airport)


def _other_key(label: str, rule: str) -> InputError:
    return InputError([Problem(file=label, key="codes", rule=f"were signed with {rule}")])
