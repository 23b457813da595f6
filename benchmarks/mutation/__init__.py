"""Planting small faults in the source, and asking the tests whether they see them."""
