"""Conformance of the tape: PyTorch's gradients, definitions by differences, properties of modes."""

import numpy as np

from pellucid.conformance.rows import agrees, equals, exempt, holds

exempt("autograd.op", reason="what makes an op of a body; each op has rows of its own")
exempt("autograd.primitive", reason="as op, and says for which function of NumPy")
exempt("autograd.unrecorded", reason="marks what an op's body computes off the tape")


def _function(x, w):
    """A function in which every value feeds several others."""
    h = (x @ w).tanh()
    return (h * h.exp() + h.sum(0) / (1 + h * h)).sum()


def _inputs(library):
    rng = np.random.default_rng(0)
    arrays = rng.normal(size=(5, 4)), rng.normal(size=(4, 3))
    return [library.tensor(a, requires_grad=True) for a in arrays]


@agrees("autograd.Tensor", "autograd.backward", "autograd.grad", library="torch", rtol=1e-10)
def gradients():
    import torch

    import pellucid

    found = []
    for library in (pellucid, torch):
        x, w = _inputs(library)
        library.autograd.backward(_function(x, w))
        (g,) = library.autograd.grad(_function(x, w), x, create_graph=True)
        (second,) = library.autograd.grad((g * g).sum(), w)
        found.append([x.grad, w.grad, g.detach(), second])
    for name, ours, theirs in zip(["x", "w", "grad", "second"], *found, strict=True):
        yield name, ours.numpy(), theirs.numpy()


@holds(
    "autograd.gradcheck",
    "autograd.gradgradcheck",
    that="right gradients pass, and wrong ones do not",
)
def checks():
    import pellucid
    from pellucid.autograd import gradcheck, gradgradcheck, op

    x, w = _inputs(pellucid)
    yield "right", gradcheck(_function, (x, w)), True
    yield "right twice", gradgradcheck(_function, (x, w)), True

    @op
    def wrong(x):
        return x * x, lambda dy: dy * x

    yield "wrong", gradcheck(wrong, (x,), raise_exception=False), False


@holds(
    *("autograd.enable_grad", "autograd.inference_mode", "autograd.is_grad_enabled"),
    *("autograd.no_grad", "autograd.set_grad_enabled"),
    that="inside, recording is as the mode says; outside as before",
)
def modes():
    import pellucid
    from pellucid import autograd

    x, _ = _inputs(pellucid)
    for name, mode, inside in [
        ("no_grad", autograd.no_grad, False),
        ("inference_mode", autograd.inference_mode, False),
        ("enable_grad", autograd.enable_grad, True),
        ("set_grad_enabled", lambda: autograd.set_grad_enabled(False), False),
    ]:
        with mode():
            seen = autograd.is_grad_enabled(), (x * 2).requires_grad
        yield name, (*seen, autograd.is_grad_enabled()), (inside, inside, True)


@equals("autograd.sum_to", definition="one sum for each number that was broadcast", rtol=1e-14)
def sum_to():
    from pellucid.autograd import sum_to

    gradient = np.random.default_rng(0).normal(size=(2, 3, 4))
    for shape in [(), (4,), (3, 1), (1, 4), (2, 1, 4), (2, 3, 4)]:
        expected = np.zeros(shape)
        places = np.broadcast_to(np.arange(expected.size).reshape(shape), gradient.shape)
        for place, number in zip(places.flat, gradient.flat, strict=True):
            expected.flat[place] += number
        yield str(shape), sum_to(gradient, shape), expected


@equals("autograd.Size", definition="the product of the sizes", rtol=0.0)
def sizes():
    from pellucid.autograd import Size

    yield "numel", Size((2, 3, 4)).numel(), 24
    yield "of nothing", Size(()).numel(), 1
    yield "sum", tuple(Size((2,)) + (3,)), (2, 3)


@agrees("linalg.norm", library="torch", rtol=1e-12)
def norms():
    import torch

    import pellucid

    rng = np.random.default_rng(0)
    for shape, options in [
        ((5,), {}),
        ((5,), {"ord": 1}),
        ((5,), {"ord": 3}),
        ((5,), {"ord": float("inf")}),
        ((3, 4), {}),
        ((3, 4), {"dim": 1, "keepdim": True}),
    ]:
        x = rng.normal(size=shape)
        ours, theirs = (lib.linalg.norm(lib.tensor(x), **options) for lib in (pellucid, torch))
        yield f"{shape} {options}", ours.numpy(), theirs.numpy()
