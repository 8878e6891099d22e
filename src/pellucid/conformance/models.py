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
