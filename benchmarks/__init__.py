"""Measurements of what an instance does most: fan-out, arrivals, reads."""
