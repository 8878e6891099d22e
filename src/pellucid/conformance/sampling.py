"""Conformance of distributions and of loaders with PyTorch: the same seed, the same draws."""

import numpy as np

from pellucid.conformance.rows import agrees, equals, exempt, holds

rng = np.random.RandomState(0)
LOC, SCALE, P = rng.normal(size=3), rng.uniform(0.5, 2, 3), rng.uniform(0.1, 0.9, (3, 4))
MADE = {
    "Normal": lambda d, of: (d.Normal(of(LOC), of(SCALE)), d.Normal(of(SCALE), of(SCALE))),
    "Bernoulli": lambda d, of: (d.Bernoulli(of(P)), d.Bernoulli(logits=of(P))),
    "Categorical": lambda d, of: (d.Categorical(of(P)), d.Categorical(logits=of(P))),
}


def _seeded(draw):
    """What ``draw(library)`` gives with pellucid and with PyTorch, from the same seed."""
    import torch

    import pellucid

    for library in (pellucid, torch):
        library.manual_seed(3)
        yield draw(library)


def _row(name):
    @agrees(f"distributions.{name}", "distributions.kl_divergence", library="torch", rtol=1e-9)
    def row():
        def draw(library):
            d = library.distributions
            p, q = MADE[name](d, library.from_numpy)
            x = p.sample((5,))
            return x, p.log_prob(x), p.entropy(), d.kl_divergence(p, q), p.stddev

        what = ("draws", "log_prob", "entropy", "kl_divergence", "stddev")
        for label, ours, theirs in zip(what, *_seeded(draw), strict=True):
            yield label, ours.numpy(), theirs.numpy()


for name in MADE:
    _row(name)

ORDERS = {
    "SequentialSampler": lambda d: d.SequentialSampler(range(9)),
    "RandomSampler": lambda d: d.RandomSampler(range(9), num_samples=20),
    "SubsetRandomSampler": lambda d: d.SubsetRandomSampler([3, 1, 7, 5]),
    "WeightedRandomSampler": lambda d: d.WeightedRandomSampler([1.0, 3.0, 0.5], 20),
    "BatchSampler": lambda d: list(d.BatchSampler(d.RandomSampler(range(9)), 4, True)),
    "random_split": lambda d: d.random_split(range(9), [0.5, 0.5])[0],
    "Subset": lambda d: d.Subset(range(10, 20), [4, 2]),
    "ConcatDataset": lambda d: d.ConcatDataset([range(3), range(5)]),
    "StackDataset": lambda d: d.StackDataset(range(3), range(5, 8))[1],
    "default_collate": lambda d: d.default_collate([1, 2, 3]).tolist(),
    "default_convert": lambda d: d.default_convert(np.arange(3)).tolist(),
    "DataLoader": lambda d: [b.tolist() for b in d.DataLoader(range(8), 4, shuffle=True)],
}


@agrees(*[f"utils.data.{name}" for name in ORDERS], library="torch", rtol=0)
def orders():
    def draw(library):
        return [list(order(library.utils.data)) for order in ORDERS.values()]

    for name, ours, theirs in zip(ORDERS, *_seeded(draw), strict=True):
        yield name, np.array(ours), np.array(theirs)


@agrees("utils.data.TensorDataset", library="torch", rtol=0)
def rows_of_tensors():
    def draw(library):
        x = library.from_numpy(P)
        loader = library.utils.data.DataLoader(
            library.utils.data.TensorDataset(x, x[:, 0]), 2, shuffle=True
        )
        return [y.numpy() for batch in loader for y in batch]

    for ours, theirs in zip(*_seeded(draw), strict=True):
        yield "batch", ours, theirs


@equals("utils.data.ChainDataset", definition="one list after the other", rtol=0)
def streams():
    from pellucid.utils.data import ChainDataset, IterableDataset

    class Count(IterableDataset):
        def __init__(self, n):
            self.n = n

        def __iter__(self):
            return iter(range(self.n))

    yield "numbers", np.array(list(ChainDataset([Count(3), Count(5)]))), np.r_[:3, :5]


@holds("utils.data.get_worker_info", that="the main process is no worker")
def no_worker():
    from pellucid.utils.data import get_worker_info

    yield "none", float(get_worker_info() is None), 1.0


exempt("distributions.Distribution", reason="what distributions share; it computes nothing itself")
exempt(
    *[f"utils.data.{name}" for name in ("Dataset", "IterableDataset", "Sampler", "WorkerInfo")],
    reason="a form that users or loaders fill in; it computes nothing itself",
)
