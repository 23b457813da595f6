"""The door for Python: runs and experiments as functions, which the command line uses too.

Its names are public in `dronesim` itself.
"""
