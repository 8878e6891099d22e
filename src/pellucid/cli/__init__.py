"""The command ``pellucid``: fit models to a table, predict with the best, read how they work."""

from pellucid.cli.app import main

__all__ = ["main"]
