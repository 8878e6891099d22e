"""Each model's page is PyTorch's too: its import changed, it gives the same losses."""

import importlib

import numpy as np
import pytest

import pellucid
from pellucid import models, training
from pellucid.autograd.creation import tensor
from pellucid.nn import functional as F

rng = np.random.default_rng(0)
PICTURES = rng.normal(size=(12, 1, 8, 8)).astype(np.float32)
CLASSES = rng.integers(0, 10, 12)
TOKENS = rng.integers(0, 20, (6, 13))
ROWS = {
    "mlp": (("MLP", 64, 32, 10), PICTURES.reshape(12, 64), CLASSES, F.cross_entropy),
    "cnn": (("CNN", 1, 8, 8, 10), PICTURES, CLASSES, F.cross_entropy),
    "char_lstm": (
        ("CharLSTM", 20, 8, 16, 2),
        TOKENS[:, :-1],
        TOKENS[:, 1:],
        models.next_token_loss,
    ),
    "gpt": (("GPT", 20, 12, 24, 3, 2), TOKENS[:, :-1], TOKENS[:, 1:], models.next_token_loss),
}


def _of_torch(page):
    """The names that the page defines when it is read with PyTorch for pellucid."""
    source = importlib.import_module(f"pellucid.models.{page}").__file__
    with open(source, encoding="utf-8") as file:
        text = file.read()
    text = text.replace("from pellucid.models.next_token import draw\n", "")  # generate's alone
    names: dict = {"__name__": page}
    exec(compile(text.replace("pellucid", "torch"), source, "exec"), names)
    return names


@pytest.mark.parametrize("page", ROWS)
def test_ten_losses_are_pytorchs(page):
    torch = pytest.importorskip("torch", reason="PyTorch is what this is compared with")
    (name, *sizes), X, Y, loss = ROWS[page]
    torch.manual_seed(0)
    other = _of_torch(page)[name](*sizes)
    net = getattr(models, name)(*sizes)
    net.load_state_dict(other.state_dict())
    seen = []

    class Losses(training.Callback):
        def after_step(self, loop):
            seen.append(loop.value)

    adam = pellucid.optim.Adam(net.parameters(), lr=1e-3)
    training.Loop(net, adam, loss, [Losses()]).fit([(tensor(X), tensor(Y))], epochs=10)
    adam, expected = torch.optim.Adam(other.parameters(), lr=1e-3), []
    for _ in range(10):
        adam.zero_grad()
        logits = other(torch.tensor(X))
        value = torch.nn.functional.cross_entropy(logits.flatten(0, -2), torch.tensor(Y).flatten())
        value.backward()
        adam.step()
        expected.append(value.item())
    np.testing.assert_allclose(seen, expected, rtol=2e-5)
    with torch.no_grad():
        np.testing.assert_allclose(
            net.eval()(tensor(X)).numpy(force=True), other(torch.tensor(X)), rtol=2e-3, atol=2e-4
        )


@pytest.mark.parametrize("page", ROWS)
def test_a_model_begins_as_pytorchs_does(page):
    torch = pytest.importorskip("torch", reason="PyTorch is what this is compared with")
    (name, *sizes), *_ = ROWS[page]
    torch.manual_seed(3)
    other = _of_torch(page)[name](*sizes).state_dict()
    pellucid.manual_seed(3)
    net = getattr(models, name)(*sizes).state_dict()
    assert list(net) == list(other)
    for key, x in net.items():
        np.testing.assert_allclose(x.numpy(), other[key].numpy(), rtol=1e-6, atol=1e-8)


@pytest.mark.parametrize("page", ["char_lstm", "gpt"])
def test_no_place_sees_what_comes_after_it(page):
    (name, *sizes), X, *_ = ROWS[page]
    net = getattr(models, name)(*sizes).eval()
    changed = X.copy()
    changed[:, 7:] = (changed[:, 7:] + 1) % 20
    before, after = (net(tensor(x)).numpy(force=True) for x in (X, changed))
    np.testing.assert_allclose(before[:, :7], after[:, :7], rtol=1e-5, atol=1e-6)
    assert np.all(np.abs(before[:, 7:] - after[:, 7:]).max(-1) > 1e-5)


@pytest.mark.parametrize("page", ["char_lstm", "gpt"])
def test_at_low_temperature_the_likeliest_token_follows(page):
    (name, *sizes), X, *_ = ROWS[page]
    net = getattr(models, name)(*sizes).eval()
    start = tensor(X[:2, :4])
    out = net.generate(start, 7, temperature=1e-4).numpy()
    assert out.shape == (2, 11)
    assert np.array_equal(out[:, :4], X[:2, :4])
    likeliest = net(tensor(out[:, :-1])).numpy(force=True).argmax(-1)
    assert np.array_equal(out[:, 4:], likeliest[:, 3:])


def test_generating_goes_on_beyond_the_context_which_forward_refuses():
    net = models.GPT(20, 12, 24, 3, 2)
    assert net.generate(tensor(TOKENS[:1]), 3).shape == (1, 16)
    with pytest.raises(ValueError, match="13 tokens do not fit into a context of 12"):
        net(tensor(TOKENS))


def test_tokens_are_drawn_as_often_as_they_are_likely():
    pellucid.manual_seed(0)
    p = np.array([0.5, 0.3, 0.2])
    logits = tensor(np.tile(np.log(p), (4000, 1)))
    for temperature in (1.0, 0.5):
        counts = np.bincount(models.draw(logits, temperature).numpy().ravel(), minlength=3)
        expected = p ** (1 / temperature) / np.sum(p ** (1 / temperature))
        deviation = np.sqrt(4000 * expected * (1 - expected))
        assert np.all(np.abs(counts - 4000 * expected) < 5 * deviation)
