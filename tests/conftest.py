"""Property tests in two moods: the same examples every time, or others every time (`make explore`)."""

from __future__ import annotations

from exploring import register_profiles

register_profiles()
