"""Distributions agree with PyTorch's: draws bit for bit, values and gradients in float64."""

import math

import numpy as np
import pytest
import scipy.stats

import pellucid
from pellucid import distributions as ours
from pellucid.autograd import random
from pellucid.autograd.creation import from_numpy

torch = pytest.importorskip("torch")
theirs = torch.distributions


def R(seed, shape):
    return np.random.default_rng(seed).random(shape, np.float32)


MADE = {
    "Normal": lambda d, t, s: d.Normal(t("a", (3, 2)), t("b", (2,)).exp()),
    "Normal of one": lambda d, t, s: d.Normal(t("a", ()), t("b", ()).exp()),
    "Normal of a number": lambda d, t, s: d.Normal(t("a", (2,)), 0.5),
    "Bernoulli of probs": lambda d, t, s: d.Bernoulli(t("a", (3, 2)).sigmoid()),
    "Bernoulli of logits": lambda d, t, s: d.Bernoulli(logits=t("a", (3, 2))),
    "Bernoulli of zero": lambda d, t, s: d.Bernoulli(logits=t("a", (3,)) * 0),
    "Categorical of probs": lambda d, t, s: d.Categorical(t("a", (3, 4)).exp()),
    "Categorical of logits": lambda d, t, s: d.Categorical(logits=t("a", (2, 3, 4))),
    "Categorical of one": lambda d, t, s: d.Categorical(logits=t("a", (5,))),
}


class Given:
    """Parameters by name, the same numbers in both libraries."""

    def __init__(self, wrap, shift=0.0, dtype=np.float64):
        self.wrap, self.shift, self.dtype, self.leaves = wrap, shift, dtype, {}

    def __call__(self, name, shape):
        seed = np.random.default_rng([ord(name), *shape])
        x = self.wrap(np.asarray(seed.normal(size=shape) + self.shift, self.dtype))
        self.leaves[name] = x.requires_grad_()
        return x


def pair(name, shift=0.0, dtype=np.float64):
    g, h = Given(from_numpy, shift, dtype), Given(torch.from_numpy, shift, dtype)
    return (MADE[name](ours, g, None), g), (MADE[name](theirs, h, None), h)


def agree(a, b, g=None, h=None):
    assert tuple(a.shape) == tuple(b.shape) and str(a.dtype) == str(b.dtype)
    np.testing.assert_allclose(a.numpy(force=True), b.detach().numpy(), 1e-9, 1e-12)
    if g is not None and b.requires_grad:
        weights = np.random.default_rng(1).normal(size=tuple(a.shape))
        (a * from_numpy(weights)).sum().backward()
        (b * torch.from_numpy(weights)).sum().backward()
        for name, x in g.leaves.items():
            ours_grad, want = x.grad, h.leaves[name].grad
            if want is None:
                assert ours_grad is None
            else:
                np.testing.assert_allclose(ours_grad.numpy(), want.numpy(), 1e-9, 1e-12)


@pytest.mark.parametrize("name", MADE)
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("shape", [(), (1,), (3,), (2, 5), (40,)])
def test_draws_are_pytorchs(name, dtype, shape):
    (p, _), (q, _) = pair(name, dtype=dtype)
    random.manual_seed(2)
    torch.manual_seed(2)
    a, b = p.sample(shape), q.sample(torch.Size(shape))
    assert not a.requires_grad
    assert str(a.dtype) == str(b.dtype) and tuple(a.shape) == tuple(b.shape)
    if "Normal" in name or "of probs" in name:
        # the parameters themselves may differ in their last bit
        np.testing.assert_allclose(a.numpy(), b.numpy(), *[4 * np.finfo(dtype).eps] * 2)
    assert random.rand(1).item() == torch.rand(1).item()


EXACT = {
    "Normal": lambda d, of: d.Normal(of(R(0, (3, 1))), of(R(1, (2,)))),
    "Normal of numbers": lambda d, of: d.Normal(-0.3, 0.37),
    "Bernoulli": lambda d, of: d.Bernoulli(of(R(2, (3, 4)))),
    "Categorical": lambda d, of: d.Categorical(of(np.array([[1.0, 2, 5], [0, 4, 4]], np.float32))),
}


@pytest.mark.parametrize("name", EXACT)
@pytest.mark.parametrize("shape", [(), (1,), (3,), (2, 5), (400,)])
def test_draws_of_the_same_parameters_are_pytorchs_bit_for_bit(name, shape):
    random.manual_seed(2)
    torch.manual_seed(2)
    a = EXACT[name](ours, from_numpy).sample(shape)
    b = EXACT[name](theirs, torch.from_numpy).sample(torch.Size(shape))
    assert a.numpy().tobytes() == b.contiguous().numpy().tobytes()


@pytest.mark.parametrize("name", MADE)
def test_log_probabilities_and_their_gradients(name):
    (p, g), (q, h) = pair(name)
    x = q.sample((4,))
    agree(p.log_prob(from_numpy(x.numpy())), q.log_prob(x), g, h)


@pytest.mark.parametrize("name", MADE)
def test_entropies_and_their_gradients(name):
    (p, g), (q, h) = pair(name)
    agree(p.entropy(), q.entropy(), g, h)
    agree(p.perplexity(), q.perplexity())


@pytest.mark.parametrize("name", MADE)
def test_divergences_and_their_gradients(name):
    (p, g), (q, h) = pair(name)
    (p2, g2), (q2, h2) = pair(name, 0.7)
    g.leaves |= {f"{k}2": v for k, v in g2.leaves.items()}
    h.leaves |= {f"{k}2": v for k, v in h2.leaves.items()}
    agree(ours.kl_divergence(p, p2), theirs.kl_divergence(q, q2), g, h)
    assert np.abs(ours.kl_divergence(p, p).numpy(force=True)).max() < 1e-12


@pytest.mark.parametrize("name", MADE)
@pytest.mark.parametrize("what", ["mean", "mode", "variance", "stddev", "probs", "logits"])
def test_moments_and_parameters(name, what):
    (p, _), (q, _) = pair(name)
    if hasattr(q, what):
        agree(getattr(p, what), getattr(q, what))
    else:
        assert not hasattr(p, what)


@pytest.mark.parametrize("name", MADE)
def test_shapes_and_words(name):
    (p, _), (q, _) = pair(name)
    assert p.batch_shape == tuple(q.batch_shape) and p.event_shape == tuple(q.event_shape)
    assert repr(p) == repr(q)
    larger = (6, *q.batch_shape)
    agree(p.expand(larger).entropy(), q.expand(larger).entropy())
    assert p.expand(larger).batch_shape == larger


@pytest.mark.parametrize("name", [n for n in MADE if "Normal" not in n])
def test_the_support(name):
    (p, _), (q, _) = pair(name)
    for expand in (True, False):
        agree(p.enumerate_support(expand), q.enumerate_support(expand))
    total = p.log_prob(p.enumerate_support()).exp().sum(0)
    np.testing.assert_allclose(total.numpy(force=True), 1)


@pytest.mark.parametrize("name", [n for n in MADE if "Normal" in n])
def test_the_normal_distribution(name):
    (p, g), (q, h) = pair(name)
    x = np.linspace(-2, 2, 5).reshape(5, *[1] * len(q.batch_shape))
    agree(p.cdf(from_numpy(x)), q.cdf(torch.from_numpy(x)), g, h)
    u = np.linspace(0.1, 0.9, 5).reshape(5, *[1] * len(q.batch_shape))
    agree(p.icdf(from_numpy(u)), q.icdf(torch.from_numpy(u)))
    random.manual_seed(2)
    torch.manual_seed(2)
    (p, g), (q, h) = pair(name)
    agree(p.rsample((40,)), q.rsample((40,)), g, h)


def test_known_values():
    assert ours.Normal(0.0, 1.0).log_prob(from_numpy(np.zeros(()))).item() == pytest.approx(
        -math.log(2 * math.pi) / 2
    )
    assert ours.Categorical(from_numpy(np.ones(8))).entropy().item() == pytest.approx(math.log(8))
    assert ours.Bernoulli(0.5).entropy().item() == pytest.approx(math.log(2))
    np.testing.assert_allclose(
        ours.Normal(1.0, 2.0).cdf(from_numpy(np.arange(3.0))).numpy(),
        scipy.stats.norm(1, 2).cdf(np.arange(3.0)),
        1e-6,
    )


def test_certain_outcomes_have_no_entropy_and_infinite_divergences():
    def made(d, of):
        return d.Bernoulli(of(np.array([0.0, 1, 0.5, 1, 0]))), d.Bernoulli(
            of(np.array([1.0, 0, 0, 1, 0]))
        )

    p, q = made(ours, from_numpy)
    agree(ours.kl_divergence(p, q), theirs.kl_divergence(*made(theirs, torch.from_numpy)))
    agree(p.mode, made(theirs, torch.from_numpy)[0].mode)
    c = [
        d.Categorical(of(np.array([0.0, 1.0])))
        for d, of in ((ours, from_numpy), (theirs, torch.from_numpy))
    ]
    agree(c[0].entropy(), c[1].entropy())


REFUSED = {
    "a negative deviation": lambda d, of: d.Normal(0.0, -1.0),
    "a mean of NaN": lambda d, of: d.Normal(float("nan"), 1.0),
    "a probability of two": lambda d, of: d.Bernoulli(2.0),
    "logits of NaN": lambda d, of: d.Categorical(logits=of(np.array([np.nan, 1.0]))),
    "nothing given": lambda d, of: d.Bernoulli(),
    "both given": lambda d, of: d.Bernoulli(0.3, 0.4),
    "nothing given of many": lambda d, of: d.Categorical(),
    "weights below zero": lambda d, of: d.Categorical(of(np.array([-1.0, 2.0]))),
    "weights all zero": lambda d, of: d.Categorical(of(np.zeros(3))),
    "a weight that is no list": lambda d, of: d.Categorical(of(np.array(1.0))),
    "two of a coin": lambda d, of: d.Bernoulli(0.3).log_prob(of(np.array(2.0))),
    "a category that is not": lambda d, of: d.Categorical(of(np.ones(3))).log_prob(of(np.array(3))),
    "a number for a value": lambda d, of: d.Normal(0.0, 1.0).log_prob(0.5),
    "a list for a mean": lambda d, of: d.Normal([0.0], 1.0),
    "values that do not fit": lambda d, of: d.Normal(of(np.zeros(2)), 1.0).log_prob(
        of(np.zeros(3))
    ),
    "a density at NaN": lambda d, of: d.Normal(0.0, 1.0).log_prob(of(np.array(np.nan))),
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_is_no_distribution_is_refused_as_pytorch_does(name):
    for library, of in ((ours, from_numpy), (theirs, torch.from_numpy)):
        with pytest.raises(ValueError):
            REFUSED[name](library, of)


@pytest.mark.parametrize("what", ["entropy", "probs", "mode"])
def test_actions_are_masked_by_logits_of_minus_infinity(what):
    """As programs that learn to act do it."""
    found = []
    for library, d in ((pellucid, ours), (torch, theirs)):
        made = d.Categorical(logits=library.tensor([[-math.inf, 1.0, 2.0], [0.0, -math.inf, 0.0]]))
        value = getattr(made, what)
        found.append((value() if callable(value) else value).numpy())
    np.testing.assert_allclose(*found, 1e-6)


def test_masked_actions_are_never_drawn_and_impossible():
    made = ours.Categorical(logits=pellucid.tensor([-math.inf, 1.0, 2.0]))
    assert 0 not in made.sample((200,)).tolist()
    assert made.log_prob(pellucid.tensor([0, 2])).tolist()[0] == -math.inf


def test_infinite_means_are_let_be_as_by_pytorch():
    assert ours.Normal(math.inf, 1.0).mean.item() == math.inf


@pytest.mark.parametrize("name", ["Normal", "Bernoulli", "Categorical"])
def test_what_a_distribution_cannot_do_it_says_as_pytorchs_does(name):
    made = [
        {"Normal": lambda d: d.Normal(0.0, 1.0), "Bernoulli": lambda d: d.Bernoulli(0.5)}.get(
            name, lambda d, of=of: d.Categorical(of.ones(1))
        )(d)
        for d, of in ((ours, pellucid), (theirs, torch))
    ]
    for flag in ("has_rsample", "has_enumerate_support"):
        assert getattr(made[0], flag) == getattr(made[1], flag)
    assert repr(made[0]) == repr(made[1])
    for method in ("cdf", "icdf", "enumerate_support", "rsample"):
        refused = []
        for each, of in zip(made, (pellucid, torch), strict=True):
            try:
                value = [of.tensor(0.5)] if "cdf" in method else []
                getattr(each, method)(*value)
                refused.append(False)
            except NotImplementedError:
                refused.append(True)
        assert refused[0] == refused[1]


def test_a_coin_of_whole_numbers_keeps_the_parameters_type():
    found = ours.Bernoulli(0.3).log_prob(pellucid.tensor([0, 1]))
    assert found.dtype == pellucid.float32
    np.testing.assert_allclose(found.numpy(), np.log([0.7, 0.3]), 1e-6)


def test_unchecked_where_asked():
    ours.Normal(0.0, -1.0, validate_args=False)
    ours.Bernoulli(0.3, validate_args=False).log_prob(from_numpy(np.array(0.5)))


def test_shapes_that_do_not_fit_are_named():
    with pytest.raises(RuntimeError, match=r"\(3,\), \(2,\)"):
        ours.Normal(from_numpy(np.ones(3)), from_numpy(np.ones(2)))


def test_what_has_no_gradient_or_no_divergence_says_so():
    with pytest.raises(NotImplementedError, match="sample"):
        ours.Bernoulli(0.3).rsample()
    with pytest.raises(NotImplementedError, match="Normal and Bernoulli"):
        ours.kl_divergence(ours.Normal(0.0, 1.0), ours.Bernoulli(0.3))


@pytest.mark.parametrize("name", ["Categorical", "Bernoulli"])
@pytest.mark.parametrize("given", ["logits", "probs"])
def test_drawing_first_takes_no_gradient_away(name, given):
    """Drawing takes none itself, but what it computes is used again, by the entropy."""
    found = []
    for lib, distributions in ((pellucid, ours), (torch, theirs)):
        w = lib.tensor([0.2, 0.3, 0.5], dtype=lib.float64, requires_grad=True)
        made = getattr(distributions, name)(**{given: w})
        made.sample()
        made.log_prob(made.sample()).sum().backward(retain_graph=True)
        w.grad = None
        made.entropy().sum().backward()
        found.append(w.grad.numpy())
    np.testing.assert_allclose(*found, rtol=1e-9)


@pytest.mark.parametrize("name", ["Normal", "Bernoulli", "Categorical"])
def test_a_kind_of_ones_own_is_of_its_family(name):
    kind = getattr(ours, name)
    own = type("Own", (kind,), {})
    given = [pellucid.tensor([0.5, 0.25])] * (2 if name == "Normal" else 1)
    p, q = own(*given), kind(*given)
    assert type(p.expand((3, *p.batch_shape))) is own
    for one, other in ((p, q), (q, p), (p, p)):
        assert not ours.kl_divergence(one, other).any()


def test_a_distribution_of_ones_own():
    class Uniform(ours.Distribution):
        def __init__(self, width):
            self.width = width
            super().__init__(width.shape[:1], width.shape[1:], validate_args=False)

        def rsample(self, sample_shape=()):
            return pellucid.rand(self._extended_shape(sample_shape)) * self.width

    one = Uniform(pellucid.ones(3, 2))
    assert (one.batch_shape, one.event_shape) == ((3,), (2,))
    assert one.rsample((4,)).shape == (4, 3, 2)


def test_what_is_checked_by_default_may_be_said():
    ours.Distribution.set_default_validate_args(False)
    try:
        assert ours.Normal(0.0, -1.0).scale == -1
        with pytest.raises(ValueError, match="scale"):
            ours.Normal(0.0, -1.0, validate_args=True)
    finally:
        ours.Distribution.set_default_validate_args(True)
    with pytest.raises(ValueError, match="scale"):
        ours.Normal(0.0, -1.0)
    with pytest.raises(ValueError, match="True or False"):
        ours.Distribution.set_default_validate_args(3)


def test_a_support_checks_values():
    support = ours.Categorical(pellucid.ones(3)).support
    assert support.check(pellucid.tensor([0, 2, 3])).tolist() == [True, True, False]
