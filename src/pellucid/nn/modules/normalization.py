"""Normalisation as modules: γ begins at one, β at zero, running means at zero, variances at one."""

from pellucid.autograd.creation import empty, ones, tensor, zeros
from pellucid.nn import functional as F
from pellucid.nn import init
from pellucid.nn.modules.module import Module
from pellucid.nn.parameter import Parameter

__all__ = [
    "BatchNorm1d",
    "BatchNorm2d",
    "GroupNorm",
    "InstanceNorm1d",
    "InstanceNorm2d",
    "LayerNorm",
    "RMSNorm",
]


class _Affine(Module):
    """γ and β, or only γ, or neither."""

    def _give(self, shape, weight, bias, **options):
        for name, wanted in (("weight", weight), ("bias", bias)):
            self.register_parameter(name, Parameter(empty(shape, **options)) if wanted else None)
        if self.weight is not None:
            init.ones_(self.weight)
        if self.bias is not None:
            init.zeros_(self.bias)


class _Running(_Affine):
    """What batch and instance norms share: channels, and means that run along."""

    dimensions: tuple[int, ...]
    _version = 2

    def __init__(
        self, num_features, eps, momentum, affine, track_running_stats, device, dtype, bias
    ):
        super().__init__()
        self.num_features, self.eps, self.momentum = num_features, eps, momentum
        self.affine, self.track_running_stats = affine, track_running_stats
        self._give((num_features,), affine, affine and bias, device=device, dtype=dtype)
        options = {"device": device, "dtype": dtype}
        tracked = track_running_stats
        self.register_buffer("running_mean", zeros(num_features, **options) if tracked else None)
        self.register_buffer("running_var", ones(num_features, **options) if tracked else None)
        self.register_buffer("num_batches_tracked", tensor(0, device=device) if tracked else None)

    def reset_running_stats(self):
        """Begin anew: means of zero and variances of one, of no batch."""
        if self.track_running_stats:
            init.zeros_(self.running_mean)
            init.ones_(self.running_var)
            init.zeros_(self.num_batches_tracked)

    def _share(self, learning):
        """How far the running means move; they take part in a plain mean if momentum is None."""
        if learning and self.track_running_stats:
            self.num_batches_tracked += 1
        if self.momentum is not None:
            return self.momentum
        return 1 / self.num_batches_tracked.item() if learning and self.track_running_stats else 0.0

    def _load_from_state_dict(self, state_dict, prefix, local_metadata, *args):
        old = local_metadata.get("version", 1) < 2  # which did not count batches
        if old and self.num_batches_tracked is not None:
            state_dict.setdefault(f"{prefix}num_batches_tracked", self.num_batches_tracked)
        super()._load_from_state_dict(state_dict, prefix, local_metadata, *args)

    def _check(self, input):
        if input.ndim not in self.dimensions:
            wanted = " or ".join(f"{n}D" for n in self.dimensions)
            raise ValueError(f"expected {wanted} input (got {input.ndim}D input)")

    def extra_repr(self):
        return (
            f"{self.num_features}, eps={self.eps}, momentum={self.momentum}, affine={self.affine}, "
            f"bias={self.bias is not None}, track_running_stats={self.track_running_stats}"
        )


class _BatchNorm(_Running):
    """y = γ x̂ + β over the batch, channel by channel; by the running mean and variance in eval.

    Parameters
    ----------
    num_features : int
        C.
    eps : float
        What is added to the variance.
    momentum : float or None
        How far the running ones move towards the batch's; None: their plain mean.
    affine : bool
        Whether there are γ and β.
    track_running_stats : bool
        Whether means run along; if not, the batch's serve in eval as well.
    """

    def __init__(
        self,
        num_features,
        eps=1e-5,
        momentum=0.1,
        affine=True,
        track_running_stats=True,
        device=None,
        dtype=None,
        *,
        bias=True,
    ):
        settings = num_features, eps, momentum, affine, track_running_stats
        super().__init__(*settings, device, dtype, bias)

    def forward(self, input):
        self._check(input)
        kept = self.track_running_stats or not self.training  # the running ones, or used
        return F.batch_norm(
            input,
            self.running_mean if kept else None,
            self.running_var if kept else None,
            self.weight,
            self.bias,
            self.training or self.running_mean is None,
            self._share(self.training),
            self.eps,
        )


class BatchNorm1d(_BatchNorm):
    __doc__ = f"{_BatchNorm.__doc__}\n    The input is (N, C) or (N, C, L)."
    dimensions = (2, 3)


class BatchNorm2d(_BatchNorm):
    __doc__ = f"{_BatchNorm.__doc__}\n    The input is (N, C, H, W)."
    dimensions = (4,)


class _InstanceNorm(_Running):
    """y = γ x̂ + β over each channel of each example; arguments as a batch norm's."""

    def __init__(
        self,
        num_features,
        eps=1e-5,
        momentum=0.1,
        affine=False,
        track_running_stats=False,
        device=None,
        dtype=None,
        *,
        bias=True,
    ):
        settings = num_features, eps, momentum, affine, track_running_stats
        super().__init__(*settings, device, dtype, bias)

    def forward(self, input):
        self._check(input)
        if input.ndim == min(self.dimensions):  # one example without a batch
            return self.forward(input.unsqueeze(0)).squeeze(0)
        return F.instance_norm(
            input,
            self.running_mean,
            self.running_var,
            self.weight,
            self.bias,
            self.training or not self.track_running_stats,
            self.momentum,
            self.eps,
        )


class InstanceNorm1d(_InstanceNorm):
    __doc__ = f"{_InstanceNorm.__doc__}\n    The input is (N, C, L) or (C, L)."
    dimensions = (2, 3)


class InstanceNorm2d(_InstanceNorm):
    __doc__ = f"{_InstanceNorm.__doc__}\n    The input is (N, C, H, W) or (C, H, W)."
    dimensions = (3, 4)


class LayerNorm(_Affine):
    """y = γ x̂ + β over the last axes, whose sizes are ``normalized_shape``."""

    def __init__(
        self,
        normalized_shape,
        eps=1e-5,
        elementwise_affine=True,
        bias=True,
        device=None,
        dtype=None,
    ):
        super().__init__()
        whole = isinstance(normalized_shape, int)
        self.normalized_shape = (normalized_shape,) if whole else tuple(normalized_shape)
        self.eps, self.elementwise_affine = eps, elementwise_affine
        options = {"device": device, "dtype": dtype}
        affine = elementwise_affine
        self._give(self.normalized_shape, affine, affine and bias, **options)

    def forward(self, input):
        return F.layer_norm(input, self.normalized_shape, self.weight, self.bias, self.eps)

    def extra_repr(self):
        return (
            f"{self.normalized_shape}, eps={self.eps}, "
            f"elementwise_affine={self.elementwise_affine}, bias={self.bias is not None}"
        )


class RMSNorm(_Affine):
    """y = γ x / √(mean x² + ε) over the last axes, whose sizes are ``normalized_shape``."""

    def __init__(
        self, normalized_shape, eps=None, elementwise_affine=True, device=None, dtype=None
    ):
        super().__init__()
        whole = isinstance(normalized_shape, int)
        self.normalized_shape = (normalized_shape,) if whole else tuple(normalized_shape)
        self.eps, self.elementwise_affine = eps, elementwise_affine
        self._give(self.normalized_shape, elementwise_affine, False, device=device, dtype=dtype)

    def forward(self, input):
        return F.rms_norm(input, self.normalized_shape, self.weight, self.eps)

    def extra_repr(self):
        affine = self.elementwise_affine
        return f"{self.normalized_shape}, eps={self.eps}, elementwise_affine={affine}"


class GroupNorm(_Affine):
    """y = γ x̂ + β over each of ``num_groups`` groups of the channels of each example."""

    def __init__(
        self, num_groups, num_channels, eps=1e-5, affine=True, device=None, dtype=None, *, bias=True
    ):
        if num_channels % num_groups:
            raise ValueError(
                f"num_channels ({num_channels}) must be divisible by num_groups ({num_groups})"
            )
        super().__init__()
        self.num_groups, self.num_channels = num_groups, num_channels
        self.eps, self.affine = eps, affine
        self._give((num_channels,), affine, affine and bias, device=device, dtype=dtype)

    def forward(self, input):
        return F.group_norm(input, self.num_groups, self.weight, self.bias, self.eps)

    def extra_repr(self):
        return (
            f"{self.num_groups}, {self.num_channels}, eps={self.eps}, affine={self.affine}, "
            f"bias={self.bias is not None}"
        )
