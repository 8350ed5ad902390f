"""Measurements of speed and accuracy. Run with `python -m benchmarks NAME`; nothing here judges right or wrong."""
