"""What a loss is: three functions of a target and a raw score, and a link to the prediction."""

from typing import ClassVar

from pellucid.losses.links import IdentityLink, Link

__all__ = ["Loss"]


class Loss:
    """ℓ(y, s) of a target y and a raw score s, elementwise; derivatives are with respect to s.

    ``prediction = link.inverse(s)``.  A label is y = 1 for the positive class, 0 for the other.
    A subclass is a frozen dataclass whose fields are numbers.  Its methods use operators and
    ``np.`` functions that hold for arrays and for single numbers alike, and keep float32 float32,
    so that the same lines run in NumPy and, compiled, inside a loop over examples.
    """

    link: ClassVar[Link] = IdentityLink()

    def value(self, y, raw):
        """ℓ(y, s)"""
        raise NotImplementedError

    def gradient(self, y, raw):
        """∂ℓ/∂s; at a kink, one of the subgradients."""
        raise NotImplementedError

    def hessian(self, y, raw):
        """∂²ℓ/∂s² where it exists; 0 at a kink."""
        raise NotImplementedError
