"""Bounds: the share on time of a day that no policy can exceed, proved by prices."""
