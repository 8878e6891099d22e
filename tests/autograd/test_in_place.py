"""Changes in place on the tape, of tensors and of views of them: PyTorch's values and gradients."""

import numpy as np
import pytest
from numpy.testing import assert_allclose

import pellucid as ours

torch = pytest.importorskip("torch", reason="PyTorch is what this is compared with")
BOTH = pytest.mark.parametrize("lib", [ours, torch], ids=["ours", "PyTorch"])


def into_rows(lib, w):
    out = lib.zeros(4, 3, dtype=lib.float64)
    for i in range(4):
        out[i].copy_(w[i] * i)
    return out


def into_columns(lib, w):
    out = lib.zeros(4, 3, dtype=lib.float64)
    for i in range(3):
        out[:, i] += w[:, i] * i
    return out


def one_after_the_other(lib, w):
    out = lib.zeros(3, 3, dtype=lib.float64)
    for i in range(3):
        out[i][0] = w[i, 0]
    return out


def other_view(lib, w):
    y = w * 2
    row, column = y[1], y[:, 1]
    row.mul_(w[0])
    return lib.cat([row, column, y.reshape(-1)])


def view_from_before(lib, w):
    out = lib.zeros(4, dtype=lib.float64)
    view = out[1:]
    out.add_(w[:, 0])
    return view


def twice(lib, w):
    y = w * 1
    row = y[2]
    row.mul_(2)
    row.mul_(w[3])
    return y * row


def base_and_view_in_turn(lib, w):
    y = w * 1
    row = y[2]
    y.mul_(2)
    row.mul_(w[3])
    y.add_(row * 3)
    return y


def through(change):
    def case(lib, w):
        y = w * 2
        change(y, w, lib)
        return y

    return case


CASES = {
    "rows": into_rows,
    "columns": into_columns,
    "element by element": one_after_the_other,
    "the other view": other_view,
    "a view from before": view_from_before,
    "twice": twice,
    "in turn": base_and_view_in_turn,
    "zero_": through(lambda y, w, lib: y.zero_()),
    "fill_": through(lambda y, w, lib: y.fill_(3)),
    "fill_ by a tensor": through(lambda y, w, lib: y.fill_(w[0, 0])),
    "a row's zero_": through(lambda y, w, lib: y[0].zero_()),
    "an element's zero_": through(lambda y, w, lib: y[0, 1].zero_()),
    "a column's zero_": through(lambda y, w, lib: y[:, 0].zero_()),
    "every other": through(lambda y, w, lib: y[::2].mul_(w[1])),
    "the transpose": through(lambda y, w, lib: y.T[1].mul_(w[:, 0])),
    "view, slice, transpose": through(lambda y, w, lib: y.view(3, 4)[1:].t()[2].add_(w[0, 1:])),
    "unsqueezed": through(lambda y, w, lib: y.unsqueeze(0).mul_(w)),
    "masked_fill_": through(lambda y, w, lib: y[1].masked_fill_(y[1] > 9, 0)),
    "a mask in a row": through(lambda y, w, lib: y[1].__setitem__(y[1] > 9, 0.0)),
    "of a permuted tensor": lambda lib, w: (w.T * 2)[1].mul_(w[:, 0]),
}


@pytest.mark.parametrize("case", CASES.values(), ids=CASES)
def test_values_and_gradients(case):
    found = []
    for lib in (ours, torch):
        w = lib.arange(12, dtype=lib.float64).reshape(4, 3).requires_grad_()
        y = case(lib, w)
        (y * y).sum().backward()
        found.append((y.detach().numpy(), w.grad.numpy()))
    assert_allclose(found[0][0], found[1][0], rtol=1e-12)
    assert_allclose(found[0][1], found[1][1], rtol=1e-12)


@pytest.mark.parametrize("case", ["rows", "the other view", "twice", "in turn", "every other"])
def test_second_derivatives(case):
    found = []
    for lib in (ours, torch):
        w = lib.arange(12, dtype=lib.float64).reshape(4, 3).requires_grad_()
        y = CASES[case](lib, w)
        (g,) = lib.autograd.grad((y**3).sum(), w, create_graph=True)
        (g * g).sum().backward()
        found.append(w.grad.numpy())
    assert_allclose(*found, rtol=1e-12)


def test_random_chains_of_changes():
    """Any order of views and changes gives PyTorch's gradient."""
    rng = np.random.default_rng(0)
    for _ in range(60):
        plan = rng.integers(0, 6, size=(6, 3))
        found = []
        for lib in (ours, torch):
            w = lib.arange(12, dtype=lib.float64).reshape(4, 3).requires_grad_()
            y, seen = w * 2 - 7, []
            seen.append(y)
            for what, i, how in plan:
                x = seen[i % len(seen)]
                if what < 3 and x.ndim:
                    views = (x[-1], x[..., 0], x[1:], x.reshape(-1), x.t() if x.ndim == 2 else x)
                    seen.append(views[how % 5])
                elif what == 3:
                    x.mul_(0.5 + i)
                elif what == 4:
                    x.add_(w.sum() * 0.1)
                else:
                    x.zero_() if how == 0 else x.sin_()
            total = sum((x * x * (k + 1)).sum() for k, x in enumerate(seen))
            total.backward()
            found.append((total.item(), w.grad.numpy()))
        assert_allclose(found[0][0], found[1][0], rtol=1e-10, err_msg=str(plan))
        assert_allclose(found[0][1], found[1][1], rtol=1e-9, atol=1e-9, err_msg=str(plan))


@BOTH
def test_what_cannot_be_changed_in_place(lib):
    w = lib.ones(3, requires_grad=True)
    with pytest.raises(RuntimeError, match="a view of a leaf"):
        w[:2].add_(1)
    with pytest.raises(RuntimeError, match="a view of a leaf"):
        w[0].add_(1)
    y = w * 2
    with lib.no_grad():
        view = y[1:]
    with pytest.raises(RuntimeError, match="no_grad"):
        view.mul_(2)
    with pytest.raises(RuntimeError, match="no_grad"):
        view[0] = 1
    with pytest.raises(RuntimeError, match="single memory location"):
        lib.zeros(1).expand(3).add_(1)
    assert y.tolist() == [2, 2, 2]


@BOTH
def test_a_detached_view_is_written_without_a_word_to_the_tape(lib):
    w = lib.ones(3, requires_grad=True)
    y = w * 2
    y.detach()[0] = 7
    (y * 1).sum().backward()
    assert y.tolist() == [7, 2, 2]
    assert w.grad.tolist() == [2, 2, 2]


@BOTH
def test_one_element_is_a_view_too(lib):
    x = lib.zeros(3)
    x[1].add_(5)
    x[2].fill_(3)
    assert x.tolist() == [0, 5, 3]
