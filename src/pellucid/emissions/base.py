"""What an emission is: K densities of one family, and how they learn from weighted rows."""

from typing import ClassVar, Self

from pellucid.base import Part

__all__ = ["Emission"]


class Emission(Part):
    """p(x | θ_k) for k = 1 ... K, stacked: a mixture and an HMM are a prior over these, no more.

    A subclass is a frozen dataclass.  Its fields are settings (numbers, strings) and parameters:
    arrays with K first, None until the first ``m_step``.  ``statistics`` and ``m_step`` work
    before there are parameters, for that is how a model starts: from weights.
    """

    # whether NaN is a value not seen, which it integrates out; and whether it must be filled in
    # for the first statistics, when there are no parameters to expect it by
    takes_missing: ClassVar[bool] = False
    starts_filled: ClassVar[bool] = False

    def log_density(self, X):
        """log p(x_n | θ_k)                                                             (N, K)"""
        raise NotImplementedError

    def statistics(self, X, weight):
        """Sums over the rows of X, row n counting ``weight[n, k]`` times for density k.

        An array, a tuple of arrays, or an object with ``+``: what blocks of rows are combined by
        (``reduction.add``).  Moments are taken about a centre, never about zero.
        """
        raise NotImplementedError

    def m_step(self, total) -> Self:
        """The same family with the parameters that maximise Σ_n w_nk log p(x_n | θ_k)."""
        raise NotImplementedError

    def sample(self, k, random_state):
        """One row drawn from density ``k[n]`` for each n                                (N, D)"""
        raise NotImplementedError

    def n_products(self, K, D) -> int:
        """About how many numbers K densities make of a row of D, by which blocks are cut."""
        return 0

    @property
    def n_parameters(self) -> int:
        """How many numbers are free, for AIC and BIC."""
        raise NotImplementedError
