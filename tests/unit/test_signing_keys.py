"""Signing keys: where they may come from, which files are refused, and that none can be read anywhere."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest

from dronesim.codes import check_code, day_key, fingerprint, issue_code, stated_secret
from dronesim.codes.tokens import ACCEPTED, WRONG
from dronesim.errors import InputError

SECRET = "0f9d6c1b2a3e4f5061728394a5b6c7d8"  # noqa: S105


def key_file(folder: Path, *, mode: int = 0o600, content: str = SECRET + "\n") -> Path:
    path = folder / "codes.key"
    path.write_text(content)
    path.chmod(mode)
    return path


def refusal(path: Path) -> str:
    with pytest.raises(InputError) as caught:
        stated_secret(path, environment={})
    assert SECRET not in str(caught.value)
    return str(caught.value)


def test_a_key_comes_from_the_option_else_the_file_of_the_environment_else_the_environment(tmp_path: Path) -> None:
    own, other = key_file(tmp_path), tmp_path / "other.key"
    other.write_text("f" * 32)
    other.chmod(0o400)
    environment = {"DRONESIM_KEY_FILE": str(other), "DRONESIM_KEY": "e" * 32}
    found = [
        stated_secret(own, environment=environment),
        stated_secret(environment=environment),
        stated_secret(environment={"DRONESIM_KEY": "e" * 32}),
    ]
    assert [secret and secret.value for secret in found] == [SECRET.encode(), b"f" * 32, b"e" * 32]
    assert [secret and secret.origin for secret in found] == [
        f"the key in {own}",
        f"the key in {other}",
        "the key in DRONESIM_KEY",
    ]
    assert stated_secret(environment={}) is None
    assert stated_secret(environment={"DRONESIM_KEY": "", "DRONESIM_KEY_FILE": ""}) is None


def test_line_ends_around_a_key_do_not_count(tmp_path: Path) -> None:
    written = stated_secret(key_file(tmp_path, content=f"\n {SECRET} \r\n"), environment={})
    assert written == stated_secret(key_file(tmp_path), environment={})


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o620, 0o602, 0o610, 0o644, 0o666, 0o777])
def test_a_file_that_others_may_use_is_refused_with_the_way_out(mode: int, tmp_path: Path) -> None:
    path = key_file(tmp_path, mode=mode)
    assert refusal(path) == (
        f"{path}: --key-file: holds a key, and others than its owner may read or change it (mode {mode:o}); "
        f"chmod 600 {path}"
    )


@pytest.mark.parametrize("mode", [0o600, 0o400])
def test_a_file_of_the_owner_alone_is_read(mode: int, tmp_path: Path) -> None:
    secret = stated_secret(key_file(tmp_path, mode=mode), environment={})
    assert secret is not None
    assert secret.value == SECRET.encode()


def test_a_link_is_judged_by_the_file_that_it_leads_to(tmp_path: Path) -> None:
    link = tmp_path / "link.key"
    link.symlink_to(key_file(tmp_path, mode=0o644))
    assert "mode 644" in refusal(link)


def test_what_is_no_file_with_a_key_is_refused(tmp_path: Path) -> None:
    pipe = tmp_path / "pipe.key"
    os.mkfifo(pipe, mode=0o600)
    assert "must be a file that holds the key" in refusal(pipe)
    assert "can't be read: Is a directory" in refusal(tmp_path)
    assert "can't be read: No such file or directory" in refusal(tmp_path / "none.key")


@pytest.mark.parametrize("content", ["", "\n", "short", "123456789012345\n"])
def test_a_short_key_is_refused_and_not_shown(content: str, tmp_path: Path) -> None:
    told = refusal(key_file(tmp_path, content=content))
    assert "must hold a key of at least 16 bytes" in told
    assert f"it has {len(content.strip())}" in told


def test_a_file_that_is_no_key_but_something_long_is_refused(tmp_path: Path) -> None:
    assert "at most 4,096 bytes" in refusal(key_file(tmp_path, content="x" * 5000))


def test_the_place_that_is_told_is_the_one_that_named_the_key(tmp_path: Path) -> None:
    path = key_file(tmp_path, mode=0o644)
    with pytest.raises(InputError, match="DRONESIM_KEY_FILE: holds a key"):
        stated_secret(environment={"DRONESIM_KEY_FILE": str(path)})
    with pytest.raises(InputError, match="environment: DRONESIM_KEY: must hold a key of at least 16 bytes"):
        stated_secret(environment={"DRONESIM_KEY": "short"})


def test_a_secret_is_not_in_its_own_words(tmp_path: Path) -> None:
    secret = stated_secret(key_file(tmp_path), environment={})
    assert SECRET not in repr(secret)
    assert SECRET[:6] not in repr(secret)


def test_a_code_of_one_day_opens_nothing_on_another(tmp_path: Path) -> None:
    secret = stated_secret(key_file(tmp_path), environment={})
    at: dict[str, Any] = {"airport": 0, "now_ms": 0, "is_used": lambda _order: False}
    for signer in (secret, None):
        today = day_key(signer, seed=1, replication=0)
        token = issue_code(today, order=1, airport=0, box=2, expires_ms=10)
        others = [
            day_key(signer, seed=2, replication=0),
            day_key(signer, seed=1, replication=1),
            day_key(None if signer else secret, seed=1, replication=0),
        ]
        assert check_code(today, token, **at) == (ACCEPTED, 2)
        assert [check_code(other, token, **at)[0] for other in others] == [WRONG] * 3


def test_fingerprints_tell_keys_apart_and_hold_nothing_of_them() -> None:
    keys = [day_key(None, seed=seed, replication=0) for seed in range(50)]
    found = {fingerprint(key) for key in keys}
    assert len(found) == 50
    assert all(len(print_) == 8 and print_ not in key.hex() for key in keys for print_ in found)
