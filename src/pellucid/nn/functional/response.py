"""Local response normalization: a channel is held down by what its neighbours do."""

from pellucid.autograd.functions import PUBLIC
from pellucid.nn.functional.padding import pad

__all__ = ["local_response_norm"]


def local_response_norm(input, size, alpha=1e-4, beta=0.75, k=1.0):
    """x_c / (k + α/n Σ x_j²)^β over the n = ``size`` channels j about c; (N, C, ...).

    References
    ----------
    Krizhevsky, Sutskever, Hinton, "ImageNet classification with deep convolutional neural
    networks", 2012, sec. 3.3.
    """
    if input.ndim < 3:
        raise ValueError(f"local_response_norm: (N, C, ...) has 3 dimensions, not {input.ndim}")
    around = (0, 0) * (input.ndim - 2) + (size // 2, (size - 1) // 2)
    squares = pad(input * input, around)
    channels = input.shape[1]
    total = PUBLIC["stack"]([squares.narrow(1, j, channels) for j in range(size)]).sum(0)
    return input / (total * (alpha / size) + k) ** beta
