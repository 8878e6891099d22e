"""An affine layer with few links, which moves the weakest of them elsewhere as it learns."""

import math

from pellucid.autograd import no_grad
from pellucid.autograd.creation import empty, zeros
from pellucid.autograd.random import rand, randperm
from pellucid.nn import functional as F
from pellucid.nn import init
from pellucid.nn.modules.module import Module
from pellucid.nn.parameter import Parameter

__all__ = ["SparseEvolution"]


class SparseEvolution(Module):
    """y = x (W ∘ M)ᵀ + b, M having ones for M₀ = ε (n_in + n_out) links at random, zeros else.

    ``evolve()``, once an epoch, takes away the share ζ of the positive weights that is the smallest
    and the share ζ of the negative ones that is nearest to zero, and puts as many links at random
    where there are none: the number of links never changes, but where they are comes to fit.

    Parameters
    ----------
    in_features, out_features : int
        n_in and n_out, the last sizes of x and y.
    epsilon : float
        ε: each output has about ε (1 + n_in / n_out) links.
    zeta : float
        ζ, between 0 and 1.
    bias : bool
        Whether there is a b.

    Attributes
    ----------
    weight : Parameter (out_features, in_features)
        W, zero where there is no link.
    mask : Tensor (out_features, in_features)
        M.

    References
    ----------
    Mocanu et al., "Scalable training of artificial neural networks with adaptive sparse
    connectivity inspired by network science", Nature Communications 9 (2018).
    """

    def __init__(self, in_features, out_features, epsilon=20, zeta=0.3, bias=True):
        super().__init__()
        if epsilon <= 0 or not 0 <= zeta <= 1:
            raise ValueError(f"ε is positive and ζ from 0 to 1, not {epsilon} and {zeta}")
        self.in_features, self.out_features = in_features, out_features
        self.epsilon, self.zeta = epsilon, zeta
        self.weight = Parameter(empty(out_features, in_features))
        self.register_parameter("bias", Parameter(empty(out_features)) if bias else None)
        self.register_buffer("mask", zeros(out_features, in_features))
        self.reset_parameters()

    def reset_parameters(self):
        """Begin anew, with other links."""
        links = round(self.epsilon * (self.in_features + self.out_features))
        self._put(zeros(*self.mask.shape), zeros(*self.mask.shape), links)
        if self.bias is not None:
            init.zeros_(self.bias)

    @no_grad()
    def evolve(self):
        """Take the weakest links away, and put as many elsewhere."""
        w, kept = self.weight * self.mask, self.mask.clone()
        for side in (w, -w):
            places = (side > 0).nonzero()  # (P, 2)
            order = side[side > 0].argsort()
            weakest = places[order[: int(self.zeta * len(order))]]
            kept[weakest[:, 0], weakest[:, 1]] = 0
        self._put(w, kept, int(self.mask.sum() - kept.sum()))

    @no_grad()
    def _put(self, w, mask, links):
        """Put links of new weights at random where the mask has none."""
        free = (mask == 0).nonzero()  # (F, 2)
        new = free[randperm(len(free))[:links]]
        fan_in = max(1.0, self.epsilon * (1 + self.in_features / self.out_features))
        bound = 1 / math.sqrt(min(fan_in, self.in_features))
        mask[new[:, 0], new[:, 1]] = 1
        w = w * mask
        w[new[:, 0], new[:, 1]] = (2 * rand(len(new)) - 1) * bound
        self.weight.copy_(w)
        self.mask.copy_(mask)

    def forward(self, input):
        return F.linear(input, self.weight * self.mask, self.bias)

    def extra_repr(self):
        sizes = f"in_features={self.in_features}, out_features={self.out_features}"
        return f"{sizes}, epsilon={self.epsilon}, zeta={self.zeta}, bias={self.bias is not None}"
