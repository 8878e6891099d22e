"""Muon: momentum of a matrix, made orthogonal before it is a step."""

import math

import numpy as np

from pellucid.optim.optimizer import Optimizer, not_negative

__all__ = ["Muon"]


class Muon(Optimizer):
    """B ← μ B + (1 - μ) G,  W ← (1 - η λ) W - η c · orthogonal((1 - μ) G + μ B).

    Every direction of the momentum is given the same weight: its singular values become about one.
    Only for matrices within a network; what is left (biases, tables of rows, the output) is for
    another optimiser.  PyTorch orthogonalises in bfloat16, and this in the parameter's own type, so
    that their steps agree to about a hundredth.

    Parameters
    ----------
    params : iterable
        W, as in ``Optimizer``.
    lr : float
        η.
    weight_decay : float
        λ.
    momentum : float
        μ.
    nesterov : bool
        Whether the momentum is Nesterov's; else B is orthogonalised.
    ns_coefficients : (float, float, float)
        a, b and c of ``orthogonal``.
    eps : float
        The least norm that is divided by.
    ns_steps : int
        How many steps ``orthogonal`` takes.
    adjust_lr_fn : {None, "original", "match_rms_adamw"}
        c: √max(1, rows / columns), which None means too; or 0.2 √max(rows, columns), for steps as
        large as AdamW's.

    References
    ----------
    Jordan et al., "Muon: an optimizer for hidden layers in neural networks", 2024.
    Liu et al., "Muon is scalable for LLM training", 2025 ("match_rms_adamw").
    """

    def __init__(
        self,
        params,
        lr=1e-3,
        weight_decay=0.1,
        momentum=0.95,
        nesterov=True,
        ns_coefficients=(3.4445, -4.775, 2.0315),
        eps=1e-7,
        ns_steps=5,
        adjust_lr_fn=None,
    ):
        not_negative(lr=lr, weight_decay=weight_decay, momentum=momentum)
        if adjust_lr_fn not in (None, "original", "match_rms_adamw"):
            raise ValueError(f"Adjust learning rate function {adjust_lr_fn} is not supported")
        defaults = {"lr": lr, "weight_decay": weight_decay, "momentum": momentum, "eps": eps}
        defaults |= {"nesterov": nesterov, "adjust_lr_fn": adjust_lr_fn}
        defaults |= {"ns_coefficients": ns_coefficients, "ns_steps": ns_steps}
        super().__init__(params, defaults)

    def add_param_group(self, param_group):
        super().add_param_group(param_group)
        for p in self.param_groups[-1]["params"]:
            if p.ndim != 2:
                raise ValueError(
                    "Muon only supports 2D parameters whereas we found a parameter with size: "
                    f"{p.shape}"
                )
            if p.is_complex():
                raise RuntimeError("Muon does not support complex parameters")

    def _begin(self, parameter, group):
        return {"momentum_buffer": np.zeros_like(parameter)}

    def _update_all(self, work, group):
        for parameter, gradient, state in work:
            self._update(parameter, gradient, state["momentum_buffer"]._array, group)

    def _update(self, parameter, gradient, buffer, group):
        momentum = group["momentum"]
        buffer += (1 - momentum) * (gradient - buffer)
        ahead = gradient + momentum * (buffer - gradient) if group["nesterov"] else buffer
        step = orthogonal(ahead, group["ns_coefficients"], group["ns_steps"], group["eps"])
        rows, columns = parameter.shape
        scale = math.sqrt(max(1, rows / columns))
        if group["adjust_lr_fn"] == "match_rms_adamw":
            scale = 0.2 * math.sqrt(max(rows, columns))
        parameter *= 1 - group["lr"] * group["weight_decay"]
        parameter -= group["lr"] * scale * step


def orthogonal(matrix, coefficients, steps, eps):
    """X ← a X + (b X Xᵀ + c (X Xᵀ)²) X, from X of norm one: singular values go to about one."""
    a, b, c = coefficients
    x = matrix.T if matrix.shape[0] > matrix.shape[1] else matrix
    x = x / max(float(np.linalg.norm(x)), eps)
    for _ in range(steps):
        square = x @ x.T
        x = a * x + (b * square + c * square @ square) @ x
    return x.T if matrix.shape[0] > matrix.shape[1] else x
