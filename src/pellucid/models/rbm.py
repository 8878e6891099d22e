"""A restricted Boltzmann machine, taught by the difference of two free energies."""

from pellucid import nn
from pellucid.autograd import no_grad
from pellucid.autograd.creation import empty, full, zeros
from pellucid.autograd.random import bernoulli
from pellucid.nn import functional as F

__all__ = ["RBM"]


class RBM(nn.Module):
    """p(v, h) ∝ exp(a·v + b·h + h·W v) of visible v and hidden h, each number 0 or 1.

    Given the others, the numbers of one side are independent: p(h_j = 1 | v) = σ(b_j + W_j·v).
    Summed over h, p(v) ∝ exp(-F(v)) with the free energy

        F(v) = -a·v - Σ_j log(1 + exp(b_j + W_j·v))

    The gradient of -log p(v) is that of F(v) less its mean under p, for which stand the ends ṽ of
    Markov chains: L = mean F(v) - mean F(ṽ), called with a batch of v.  The chains take ``k`` steps
    from the data itself (contrastive divergence, CD-k), or go on from where they were the last
    time (persistent CD), and then come to be drawn from p.

    Parameters
    ----------
    n_visible, n_hidden : int
        The sizes of v and h.
    k : int
        Steps of Gibbs sampling, each h from v and v from h.
    n_chains : int or None
        How many chains persist; None: they begin at the data each time.

    Attributes
    ----------
    weight : Parameter (n_hidden, n_visible)
        W.
    visible_bias, hidden_bias : Parameters (n_visible,), (n_hidden,)
        a and b.
    chains : Tensor (n_chains, n_visible) or None
        Where the chains are.

    References
    ----------
    Hinton, "Training products of experts by minimizing contrastive divergence", 2002.
    Tieleman, "Training restricted Boltzmann machines using approximations to the likelihood
    gradient", ICML 2008.
    Hinton, "A practical guide to training restricted Boltzmann machines", 2010: the beginning.
    """

    def __init__(self, n_visible, n_hidden, k=1, n_chains=None):
        super().__init__()
        if k < 1:
            raise ValueError(f"a chain takes at least one step, not {k}")
        self.k = k
        self.weight = nn.Parameter(nn.init.normal_(empty(n_hidden, n_visible), std=0.01))
        self.visible_bias = nn.Parameter(zeros(n_visible))
        self.hidden_bias = nn.Parameter(zeros(n_hidden))
        chains = None if n_chains is None else bernoulli(full((n_chains, n_visible), 0.5))
        self.register_buffer("chains", chains)

    def free_energy(self, v):
        """F(v) of each row (N,)."""
        inputs = F.linear(v, self.weight, self.hidden_bias)  # (N, n_hidden)
        return F.logsigmoid(-inputs).sum(-1) - v @ self.visible_bias

    def hidden(self, v):
        """p(h = 1 | v), (N, n_hidden)."""
        return F.sigmoid(F.linear(v, self.weight, self.hidden_bias))

    def visible(self, h):
        """p(v = 1 | h), (N, n_visible)."""
        return F.sigmoid(F.linear(h, self.weight.T, self.visible_bias))

    @no_grad()
    def sample(self, v, steps):
        """Where chains that begin at the rows of v are after so many steps."""
        for _ in range(steps):
            v = bernoulli(self.visible(bernoulli(self.hidden(v))))
        return v

    def reconstruct(self, v):
        """p(v = 1 | h) for h = p(h = 1 | v): what it makes of v without chance."""
        return self.visible(self.hidden(v))

    def forward(self, v):
        ends = self.sample(v if self.chains is None else self.chains, self.k)
        if self.chains is not None:
            self.chains = ends
        return self.free_energy(v).mean() - self.free_energy(ends).mean()
