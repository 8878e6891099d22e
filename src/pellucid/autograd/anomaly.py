"""Anomalies: a gradient that is no number is an error, where one asks for that."""

import threading

import numpy as np

__all__ = ["check_numbers", "detect_anomaly", "set_detect_anomaly"]


class _Watch(threading.local):
    on = False


_watch = _Watch()


class set_detect_anomaly:
    """Let a NaN in a gradient be an error that names the operation, from now on or only inside."""

    def __init__(self, mode: bool, check_nan=True):
        self.before, _watch.on = _watch.on, bool(mode and check_nan)

    def __enter__(self):
        return self

    def __exit__(self, *error):
        _watch.on = self.before


class detect_anomaly(set_detect_anomaly):
    """Inside, a NaN in a gradient is an error that names the operation."""

    def __init__(self, check_nan=True):
        self.check_nan = check_nan

    def __enter__(self):
        super().__init__(True, self.check_nan)
        return self


def check_numbers(node, number, gradient):
    """That the gradient an operation gives is made of numbers, if someone watches."""
    if _watch.on and np.any(np.isnan(getattr(gradient, "_array", gradient))):
        raise RuntimeError(
            f"Function '{node.name()}' returned nan values in its {number}th output."
        )
