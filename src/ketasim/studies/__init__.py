"""Published studies as records: people, arms, phases, what was observed and when, and which studies judge.

What does NOT belong here: fitting anything to them (calibration), scoring a model against them (reproduction), or the
conduct of trials in general (trials).
"""
