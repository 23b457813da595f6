"""dronesim: how many drones does a district need, and which dispatch policy gets there with the fewest?"""

__version__ = "0.1.0"
