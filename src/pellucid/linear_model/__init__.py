"""Linear models: least squares, penalised, robust, Bayesian, generalised, and online."""

__all__: list[str] = []
