"""Ours and the peer in turn, each in a process of its own: ``python -m benchmarks``."""
