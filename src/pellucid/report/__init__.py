"""The report of a fit: one HTML page that stands alone, with its pictures inside."""

from pellucid.report.page import render

__all__ = ["render"]
