"""Forests, boosting, bagging and votes: many models that answer as one."""

__all__: list[str] = []
