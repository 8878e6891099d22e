"""Book A, chapter 12: its steps with the import changed, the numbers that it prints."""

import numpy as np
import pytest
from numpy.testing import assert_allclose
from sklearn.datasets import load_iris
from sklearn.model_selection import train_test_split

import pellucid

X = np.arange(10, dtype="float32").reshape(10, 1)
Y = np.array([1.0, 1.3, 3.1, 2.0, 5.0, 6.3, 6.6, 7.4, 8.0, 9.0], dtype="float32")


def both():
    return [pellucid, pytest.importorskip("torch", reason="PyTorch is what this is compared with")]


def _loader(torch):
    normed = torch.from_numpy((X - X.mean()) / X.std())
    data = torch.utils.data.TensorDataset(normed, torch.from_numpy(Y))
    return torch.utils.data.DataLoader(data, 1, shuffle=True)


def by_hand(torch):
    loader = _loader(torch)
    torch.manual_seed(1)
    weight = torch.randn(1)
    weight.requires_grad_()
    bias = torch.zeros(1, requires_grad=True)
    for _ in range(200):
        for x, y in loader:
            loss = (x @ weight + bias - y).pow(2).mean()
            loss.backward()
            with torch.no_grad():
                weight -= weight.grad * 0.001
                bias -= bias.grad * 0.001
                weight.grad.zero_()
                bias.grad.zero_()
    return weight.item(), bias.item()


def by_modules(torch):
    by_hand(torch)  # from whose end the random numbers go on
    loader = _loader(torch)
    loss_fn, model = torch.nn.MSELoss(reduction="mean"), torch.nn.Linear(1, 1)
    optimizer = torch.optim.SGD(model.parameters(), lr=0.001)
    for _ in range(200):
        for x, y in loader:
            loss = loss_fn(model(x)[:, 0], y)
            loss.backward()
            optimizer.step()
            optimizer.zero_grad()
    return model.weight.item(), model.bias.item()


@pytest.mark.parametrize(
    ("listing", "printed"), [(by_hand, (2.6696, 4.8797)), (by_modules, (2.6496, 4.8771))]
)
def test_linear_regression(listing, printed):
    assert_allclose(listing(pellucid), printed, atol=5e-4)
    ours, theirs = map(listing, both())
    assert_allclose(ours, theirs, 1e-6)


def iris(torch, epochs=100):
    data = load_iris()
    parts = train_test_split(data["data"], data["target"], test_size=1.0 / 3, random_state=1)
    mean, std = parts[0].mean(), parts[0].std()
    X_train, X_test = (torch.from_numpy((x - mean) / std).float() for x in parts[:2])
    y_train, y_test = (torch.from_numpy(y) for y in parts[2:])
    torch.manual_seed(1)
    pairs = torch.utils.data.TensorDataset(X_train, y_train)
    loader = torch.utils.data.DataLoader(pairs, 2, shuffle=True)

    class Model(torch.nn.Module):
        def __init__(self):
            super().__init__()
            self.layer1 = torch.nn.Linear(4, 16)
            self.layer2 = torch.nn.Linear(16, 3)

        def forward(self, x):
            x = torch.nn.Sigmoid()(self.layer1(x))
            return torch.nn.Softmax(dim=1)(self.layer2(x))

    model, loss_fn = Model(), torch.nn.CrossEntropyLoss()
    optimizer = torch.optim.Adam(model.parameters(), lr=0.001)
    losses = []
    for _ in range(epochs):
        for x, y in loader:
            loss = loss_fn(model(x), y.long())
            loss.backward()
            optimizer.step()
            optimizer.zero_grad()
            losses.append(loss.item())
    right = (torch.argmax(model(X_test), dim=1) == y_test).float()
    return losses, right.mean().item()


def test_iris():
    losses, share = iris(pellucid)
    assert f"{share:.4f}" == "0.9800"
    assert losses[-1] < losses[0]
    ours, theirs = (iris(torch, 2)[0] for torch in both())
    assert_allclose(ours, theirs, 1e-5)


def test_tensors():
    torch = pellucid
    t = torch.arange(6).float()
    assert [tuple(x.shape) for x in torch.chunk(torch.rand(6), 3)] == [(2,)] * 3
    assert [tuple(x.shape) for x in torch.split(torch.rand(5), [3, 2])] == [(3,), (2,)]
    assert torch.stack([t, t], axis=1).shape == torch.Size([6, 2])
    assert tuple(torch.squeeze(torch.zeros(1, 2, 1, 4, 1), 2).shape) == (1, 2, 4, 1)
    torch.manual_seed(1)
    t1 = 2 * torch.rand(5, 2) - 1
    t2 = torch.normal(mean=0, std=1, size=(5, 2))
    t3 = torch.multiply(t1, t2)
    assert_allclose(torch.mean(t1, axis=0).numpy(), [-0.1373, 0.2028], atol=5e-5)
    assert_allclose(t3.numpy(), t1.numpy() * t2.numpy())


def test_activations():
    x = np.array([1, 1.4, 2.5]) @ np.array([0.4, 0.3, 0.5])
    assert f"{pellucid.sigmoid(pellucid.tensor(x)).item():.3f}" == "0.888"
    weights = np.array([[1.1, 1.2, 0.8, 0.4], [0.2, 0.4, 1.0, 0.2], [0.6, 1.5, 1.2, 0.7]])
    logits = pellucid.from_numpy(weights @ np.array([1, 0.1, 0.4, 0.6]))
    found = pellucid.softmax(logits, dim=0).numpy()
    assert_allclose(found, [0.44668973, 0.16107406, 0.39223621], 1e-6)
