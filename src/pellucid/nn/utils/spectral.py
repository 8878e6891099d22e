"""Weights divided by their largest singular value: w / σ(W), of which w is learned.

σ(W) = u · W v, where u and v are the singular vectors.  They are not computed but followed: at each
call in training one step of the power iteration leads them on, v ← Wᵀ u / ‖Wᵀ u‖, u ← W v / ‖W v‖.

Miyato, Kataoka, Koyama, Yoshida, "Spectral normalization for generative adversarial networks",
2018.
"""

from pellucid.autograd import no_grad
from pellucid.autograd.creation import empty
from pellucid.nn import functional as F
from pellucid.nn import init
from pellucid.nn.modules.convolution import ConvTranspose1d, ConvTranspose2d
from pellucid.nn.utils.reparametrised import forget, found

__all__ = ["remove_spectral_norm", "spectral_norm"]


class _OfGain:
    """The hook that makes the weight anew before each call."""

    def __init__(self, name, n_power_iterations, eps, dim):
        self.name, self.dim, self.eps = name, dim, eps
        self.n_power_iterations = n_power_iterations

    def __call__(self, module, args):
        if module.training:
            self.follow(module)
        setattr(module, self.name, self.weight(module))

    def matrix(self, weight):
        """W: a row for each place along ``dim``."""
        return weight.movedim(self.dim, 0).reshape(weight.shape[self.dim], -1)

    def follow(self, module):
        """Lead u and v on."""
        u, v = getattr(module, f"{self.name}_u"), getattr(module, f"{self.name}_v")
        W = self.matrix(getattr(module, f"{self.name}_orig"))
        with no_grad():
            for _ in range(self.n_power_iterations):
                v.copy_(F.normalize(W.T @ u, dim=0, eps=self.eps))
                u.copy_(F.normalize(W @ v, dim=0, eps=self.eps))

    def weight(self, module):
        """w / (u · W v)."""
        u, v = getattr(module, f"{self.name}_u"), getattr(module, f"{self.name}_v")
        weight = getattr(module, f"{self.name}_orig")
        return weight / u.clone().dot(self.matrix(weight) @ v.clone())  # they go on changing


def spectral_norm(module, name="weight", n_power_iterations=1, eps=1e-12, dim=None):
    """Let ``module`` learn ``name_orig``, and use it divided by its largest singular value.

    Parameters
    ----------
    module : Module
        What has the parameter; it is returned.
    name : str
        The parameter's name.
    n_power_iterations : int
        How many steps u and v, the buffers ``name_u`` and ``name_v``, go at each call in training.
    eps : float
        The least length by which they are divided.
    dim : int or None
        Along which the rows of W lie; None: 0, but 1 of a transposed convolution.
    """
    if n_power_iterations <= 0:
        raise ValueError(
            f"Expected n_power_iterations to be positive, but got {n_power_iterations=}"
        )
    if found(module, name, _OfGain):
        raise RuntimeError(f"Cannot register two spectral_norm hooks on the same parameter {name}")
    if dim is None:
        dim = 1 if isinstance(module, ConvTranspose1d | ConvTranspose2d) else 0
    hook, weight = _OfGain(name, n_power_iterations, eps, dim), getattr(module, name)
    delattr(module, name)
    module.register_parameter(f"{name}_orig", weight)
    setattr(module, name, weight.detach())
    for vector, size in zip("uv", hook.matrix(weight).shape, strict=True):
        drawn = init.normal_(empty(size, dtype=weight.dtype, device=weight.device))
        module.register_buffer(f"{name}_{vector}", F.normalize(drawn, dim=0, eps=eps))
    module.register_forward_pre_hook(hook)
    return module


def remove_spectral_norm(module, name="weight"):
    """Let ``module`` learn its parameter itself again, as it is now."""
    return forget(module, name, _OfGain, "spectral_norm", ("orig", "u", "v"))
