"""Measurements: speed, accuracy, start-up. Run with `python -m benchmarks NAME`; nothing here decides right or wrong."""
