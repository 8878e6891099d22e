"""A multilayer perceptron of modules."""

from itertools import pairwise

from pellucid import nn

__all__ = ["MLP"]


class MLP(nn.Module):
    """h₀ = x,  hₖ = σ(Wₖ hₖ₋₁ + bₖ),  y = W h + b: affine layers with a nonlinearity σ between.

    Parameters
    ----------
    *sizes : int
        The widths: of x, of each h, of y.
    activation : Module class
        σ.

    References
    ----------
    Rumelhart, Hinton, Williams, "Learning representations by back-propagating errors", 1986.
    """

    def __init__(self, *sizes, activation=nn.ReLU):
        super().__init__()
        if len(sizes) < 2:
            raise ValueError(f"an MLP has at least two sizes, of x and of y, not {sizes}")
        self.layers = nn.ModuleList(nn.Linear(n, m) for n, m in pairwise(sizes))
        self.activation = activation()

    def forward(self, x):
        *hidden, last = self.layers
        for layer in hidden:
            x = self.activation(layer(x))
        return last(x)
