"""Sparse evolutionary training, and the layers that add and multiply."""

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

import pellucid as torch
from pellucid import nn
from tests.agree import Normal, agree


def layer(n_in=40, n_out=30, **options):
    torch.manual_seed(0)
    return nn.SparseEvolution(n_in, n_out, **options)


def test_it_is_an_affine_layer_of_its_links():
    made = layer(epsilon=3).double()
    w, x = (made.weight * made.mask).detach().numpy(), np.random.default_rng(0).normal(size=(5, 40))
    nn.init.normal_(made.bias)
    y = made(torch.tensor(x))
    assert_allclose(y.detach().numpy(), x @ w.T + made.bias.detach().numpy(), 1e-12)
    y.square().sum().backward()
    assert_array_equal(made.weight.grad.numpy() != 0, made.mask.numpy() == 1)
    expected = 2 * y.detach().numpy().T @ x * made.mask.numpy()
    assert_allclose(made.weight.grad.numpy(), expected, 1e-10)


def test_there_are_as_many_links_as_the_paper_says():
    """ε (n_in + n_out), or all there can be."""
    made = layer(epsilon=3)
    assert made.mask.sum() == 3 * 70
    assert ((made.weight != 0) == (made.mask == 1)).all()
    assert layer(epsilon=100).mask.all()
    assert layer(bias=False).bias is None


@pytest.mark.parametrize("zeta", [0.0, 0.3, 1.0])
def test_the_weakest_of_each_sign_make_place_for_as_many_new_ones(zeta):
    made = layer(epsilon=3, zeta=zeta)
    w, mask = made.weight.detach().numpy().copy(), made.mask.numpy().copy()
    made.evolve()
    after, links = made.weight.detach().numpy(), made.mask.numpy()
    assert links.sum() == mask.sum() and set(np.unique(links)) <= {0, 1}
    assert_array_equal(after != 0, links == 1)
    for side in w[w > 0], -w[w < 0]:
        lost = int(zeta * len(side))
        strongest = np.sort(side)[lost:]
        assert np.isin(strongest, np.abs(after)).all()
        assert not np.isin(np.sort(side)[:lost], np.abs(after)).any()
    kept = links * mask * (w == after)
    assert kept.sum() == mask.sum() - sum(int(zeta * (s * w > 0).sum()) for s in (1, -1))


def test_the_density_stays_through_training_and_links_move_to_what_matters():
    """y depends on three of forty inputs: in the end those have more links than others."""
    made = layer(n_out=10, epsilon=1, zeta=0.3)
    optimiser = torch.optim.Adam(made.parameters(), lr=0.02)
    truth = torch.zeros(10, 40)
    truth[:, :3] = torch.randn(10, 3)
    density = made.mask.sum()
    before = made.mask[:, :3].sum()
    for step in range(400):
        x = torch.randn(64, 40)
        optimiser.zero_grad()
        nn.functional.mse_loss(made(x), x @ truth.T).backward()
        optimiser.step()
        if step % 10 == 9:
            made.evolve()
            assert made.mask.sum() == density
    assert made.mask[:, :3].sum() > 2 * before


def test_it_reads_its_own_mask():
    """numpy-ml's layer drew a mask that nothing read."""
    made = layer()
    made.mask.zero_()
    assert_array_equal(made(torch.randn(2, 40)).detach(), made.bias.detach().expand(2, 30))


def test_the_links_are_saved():
    one, other = layer(epsilon=2), nn.SparseEvolution(40, 30, epsilon=2)
    other.load_state_dict(one.state_dict())
    x = torch.randn(3, 40)
    assert_array_equal(one(x).detach(), other(x).detach())


def test_the_same_seed_gives_the_same_links():
    one, other = layer(epsilon=2), layer(epsilon=2)
    for made in (one, other):
        torch.manual_seed(3)
        made.evolve()
    assert_array_equal(one.weight.detach(), other.weight.detach())


def test_it_cannot_be_emptier_than_empty():
    for wrong in {"epsilon": 0}, {"zeta": 1.1}, {"zeta": -0.1}:
        with pytest.raises(ValueError, match="ε is positive"):
            layer(**wrong)


X = Normal((2, 3))


@pytest.mark.parametrize("inputs", [(X,), (X, X), (X, X, Normal((3,)), Normal((2, 1)))])
def test_sums_and_products_of_any_number(inputs):
    def added(*xs):
        return sum(xs[1:], xs[0])

    def multiplied(*xs):
        y = xs[0]
        for x in xs[1:]:
            y = y * x
        return y

    agree(nn.Add(), added, *inputs)
    agree(nn.Multiply(), multiplied, *inputs)


def test_nothing_cannot_be_added():
    for made in nn.Add(), nn.Multiply():
        with pytest.raises(TypeError, match="empty"):
            made()
        with pytest.raises((ValueError, RuntimeError), match="3"):
            made(torch.zeros(2), torch.zeros(3))
