"""The live planner: a page on this machine alone, where sliders move and the answer follows."""
