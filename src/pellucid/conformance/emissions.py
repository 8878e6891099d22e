"""Conformance of the emissions."""

from pellucid.conformance.rows import exempt

exempt("emissions.Emission", reason="what an emission is; it computes nothing itself")
