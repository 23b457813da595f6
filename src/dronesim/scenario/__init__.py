"""Scenario files and maps: read, checked, and resolved into a world and its rules."""
