"""Chapter 14 of Raschka, Liu & Mirjalili (2022), by its steps: convolutions, losses, two nets."""

from itertools import pairwise

import numpy as np
import pytest

import pellucid
from tests.book.both import alike, batches, images, learn


def test_convolution_by_hand():
    """The chapter's sums, where a convolution turns the kernel round."""
    torch, F = pellucid, pellucid.nn.functional
    x, w = torch.tensor([[[1.0, 3, 2, 4, 5, 6, 1, 3]]]), torch.tensor([[[1.0, 0, 3, 1, 2]]])
    line = F.conv1d(x, w.flip(2), padding=2)
    assert line.tolist() == [[[5, 14, 16, 26, 24, 34, 19, 22]]]
    X = torch.tensor([[1.0, 3, 2, 4], [5, 6, 1, 3], [1, 2, 0, 2], [3, 4, 3, 2]])
    W = torch.tensor([[1.0, 0, 3], [1, 2, 1], [0, 1, 1]])
    plane = F.conv2d(X[None, None], W.flip(0, 1)[None, None], padding=1)[0, 0]
    assert plane.tolist() == [[11, 25, 32, 13], [19, 25, 24, 13], [13, 28, 25, 17], [11, 17, 14, 9]]


def test_losses():
    nn = pellucid.nn
    logits, target = pellucid.tensor([0.8]), pellucid.tensor([1.0])
    assert f"{nn.BCELoss()(pellucid.sigmoid(logits), target):.4f}" == "0.3711"
    assert f"{nn.BCEWithLogitsLoss()(logits, target):.4f}" == "0.3711"
    logits, target = pellucid.tensor([[1.5, 0.8, 2.1]]), pellucid.tensor([2])
    assert f"{nn.CrossEntropyLoss()(logits, target):.4f}" == "0.5996"
    probability = pellucid.softmax(logits, dim=1)
    assert f"{nn.NLLLoss()(pellucid.log(probability), target):.4f}" == "0.5996"


def test_a_penalty_on_all_weights():
    def steps(torch):
        torch.manual_seed(1)
        loss = torch.nn.BCELoss()(torch.tensor([0.9]), torch.tensor([1.0]))
        layer = torch.nn.Conv2d(in_channels=3, out_channels=5, kernel_size=5)
        loss = loss + 0.001 * sum((p**2).sum() for p in layer.parameters())
        loss.backward()
        return {"loss": loss, "by the weights": layer.weight.grad, "by the bias": layer.bias.grad}

    alike(steps)


def digits(nn):
    return {
        "conv1": nn.Conv2d(in_channels=1, out_channels=32, kernel_size=5, padding=2),
        "relu1": nn.ReLU(),
        "pool1": nn.MaxPool2d(kernel_size=2),
        "conv2": nn.Conv2d(in_channels=32, out_channels=64, kernel_size=5, padding=2),
        "relu2": nn.ReLU(),
        "pool2": nn.MaxPool2d(kernel_size=2),
        "flatten": nn.Flatten(),
        "fc1": nn.Linear(3136, 1024),
        "relu3": nn.ReLU(),
        "dropout": nn.Dropout(p=0.5),
        "fc2": nn.Linear(1024, 10),
    }


def smiles(nn):
    layers, sizes = {}, [3, 32, 64, 128, 256]
    for k, (n_in, n_out) in enumerate(pairwise(sizes), 1):
        layers[f"conv{k}"] = nn.Conv2d(n_in, n_out, kernel_size=3, padding=1)
        layers[f"relu{k}"] = nn.ReLU()
        layers[f"pool{k}"] = nn.MaxPool2d(kernel_size=2) if k < 4 else nn.AvgPool2d(kernel_size=8)
        if k < 3:
            layers[f"dropout{k}"] = nn.Dropout(p=0.5)
    return layers | {"flatten": nn.Flatten(), "fc": nn.Linear(256, 1), "sigmoid": nn.Sigmoid()}


def built(torch, layers):
    model = torch.nn.Sequential()
    for name, layer in layers(torch.nn).items():
        model.add_module(name, layer)
    return model


SHAPES = {  # a layer, and what comes out of it
    digits: [(4, 1, 28, 28), {"pool2": (4, 64, 7, 7), "flatten": (4, 3136), "fc2": (4, 10)}],
    smiles: [(4, 3, 64, 64), {"relu4": (4, 256, 8, 8), "flatten": (4, 256), "sigmoid": (4, 1)}],
}


@pytest.mark.parametrize("layers", SHAPES)
def test_shapes_on_the_way(layers):
    size, expected = SHAPES[layers]
    x, seen = pellucid.ones(size), {}
    for name, layer in built(pellucid, layers).named_children():
        x = layer(x)
        seen[name] = tuple(x.shape)
    assert {name: seen[name] for name in expected} == expected


@pytest.mark.parametrize("layers", SHAPES)
def test_shown_as_in_the_book(layers):
    torch = pytest.importorskip("torch", reason="PyTorch is what this is compared with")
    assert repr(built(pellucid, layers)) == repr(built(torch, layers))


def test_training_and_keeping_the_net_of_digits(tmp_path):
    """Five steps, dropout drawn alike; what is loaded says what was saved; rows by ``Subset``."""
    X, y = images(96)

    def steps(torch):
        torch.manual_seed(1)
        model = built(torch, digits).double()  # Adam makes much of the last bits of small gradients
        data = torch.utils.data
        rows = data.TensorDataset(torch.from_numpy(X).double(), torch.from_numpy(y))
        train, valid = data.Subset(rows, torch.arange(80)), data.Subset(rows, torch.arange(80, 96))
        loader = data.DataLoader(train, 16, shuffle=True)
        optimizer = torch.optim.Adam(model.parameters(), lr=0.001)
        losses = learn(torch, model, torch.nn.CrossEntropyLoss(), optimizer, loader)
        model.eval()
        with torch.no_grad():
            (x, _), *_ = data.DataLoader(valid, 16)
            scores = model(x)
            if torch is pellucid:
                torch.save(model, tmp_path / "mnist-cnn.ph")
                again = torch.load(tmp_path / "mnist-cnn.ph").eval()(x)
                assert again.tolist() == scores.tolist()
        return {"losses": losses, "scores": scores}

    alike(steps, 1e-8, 1e-8)


def test_training_the_net_of_smiles():
    rng = np.random.RandomState(0)
    X, y = rng.rand(16, 3, 64, 64).astype(np.float32), rng.randint(0, 2, (16, 1))

    def steps(torch):
        torch.manual_seed(1)
        model = built(torch, smiles)
        loader = batches(torch, 8, X, y.astype(np.float32), shuffle=True)
        optimizer = torch.optim.Adam(model.parameters(), lr=0.001)
        losses = learn(torch, model, torch.nn.BCELoss(), optimizer, loader)
        return {"losses": losses, "as a picture": torch.from_numpy(X)[0].permute(1, 2, 0)}

    alike(steps, 1e-4)
