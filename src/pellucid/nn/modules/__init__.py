"""Layers that hold their own parameters."""
