"""Tables of rows as modules, and PReLU, whose slope is learned."""

from pellucid.autograd.creation import empty, full
from pellucid.nn import functional as F
from pellucid.nn import init
from pellucid.nn.modules.module import Module
from pellucid.nn.parameter import Parameter

__all__ = ["Embedding", "EmbeddingBag", "PReLU"]


class _Table(Module):
    """Rows (V, D) that begin normal, that of the padding at zero."""

    _usual: tuple = (
        ("padding_idx", None),
        ("max_norm", None),
        ("norm_type", 2.0),
        ("scale_grad_by_freq", False),
        ("sparse", False),
    )

    def __init__(self, V, D, padding_idx, rules, _weight, _freeze, device, dtype):
        super().__init__()
        if padding_idx is not None and not -V <= padding_idx < V:
            raise AssertionError("padding_idx must be within num_embeddings")
        self.num_embeddings, self.embedding_dim = V, D
        self.padding_idx = None if padding_idx is None else padding_idx % V
        self.max_norm, self.norm_type, self.scale_grad_by_freq, self.sparse = rules
        if _weight is None:
            weight = empty(V, D, device=device, dtype=dtype)
            self.weight = Parameter(weight, requires_grad=not _freeze)
            self.reset_parameters()
        elif tuple(_weight.shape) != (V, D):
            raise AssertionError("Shape of weight does not match num_embeddings and embedding_dim")
        else:
            self.weight = Parameter(_weight, requires_grad=not _freeze)

    def reset_parameters(self):
        """Begin anew."""
        init.normal_(self.weight)
        if self.padding_idx is not None:
            self.weight._array[self.padding_idx] = 0

    @classmethod
    def from_pretrained(cls, embeddings, freeze=True, **options):
        """The module with these rows; learned unless they are to ``freeze``."""
        V, D = embeddings.shape
        return cls(V, D, _weight=embeddings, _freeze=freeze, **options)

    def extra_repr(self):
        words = f"{self.num_embeddings}, {self.embedding_dim}"
        for name, usual in self._usual:
            if getattr(self, name) != usual:
                words += f", {name}={getattr(self, name)!r}"
        return words


class Embedding(_Table):
    """y = W[i]: (...) to (..., D).  Gradients are whole tables, also where ``sparse``."""

    def __init__(
        self,
        num_embeddings,
        embedding_dim,
        padding_idx=None,
        max_norm=None,
        norm_type=2.0,
        scale_grad_by_freq=False,
        sparse=False,
        _weight=None,
        _freeze=False,
        device=None,
        dtype=None,
    ):
        sizes, rules = (
            (num_embeddings, embedding_dim),
            (max_norm, norm_type, scale_grad_by_freq, sparse),
        )
        super().__init__(*sizes, padding_idx, rules, _weight, _freeze, device, dtype)

    def forward(self, input):
        return F.embedding(
            input,
            self.weight,
            self.padding_idx,
            self.max_norm,
            self.norm_type,
            self.scale_grad_by_freq,
            self.sparse,
        )


class EmbeddingBag(_Table):
    """The sum, mean or largest of the rows of each bag."""

    _usual = (
        ("max_norm", None),
        ("norm_type", 2.0),
        ("scale_grad_by_freq", False),
        ("mode", None),
        ("padding_idx", None),
    )

    def __init__(
        self,
        num_embeddings,
        embedding_dim,
        max_norm=None,
        norm_type=2.0,
        scale_grad_by_freq=False,
        mode="mean",
        sparse=False,
        _weight=None,
        include_last_offset=False,
        padding_idx=None,
        _freeze=False,
        device=None,
        dtype=None,
    ):
        sizes, rules = (
            (num_embeddings, embedding_dim),
            (max_norm, norm_type, scale_grad_by_freq, sparse),
        )
        super().__init__(*sizes, padding_idx, rules, _weight, _freeze, device, dtype)
        self.mode, self.include_last_offset = mode, include_last_offset

    def forward(self, input, offsets=None, per_sample_weights=None):
        return F.embedding_bag(
            input,
            self.weight,
            offsets,
            self.max_norm,
            self.norm_type,
            self.scale_grad_by_freq,
            self.mode,
            self.sparse,
            per_sample_weights,
            self.include_last_offset,
            self.padding_idx,
        )


class PReLU(Module):
    """y = x for x > 0, else w x; w begins at ``init``."""

    def __init__(self, num_parameters=1, init=0.25, device=None, dtype=None):
        super().__init__()
        self.num_parameters = num_parameters
        self.weight = Parameter(full((num_parameters,), float(init), device=device, dtype=dtype))

    def forward(self, input):
        return F.prelu(input, self.weight)

    def extra_repr(self):
        return f"num_parameters={self.num_parameters}"
