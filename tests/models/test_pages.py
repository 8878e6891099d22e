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
    "resnet": (
        ("ResNet", (1, 2), 10, 1, 8, True),
        PICTURES,
        CLASSES,
        F.cross_entropy,
    ),
    "wavenet": (
        ("WaveNet", 20, 8, 2, 2),
        TOKENS[:, :-1],
        TOKENS[:, 1:],
        models.next_token_loss,
    ),
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
    other.eval()
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


@pytest.mark.parametrize("page", ["char_lstm", "gpt", "wavenet"])
def test_no_place_sees_what_comes_after_it(page):
    (name, *sizes), X, *_ = ROWS[page]
    net = getattr(models, name)(*sizes).eval()
    changed = X.copy()
    changed[:, 7:] = (changed[:, 7:] + 1) % 20
    before, after = (net(tensor(x)).numpy(force=True) for x in (X, changed))
    np.testing.assert_allclose(before[:, :7], after[:, :7], rtol=1e-5, atol=1e-6)
    assert np.all(np.abs(before[:, 7:] - after[:, 7:]).max(-1) > 1e-5)


@pytest.mark.parametrize("page", ["char_lstm", "gpt", "wavenet"])
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


def test_resnet_18_has_the_names_and_shapes_of_torchvisions():
    """Those of its state_dict are written down here: weights of that form load by name."""
    sizes = {"conv1.weight": (64, 3, 7, 7), **_norm("bn1", 64)}
    for stage, (before, width) in enumerate([(64, 64), (64, 128), (128, 256), (256, 512)], 1):
        for block in (0, 1):
            name = f"layer{stage}.{block}"
            first = before if block == 0 else width
            sizes |= {f"{name}.conv1.weight": (width, first, 3, 3), **_norm(f"{name}.bn1", width)}
            sizes |= {f"{name}.conv2.weight": (width, width, 3, 3), **_norm(f"{name}.bn2", width)}
            if first != width:
                sizes[f"{name}.downsample.0.weight"] = (width, first, 1, 1)
                sizes |= _norm(f"{name}.downsample.1", width)
    sizes |= {"fc.weight": (1000, 512), "fc.bias": (1000,)}
    net = models.ResNet()
    assert {key: tuple(x.shape) for key, x in net.state_dict().items()} == sizes
    assert list(net.state_dict()) == list(sizes)
    assert net(tensor(rng.normal(size=(2, 3, 64, 64)).astype(np.float32))).shape == (2, 1000)


def _norm(name, channels):
    """The names and shapes of a batch norm's numbers."""
    each = dict.fromkeys(("weight", "bias", "running_mean", "running_var"), (channels,))
    return {f"{name}.{key}": shape for key, shape in {**each, "num_batches_tracked": ()}.items()}


@pytest.mark.parametrize("depth", [(3, 4, 6, 3), (2, 2, 2, 2)])
def test_a_block_that_adds_nothing_is_the_identity(depth):
    """With γ = 0 in its last batch norm; what comes to it is the output of a ReLU."""
    net = models.ResNet(depth, 10, 1, 4, small=True).eval()
    for name, parameter in net.named_parameters():
        if name.endswith("bn2.weight"):
            parameter.data.zero_()
    x = tensor(rng.random((2, 4, 8, 8), np.float32))
    for block in net.layer1:
        np.testing.assert_array_equal(block(x).numpy(force=True), x.numpy())


@pytest.mark.parametrize("width", [1, 2, 3])
def test_wavenet_sees_as_far_back_as_it_says_and_no_further(width):
    net = models.WaveNet(20, 8, 3, 2, width).eval()
    assert net.seen == 1 + 2 * (width - 1) * 7
    tokens = rng.integers(0, 20, (1, net.seen + 4))
    for far, sees in ((net.seen - 1, True), (net.seen, False)):
        changed = tokens.copy()
        changed[0, -1 - far] = (changed[0, -1 - far] + 1) % 20
        before, after = (net(tensor(t)).numpy(force=True)[0, -1] for t in (tokens, changed))
        assert np.any(before != after) == sees


def test_a_wavenet_layer_is_its_equation():
    layer = models.WavenetResidualModule(3, 4, 2, 3)
    x, skip = rng.normal(size=(2, 2, 3, 9)).astype(np.float32)
    w, b = (p.numpy(force=True) for p in layer.conv_dilation.parameters())
    v, c = (p.numpy(force=True) for p in layer.conv_1x1.parameters())
    padded = np.pad(x, ((0, 0), (0, 0), (4, 0)))
    z = np.stack([sum(w[:, :, u] @ row[:, 2 * u : 2 * u + 9] for u in range(3)) for row in padded])
    z += b[:, None]
    z = np.tanh(z[:, :4]) / (1 + np.exp(-z[:, 4:]))
    y = v[:, :, 0] @ z + c[:, None]
    first, second = layer(tensor(x)), layer(tensor(x), tensor(skip))
    for found, expected in zip((*first, *second), (x + y, y, x + y, skip + y), strict=True):
        np.testing.assert_allclose(found.numpy(force=True), expected, rtol=1e-5, atol=1e-6)


BLOCKS = {
    "identity": (
        lambda nn: models.SkipConnectionIdentityModule(3, 5, 3, (1, 3), nn.Tanh(), 1e-3, 0.8),
        {"conv1": (5, 3, (3, 3)), "conv2": (3, 5, (1, 3))},
    ),
    "convolution": (
        lambda nn: models.SkipConnectionConvModule(
            3, 5, 4, 3, 3, 1, 1, 1, 2, 1, nn.Tanh(), 1e-3, 0.8, stride_skip=2
        ),
        {"conv1": (5, 3, (3, 3)), "conv2": (4, 5, (3, 3)), "conv_skip": (4, 3, (1, 1))},
    ),
}


@pytest.mark.parametrize("name", BLOCKS)
def test_skip_connections_train_as_in_pytorch(name):
    """numpy-ml's fail at the second step, so ten are taken here."""
    torch = pytest.importorskip("torch", reason="PyTorch is what this is compared with")
    make, convolutions = BLOCKS[name]
    block, parts = make(pellucid.nn), torch.nn.ModuleDict()
    for key, (out, into, kernel) in convolutions.items():
        strided = name == "convolution" and key != "conv2"
        same = [k // 2 for k in kernel]
        parts[key] = torch.nn.Conv2d(into, out, kernel, 2 if strided else 1, same)
        norm = key.replace("conv", "batchnorm")
        parts[norm] = torch.nn.BatchNorm2d(out, eps=1e-3, momentum=0.2)
    block.load_state_dict({k: tensor(x.numpy()) for k, x in parts.state_dict().items()})

    def theirs(x):
        y = parts["batchnorm1"](torch.tanh(parts["conv1"](x)))
        y = parts["batchnorm2"](parts["conv2"](y))
        if "conv_skip" in parts:
            x = parts["batchnorm_skip"](parts["conv_skip"](x))
        return torch.tanh(x + y)

    x = rng.normal(size=(4, 3, 8, 8)).astype(np.float32)
    ours = [tensor(x), block, pellucid.optim.SGD(block.parameters(), lr=0.1), []]
    others = [torch.tensor(x), theirs, torch.optim.SGD(parts.parameters(), lr=0.1), []]
    for inputs, net, optimizer, losses in (ours, others):
        for _ in range(10):
            optimizer.zero_grad()
            loss = (net(inputs) - 0.5).square().mean()
            loss.backward()
            optimizer.step()
            losses.append(loss.item())
    np.testing.assert_allclose(ours[-1], others[-1], rtol=1e-5)
    for key, expected in parts.state_dict().items():
        found = block.state_dict()[key].numpy()
        np.testing.assert_allclose(found, expected.numpy(), rtol=1e-3, atol=1e-5)


def test_an_identity_needs_no_activation_and_keeps_the_shape():
    block = models.SkipConnectionIdentityModule(2, 3, 5, 1)
    assert block(tensor(rng.normal(size=(2, 2, 4, 6)).astype(np.float32))).shape == (2, 2, 4, 6)
    with pytest.raises(RuntimeError, match="channels"):
        block(tensor(np.zeros((2, 3, 4, 6), np.float32)))
