"""Measured speed: `python -m benchmarks NAME` prints one JSON line with the figure, the machine and a yardstick.

Each run starts a server of its own in a temporary folder, with durable settings, on loopback, and stops it again.
"""
