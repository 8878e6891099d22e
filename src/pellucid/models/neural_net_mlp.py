"""A perceptron with one hidden layer, its gradient by hand: nothing here but NumPy."""

import numpy as np

__all__ = ["NeuralNetMLP"]


class NeuralNetMLP:
    """h = σ(x W_hᵀ + b_h),  a = σ(h W_outᵀ + b_out),  σ(z) = 1 / (1 + e⁻ᶻ).

    The loss is L = Σₙ ‖aₙ - yₙ‖² / N, yₙ being 1 at the class of xₙ and 0 elsewhere.  As
    σ' = σ (1 - σ), going back from L to the weights is two deltas and four products:

        δ_out = 2 (a - y) / N · a (1 - a)        ∂L/∂W_out = δ_outᵀ h     ∂L/∂b_out = Σₙ δ_out
        δ_h   = δ_out W_out · h (1 - h)          ∂L/∂W_h   = δ_hᵀ x       ∂L/∂b_h   = Σₙ δ_h

    Parameters
    ----------
    num_features, num_hidden, num_classes : int
        The widths D, H and K.
    random_seed : int
        Of the weights, which begin normal with deviation 0.1; the biases begin at zero.

    Attributes
    ----------
    weight_h, bias_h : arrays (H, D) and (H,)
    weight_out, bias_out : arrays (K, H) and (K,)

    References
    ----------
    Raschka, Liu, Mirjalili, "Machine learning with PyTorch and scikit-learn", 2022, ch. 11.
    """

    def __init__(self, num_features, num_hidden, num_classes, random_seed=123):
        rng = np.random.RandomState(random_seed)
        self.num_classes = num_classes
        self.weight_h = rng.normal(0.0, 0.1, (num_hidden, num_features))
        self.bias_h = np.zeros(num_hidden)
        self.weight_out = rng.normal(0.0, 0.1, (num_classes, num_hidden))
        self.bias_out = np.zeros(num_classes)

    def forward(self, x):
        """h and a of the rows of x."""
        h = sigmoid(x @ self.weight_h.T + self.bias_h)  # (N, H)
        return h, sigmoid(h @ self.weight_out.T + self.bias_out)  # (N, K)

    def backward(self, x, h, a, y):
        """∂L by W_out, b_out, W_h and b_h; y are the numbers of the classes."""
        delta_out = 2 * (a - one_hot(y, self.num_classes)) / len(y) * a * (1 - a)  # (N, K)
        delta_h = delta_out @ self.weight_out * h * (1 - h)  # (N, H)
        return delta_out.T @ h, delta_out.sum(0), delta_h.T @ x, delta_h.sum(0)

    def train_epoch(self, x, y, learning_rate=0.1, batch_size=100, rng=None):
        """One step down the gradient for each batch of x and y, in a random order if ``rng``."""
        order = np.arange(len(x)) if rng is None else rng.permutation(len(x))
        for start in range(0, len(x), batch_size):
            rows = order[start : start + batch_size]
            gradients = self.backward(x[rows], *self.forward(x[rows]), y[rows])
            parameters = self.weight_out, self.bias_out, self.weight_h, self.bias_h
            for parameter, gradient in zip(parameters, gradients, strict=True):
                parameter -= learning_rate * gradient

    def predict(self, x):
        """The class with the largest a."""
        return np.argmax(self.forward(x)[1], axis=1)


def sigmoid(z):
    """1 / (1 + e⁻ᶻ), which is (1 + tanh(z / 2)) / 2: no z makes that overflow."""
    return (1 + np.tanh(z / 2)) / 2


def one_hot(y, num_classes):
    """A row for each class number: 1 at that number, 0 elsewhere."""
    return (np.asarray(y)[:, None] == np.arange(num_classes)).astype(float)
