"""What distributions share: shapes, valid parameters, and drawing."""

from numbers import Number
from typing import ClassVar, NamedTuple

import numpy as np

from pellucid.autograd import Size, Tensor, no_grad
from pellucid.autograd.creation import tensor
from pellucid.autograd.dtypes import get_default_dtype

__all__ = [
    "BOOLEAN",
    "POSITIVE",
    "REAL",
    "SIMPLEX",
    "UNIT",
    "Constraint",
    "Distribution",
    "kl_divergence",
    "together",
]


class Constraint(NamedTuple):
    """What values must be: in words, and as a function of an array that says where they are."""

    words: str
    holds: object

    def check(self, value):
        """Whether each value is so."""
        return Tensor._of(np.asarray(self.holds(value._array), like=value._array))


REAL = Constraint("numbers", lambda x: x == x)  # all but NaN
POSITIVE = Constraint("above 0", lambda x: x > 0)
UNIT = Constraint("between 0 and 1", lambda x: (x >= 0) & (x <= 1))
BOOLEAN = Constraint("0 or 1", lambda x: (x == 0) | (x == 1))
SIMPLEX = Constraint(
    "not below 0, with sum 1 along the last dimension",
    lambda x: np.all(x >= 0, -1) & (np.abs(np.sum(x, -1) - 1) < 1e-6),
)


def together(*parameters):
    """Numbers and tensors as tensors of one shape."""
    kind = next((x.dtype for x in parameters if isinstance(x, Tensor)), get_default_dtype())
    if not all(isinstance(x, Tensor | Number | np.generic) for x in parameters):
        raise ValueError("Input arguments must all be instances of Number or Tensor")
    parameters = [x if isinstance(x, Tensor) else tensor(x, dtype=kind) for x in parameters]
    shapes = [tuple(x.shape) for x in parameters]
    try:
        shape = np.broadcast_shapes(*shapes)
    except ValueError:
        raise RuntimeError(f"parameters of shapes {shapes} cannot be broadcast together") from None
    return [x.expand(*shape) if tuple(x.shape) != shape else x for x in parameters]


class Distribution:
    """A batch of distributions: a draw has the shape sample_shape + batch_shape + event_shape.

    ``validate_args=False`` leaves the parameters and values unchecked.

    Parameters
    ----------
    batch_shape, event_shape : tuples
        How many distributions there are, and the shape of one's draw.
    validate_args : bool or None
        None: as ``set_default_validate_args`` says.
    """

    arg_constraints: ClassVar[dict[str, Constraint]] = {}
    has_rsample = has_enumerate_support = False
    _validate_args = True

    def __init__(self, batch_shape=(), event_shape=(), validate_args=None):
        self.batch_shape, self.event_shape = Size(batch_shape), Size(event_shape)
        if validate_args is not None:
            self._validate_args = validate_args
        if self._validate_args:
            for name, constraint in self.arg_constraints.items():
                if name in vars(self):
                    place = f"of distribution {self!r} to be {constraint.words}"
                    self._check(constraint, vars(self)[name], f"parameter {name}", place)

    @staticmethod
    def set_default_validate_args(value):
        """Whether parameters and values are checked where nothing else is said."""
        if value not in (True, False):
            raise ValueError(f"validate_args is True or False, not {value!r}")
        Distribution._validate_args = value

    def _check(self, constraint, values, what, place):
        if not np.all(constraint.holds(values._array)):
            raise ValueError(
                f"Expected {what} (Tensor of shape {tuple(values.shape)}) {place}, but found "
                f"invalid values:\n{values}"
            )

    def _check_value(self, value):
        if not self._validate_args:
            return
        if not isinstance(value, Tensor):
            raise ValueError("The value argument to log_prob must be a Tensor")
        shape = self.batch_shape + self.event_shape
        for one, other in zip(reversed(value.shape), reversed(shape), strict=False):
            if one != other and 1 not in (one, other):
                raise ValueError(
                    "Value is not broadcastable with batch_shape+event_shape: "
                    f"{value.shape} vs {shape}."
                )
        place = f"to be within the support ({self.support.words}) of the distribution {self!r}"
        self._check(self.support, value, "value argument", place)

    def _extended_shape(self, sample_shape=()):
        return Size(tuple(sample_shape) + self.batch_shape + self.event_shape)

    def sample(self, sample_shape=()):
        """Draws, off the tape."""
        with no_grad():
            return self._draw(self._extended_shape(sample_shape))

    def rsample(self, sample_shape=()):
        """Draws that are a differentiable function of the parameters."""
        raise NotImplementedError(f"draws from {self!r} have no gradient: use sample()")

    def log_prob(self, value):
        """The logarithm of the probability, or of its density."""
        raise NotImplementedError

    def cdf(self, value):
        """The probability of at most ``value``."""
        raise NotImplementedError

    def icdf(self, value):
        """Below what lies the probability ``value``."""
        raise NotImplementedError

    def enumerate_support(self, expand=True):
        """All values that there are, along a new first dimension."""
        raise NotImplementedError

    @property
    def stddev(self):
        """The standard deviation."""
        return self.variance.sqrt()

    def perplexity(self):
        """exp of the entropy."""
        return self.entropy().exp()

    def __repr__(self):
        given = {name: vars(self)[name] for name in self.arg_constraints if name in vars(self)}
        parts = [f"{name}: {x if x.numel() == 1 else x.shape}" for name, x in given.items()]
        return f"{type(self).__name__}({', '.join(parts)})"


def kl_divergence(p, q):
    """KL(p ‖ q) = E_p[log p(x) - log q(x)], of two distributions of the same family."""
    for family in type(p).__mro__:
        if "_kl" in vars(family) and isinstance(q, family):
            return family._kl(p, q)
    raise NotImplementedError(f"no KL divergence of {type(p).__name__} and {type(q).__name__}")
