"""Random small worlds from scenario to `verify`, in one process: drawn, run, checked, and shrunk where they are bad."""

from randomworlds.drawing import draw, with_trouble
from randomworlds.judging import FINE, SETTINGS, Verdict, judge
from randomworlds.shrinking import shrunk
from randomworlds.world import World, read_world

__all__ = ["FINE", "SETTINGS", "Verdict", "World", "draw", "judge", "read_world", "shrunk", "with_trouble"]
