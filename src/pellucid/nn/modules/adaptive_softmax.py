"""A softmax over very many classes, of which most are seldom: they stand in clusters.

    log p(y) = log p_head(y)                              for a frequent class y,
               log p_head(cluster) + log p_cluster(y)     for the others

The head tells the frequent classes and the clusters apart; a cluster's classes are told apart in a
space the smaller, the more seldom they are: so a step costs little.

Grave, Joulin, Cissé, Grangier, Jégou, "Efficient softmax approximation for GPUs", 2017.
"""

from collections import namedtuple

from pellucid.autograd.functions.shaping import cat
from pellucid.nn import functional as F
from pellucid.nn.modules.containers import ModuleList, Sequential
from pellucid.nn.modules.linear import Linear
from pellucid.nn.modules.module import Module

__all__ = ["AdaptiveLogSoftmaxWithLoss"]

ASMoutput = namedtuple("ASMoutput", ["output", "loss"])


class AdaptiveLogSoftmaxWithLoss(Module):
    """(log p(y) of each example, -their mean) of x (N, D) and y (N,).

    Parameters
    ----------
    in_features, n_classes : int
        D, and how many classes there are, the most frequent first.
    cutoffs : sequence of ints
        At which classes clusters begin.
    div_value : float
        By how much the space of a cluster is smaller than that of the one before.
    head_bias : bool
        Whether the head has a bias.
    """

    def __init__(
        self,
        in_features,
        n_classes,
        cutoffs,
        div_value=4.0,
        head_bias=False,
        device=None,
        dtype=None,
    ):
        super().__init__()
        cutoffs = list(cutoffs)
        if not cutoffs:
            raise ValueError("cutoffs should be a sequence of length larger than 0")
        ends = [0, *cutoffs, n_classes]
        if any(int(c) != c for c in cutoffs) or sorted(set(ends)) != ends:
            raise ValueError(
                "cutoffs should be a sequence of unique, positive integers sorted in an increasing "
                "order, where each value is between 1 and n_classes-1"
            )
        self.in_features, self.n_classes, self.cutoffs = in_features, n_classes, ends[1:]
        self.div_value, self.head_bias = div_value, head_bias
        self.shortlist_size, self.n_clusters = cutoffs[0], len(cutoffs)
        self.head_size = self.shortlist_size + self.n_clusters
        options = {"device": device, "dtype": dtype}
        self.head = Linear(in_features, self.head_size, head_bias, **options)
        self.tail = ModuleList()
        for k in range(self.n_clusters):
            width = int(in_features // div_value ** (k + 1))
            size = self.cutoffs[k + 1] - self.cutoffs[k]
            sizes = (in_features, width), (width, size)
            self.tail.append(Sequential(*(Linear(*s, bias=False, **options) for s in sizes)))

    def reset_parameters(self):
        """Begin anew, head and tail."""
        for layer in (self.head, *(layer for pair in self.tail for layer in pair)):
            layer.reset_parameters()

    def forward(self, input, target):
        x, y = (input, target) if target.ndim else (input.unsqueeze(0), target.unsqueeze(0))
        if x.ndim != 2 or len(x) != len(y):
            raise RuntimeError(
                f"Input and target should have the same size in the batch dimension: "
                f"{input.shape} and {target.shape}"
            )
        if y.numel() and (y.min() < 0 or y.max() >= self.n_classes):
            raise RuntimeError(f"Target values should be in [0, {self.n_classes - 1}]")
        head = F.log_softmax(self.head(x), 1)
        chosen = y.clamp(max=self.shortlist_size - 1)  # in the head: a class, or a cluster
        output = head.new_zeros(len(x))
        for k, layers in enumerate(self.tail):
            inside = (y >= self.cutoffs[k]) & (y < self.cutoffs[k + 1])
            rows = inside.nonzero().squeeze(1)
            if len(rows):
                chosen = chosen.index_fill(0, rows, self.shortlist_size + k)
                own = F.log_softmax(layers(x[rows]), 1)
                picked = own.gather(1, (y[rows] - self.cutoffs[k]).unsqueeze(1))
                output = output.index_add(0, rows, picked.squeeze(1))
        output = output + head.gather(1, chosen.unsqueeze(1)).squeeze(1)
        return ASMoutput(output if target.ndim else output.squeeze(0), -output.mean())

    def log_prob(self, input):
        """log p of every class (N, C)."""
        head = F.log_softmax(self.head(input), 1)
        parts = [head[:, : self.shortlist_size]]
        for k, layers in enumerate(self.tail):
            cluster = head[:, self.shortlist_size + k].unsqueeze(1)
            parts.append(F.log_softmax(layers(input), 1) + cluster)
        return cat(parts, 1)

    def predict(self, input):
        """The likeliest class of each example (N,)."""
        return self.log_prob(input).argmax(1)
