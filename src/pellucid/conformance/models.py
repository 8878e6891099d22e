"""Conformance of whole models with the same models written in PyTorch's own layers."""

import numpy as np

from pellucid.conformance.rows import agrees, equals

rng = np.random.RandomState(0)
PICTURES = rng.normal(size=(3, 1, 8, 8)).astype(np.float32)
TOKENS = rng.randint(0, 9, (2, 6))


def _copied(layer, **arrays):
    """A layer of PyTorch's with these numbers in it."""
    import torch

    with torch.no_grad():
        for name, x in arrays.items():
            getattr(layer, name).copy_(torch.tensor(x.numpy(force=True)))
    return layer


def _like(layer, of_torch):
    return _copied(of_torch, **dict(layer.named_parameters()))


@agrees("models.CNN", library="torch", rtol=1e-5)
def pictures():
    import torch

    import pellucid
    from pellucid.models import CNN

    net = CNN(1, 8, 8, 10, filters=4)
    half = (torch.nn.ReLU(), torch.nn.MaxPool2d(2))
    first = _like(net.conv1, torch.nn.Conv2d(1, 4, 3, padding=1))
    second = _like(net.conv2, torch.nn.Conv2d(4, 8, 3, padding=1))
    last = _like(net.output, torch.nn.Linear(32, 10))
    other = torch.nn.Sequential(first, *half, second, *half, torch.nn.Flatten(), last)
    ours, theirs = net(pellucid.tensor(PICTURES)), other(torch.tensor(PICTURES))
    yield "scores", ours.numpy(force=True), theirs.detach().numpy()
    ours.square().sum().backward()
    theirs.square().sum().backward()
    yield "gradient of the first filters", net.conv1.weight.grad.numpy(), first.weight.grad.numpy()


@agrees("models.CharLSTM", library="torch", rtol=1e-5)
def characters():
    import torch

    import pellucid
    from pellucid.models import CharLSTM

    net = CharLSTM(9, 5, 7, layers=2)
    embedding = _like(net.embedding, torch.nn.Embedding(9, 5))
    lstm = _like(net.lstm, torch.nn.LSTM(5, 7, 2, batch_first=True))
    output = _like(net.output, torch.nn.Linear(7, 9))
    expected = output(lstm(embedding(torch.tensor(TOKENS)))[0]).detach().numpy()
    ours = net(pellucid.tensor(TOKENS)).numpy(force=True)
    yield "scores", ours, expected
    _, state = net.read(pellucid.tensor(TOKENS[:, :4]))
    rest = net.read(pellucid.tensor(TOKENS[:, 4:]), state)[0]
    yield "read in two parts", rest.numpy(force=True), expected[:, 4:]


@agrees("models.GPT", library="torch", rtol=1e-5)
def transformer():
    """Its layers are PyTorch's encoder layers with the norm first and a causal mask."""
    import torch

    import pellucid
    from pellucid.models import GPT

    net = GPT(9, 6, 8, 2, 2)
    tokens = torch.tensor(net.tokens.weight.numpy(force=True))
    x = tokens[torch.tensor(TOKENS)] + torch.tensor(net.places.weight.numpy(force=True))
    options = {"activation": "gelu", "batch_first": True, "norm_first": True, "dropout": 0.0}
    mask = torch.nn.Transformer.generate_square_subsequent_mask(6)
    for layer in net.layers:
        other = torch.nn.TransformerEncoderLayer(8, 2, 32, **options)
        attention = layer.attention_in
        _copied(other.self_attn, in_proj_weight=attention.weight, in_proj_bias=attention.bias)
        _like(layer.attention_out, other.self_attn.out_proj)
        for ours, theirs in (
            *((layer.mlp_in, other.linear1), (layer.mlp_out, other.linear2)),
            *((layer.attention_norm, other.norm1), (layer.mlp_norm, other.norm2)),
        ):
            _like(ours, theirs)
        x = other(x, src_mask=mask)
    expected = (torch.nn.functional.layer_norm(x, (8,)) @ tokens.T).detach().numpy()
    yield "scores", net(pellucid.tensor(TOKENS)).numpy(force=True), expected


@agrees("models.ResNet", "models.BasicBlock", library="torch", rtol=1e-4)
def residual():
    """Written with PyTorch's functions, as the state_dict names its numbers; ten losses."""
    import torch
    from torch.nn import functional as F

    import pellucid
    from pellucid.models import ResNet

    net = ResNet((1, 2), 10, 1, 8, small=True)
    names = {key: torch.tensor(x.numpy(force=True)) for key, x in net.state_dict().items()}
    weights = {key: names[key].requires_grad_() for key, _ in net.named_parameters()}

    def norm(x, name):
        running = names[f"{name}.running_mean"], names[f"{name}.running_var"]
        return F.batch_norm(x, *running, names[f"{name}.weight"], names[f"{name}.bias"], True)

    def block(x, name, stride):
        y = F.conv2d(x, names[f"{name}.conv1.weight"], None, stride, 1)
        y = F.conv2d(F.relu(norm(y, f"{name}.bn1")), names[f"{name}.conv2.weight"], None, 1, 1)
        if stride == 2:
            x = F.conv2d(x, names[f"{name}.downsample.0.weight"], None, 2)
            x = norm(x, f"{name}.downsample.1")
        return F.relu(x + norm(y, f"{name}.bn2"))

    def other(x):
        x = F.relu(norm(F.conv2d(x, names["conv1.weight"], None, 1, 1), "bn1"))
        for name, stride in (("layer1.0", 1), ("layer2.0", 2), ("layer2.1", 1)):
            x = block(x, name, stride)
        return F.linear(x.mean((2, 3)), names["fc.weight"], names["fc.bias"])

    ours = _losses(pellucid, net, list(net.parameters()))
    yield "ten losses", ours, _losses(torch, other, list(weights.values()))


def _losses(library, net, parameters):
    """Of ten steps down the gradient."""
    x, descent = library.tensor(PICTURES), library.optim.SGD(parameters, lr=0.1)
    losses = []
    for _ in range(10):
        descent.zero_grad()
        loss = net(x).square().mean()
        loss.backward()
        descent.step()
        losses.append(loss.item())
    return np.array(losses)


@agrees("models.WaveNet", "models.WavenetResidualModule", library="torch", rtol=1e-5)
def causal():
    import torch

    import pellucid
    from pellucid.models import WaveNet

    net = WaveNet(9, 4, 2, 1)
    x = _like(net.embedding, torch.nn.Embedding(9, 4))(torch.tensor(TOKENS)).mT
    skips = 0
    for layer, dilation in zip(net.layers, (1, 2), strict=True):
        both = _like(layer.conv_dilation, torch.nn.Conv1d(4, 8, 2, dilation=dilation))
        filtered, gate = both(torch.nn.functional.pad(x, (dilation, 0))).chunk(2, 1)
        y = _like(layer.conv_1x1, torch.nn.Conv1d(4, 4, 1))(filtered.tanh() * gate.sigmoid())
        x, skips = x + y, skips + y
    hidden = _like(net.hidden, torch.nn.Conv1d(4, 4, 1))(skips.relu()).relu()
    expected = _like(net.output, torch.nn.Conv1d(4, 9, 1))(hidden).mT.detach().numpy()
    yield "scores", net(pellucid.tensor(TOKENS)).numpy(force=True), expected


@agrees(
    "models.SkipConnectionIdentityModule",
    "models.SkipConnectionConvModule",
    library="torch",
    rtol=1e-5,
)
def skip_connections():
    import torch

    import pellucid
    from pellucid.models import SkipConnectionConvModule, SkipConnectionIdentityModule

    x, relu = torch.tensor(PICTURES), torch.nn.ReLU()

    def both(block, first, second):
        """The way through two convolutions, while learning."""
        y = torch.nn.BatchNorm2d(len(block.conv1.weight))(relu(_like(block.conv1, first)(x)))
        return torch.nn.BatchNorm2d(len(block.conv2.weight))(_like(block.conv2, second)(y))

    block = SkipConnectionIdentityModule(1, 4, 3, 5, pellucid.nn.ReLU())
    pair = torch.nn.Conv2d(1, 4, 3, padding=1), torch.nn.Conv2d(4, 1, 5, padding=2)
    expected = relu(x + both(block, *pair)).detach().numpy()
    yield "past as it is", block(pellucid.tensor(PICTURES)).numpy(force=True), expected
    block = SkipConnectionConvModule(1, 4, 3, 3, 2, 4, act_fn=pellucid.nn.ReLU())
    pair = torch.nn.Conv2d(1, 4, 3), torch.nn.Conv2d(4, 3, 2)
    past = torch.nn.BatchNorm2d(3)(_like(block.conv_skip, torch.nn.Conv2d(1, 3, 4))(x))
    expected = relu(past + both(block, *pair)).detach().numpy()
    yield "by a convolution", block(pellucid.tensor(PICTURES)).numpy(force=True), expected


@equals("models.next_token_loss", "models.draw", definition="the sum, and the shares", rtol=1e-6)
def next_tokens():
    import pellucid
    from pellucid.models import draw, next_token_loss

    logits = rng.normal(size=(2, 3, 4))
    target = rng.randint(0, 4, (2, 3))
    p = np.exp(logits) / np.exp(logits).sum(-1, keepdims=True)
    picked = [p[n, t, target[n, t]] for n in range(2) for t in range(3)]
    loss = next_token_loss(pellucid.tensor(logits), pellucid.tensor(target))
    yield "loss", loss.item(), -np.mean(np.log(picked))
    sharp = draw(pellucid.tensor(logits[0]), temperature=1e-6)
    yield "drawn in the cold", sharp.numpy(), logits[0].argmax(-1)[:, None]
