"""The machine whose probabilities can be counted: everything against sums over all its states."""

import itertools

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

import pellucid as torch
from pellucid.autograd import grad
from pellucid.models import RBM


def states(n):
    return np.array(list(itertools.product([0.0, 1.0], repeat=n)))


def machine(n_visible=4, n_hidden=3, **options):
    torch.manual_seed(0)
    rbm = RBM(n_visible, n_hidden, **options).double()
    for p in rbm.parameters():
        torch.nn.init.normal_(p)
    return rbm


def joint(rbm):
    """p(v, h) (V, H) by its definition, and the normaliser."""
    W, a, b = (p.detach().numpy() for p in (rbm.weight, rbm.visible_bias, rbm.hidden_bias))
    v, h = states(len(a)), states(len(b))
    weights = np.array([[np.exp(a @ x + b @ y + y @ W @ x) for y in h] for x in v])
    return weights / weights.sum(), weights.sum()


def test_free_energy_and_conditionals_are_sums_over_the_states():
    rbm = machine()
    (p, Z), v, h = joint(rbm), states(4), states(3)
    energy = rbm.free_energy(torch.tensor(v)).detach().numpy()
    assert_allclose(np.exp(-energy) / Z, p.sum(1), 1e-12)
    assert_allclose(rbm.hidden(torch.tensor(v)).detach().numpy(), p @ h / p.sum(1)[:, None], 1e-12)
    given_h = p.T @ v / p.sum(0)[:, None]
    assert_allclose(rbm.visible(torch.tensor(h)).detach().numpy(), given_h, 1e-12)
    again = rbm.visible(rbm.hidden(torch.tensor(v)))
    assert_array_equal(rbm.reconstruct(torch.tensor(v)).detach(), again.detach())


def test_a_step_of_the_chain_leaves_the_distribution_as_it_is():
    rbm = machine()
    v, h = states(4), states(3)

    def chance(probabilities, outcomes):
        """p(outcome) of each row of independent numbers."""
        q = probabilities.detach().numpy()[:, None]
        return np.prod(np.where(outcomes, q, 1 - q), -1)

    step = chance(rbm.hidden(torch.tensor(v)), h) @ chance(rbm.visible(torch.tensor(h)), v)
    p = joint(rbm)[0].sum(1)
    assert_allclose(p @ step, p, 1e-12)


def test_the_gradient_is_that_of_the_likelihood_when_the_chains_have_arrived():
    """As many chains in each state as p says: the loss has then the exact gradient."""
    rbm, data = machine(), torch.tensor(states(4)[[3, 3, 9, 14]])
    p = torch.tensor(joint(rbm)[0].sum(1))
    every = torch.tensor(states(4))
    exact = rbm.free_energy(data).mean() + (-rbm.free_energy(every)).logsumexp(0)
    ends = (p * rbm.free_energy(every)).sum()
    parameters = list(rbm.parameters())
    expected = grad(exact, parameters)
    for g, h in zip(grad(rbm.free_energy(data).mean() - ends, parameters), expected, strict=True):
        assert_allclose(g.numpy(), h.numpy(), 1e-10, 1e-12)


def test_contrastive_divergence_is_its_formula():
    """W̄ = -(mean p(h|v) vᵀ - mean p(h|ṽ) ṽᵀ), and so the biases, means over the batch."""
    rbm = machine(k=3)
    v = torch.tensor(states(4)[[1, 6, 7, 7, 12]])
    torch.manual_seed(5)
    rbm(v).backward()
    torch.manual_seed(5)
    ends = rbm.sample(v, 3)
    assert not torch.equal(ends, v)

    def moments(x):
        h = rbm.hidden(x).detach().numpy()
        return h.T @ x.numpy() / 5, x.numpy().mean(0), h.mean(0)

    parameters = rbm.weight, rbm.visible_bias, rbm.hidden_bias
    for p, one, other in zip(parameters, moments(v), moments(ends), strict=True):
        assert_allclose(p.grad.numpy(), other - one, 1e-12, 1e-14)


def test_it_recovers_a_planted_distribution():
    """From examples in the proportions of another machine it learns them, and so do its chains."""
    counts = np.rint(300 * joint(machine())[0].sum(1)).astype(int)
    shares, data = counts / counts.sum(), np.repeat(states(4), counts, 0)
    torch.manual_seed(0)
    rbm = RBM(4, 4, n_chains=1000)
    optimiser = torch.optim.SGD(rbm.parameters(), lr=0.5)
    slower = torch.optim.lr_scheduler.LinearLR(optimiser, 1, 0.02, 300)
    first = _divergence(shares, rbm)
    for _ in range(300):
        optimiser.zero_grad()
        rbm(torch.tensor(data.astype(np.float32))).backward()
        optimiser.step()
        slower.step()
    assert _divergence(shares, rbm) < first / 50
    seen = np.bincount((rbm.chains.numpy() @ [8, 4, 2, 1]).astype(int), minlength=16) / 1000
    assert np.abs(seen - shares).max() < 5 * np.sqrt(0.25 / 1000)  # five deviations


def _divergence(shares, rbm):
    p = joint(rbm)[0].sum(1)
    there = shares > 0
    return shares[there] @ np.log(shares[there] / p[there])


def test_persistent_chains_go_on_and_are_saved():
    rbm = machine(n_chains=8)
    before, v = rbm.chains, torch.tensor(states(4)[:2])
    state = rbm.state_dict()
    assert_array_equal(state["chains"], before)
    torch.manual_seed(1)
    rbm(v)
    torch.manual_seed(1)
    assert_array_equal(rbm.chains, rbm.sample(before, 1))
    other = RBM(4, 3, n_chains=8).double()
    other.load_state_dict(rbm.state_dict())
    assert_array_equal(other.chains, rbm.chains)
    assert "chains" not in RBM(4, 3).state_dict()
    assert RBM(4, 3).chains is None


def test_it_can_be_made_and_begins_small():
    """numpy-ml's could not: its weights had no size."""
    rbm = RBM(500, 20)
    assert rbm.weight.shape == (20, 500)
    assert_allclose(rbm.weight.detach().numpy().std(), 0.01, rtol=0.05)
    assert not rbm.visible_bias.any() and not rbm.hidden_bias.any()


def test_far_from_zero_energies_stay_finite():
    rbm = machine()
    with torch.no_grad():
        rbm.weight *= 1e6
    v = torch.tensor(states(4))
    assert rbm.free_energy(v).isfinite().all()
    assert all(g.isfinite().all() for g in grad(rbm(v), list(rbm.parameters())))


def test_wrong_arguments():
    with pytest.raises(ValueError, match="at least one step"):
        RBM(4, 3, k=0)
    with pytest.raises(RuntimeError):
        RBM(4, 3)(torch.zeros(2, 5))
