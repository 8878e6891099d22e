"""Chapter 13 of Raschka, Liu & Mirjalili (2022), by its steps: gradients, XOR, the fuel of cars."""

from itertools import pairwise

import numpy as np
import pytest

import pellucid
from tests.book.both import alike, batches, images, learn


def test_a_graph_of_three_operations():
    for make in (int, lambda n: [n], lambda n: [[n]]):
        a, b, c = (pellucid.tensor(make(n)) for n in (1, 2, 3))
        z = pellucid.add(pellucid.mul(pellucid.sub(a, b), 2), c)
        assert z.tolist() == make(1)


def test_the_gradient_by_hand():
    """z = wx + b, L = (y - z)²: dL/dw = -2x (y - z) = -.56 and dL/db = -.4."""
    torch = pellucid
    w, b = torch.tensor(1.0, requires_grad=True), torch.tensor(0.5, requires_grad=True)
    x, y = torch.tensor([1.4]), torch.tensor([2.1])
    z = torch.add(torch.mul(w, x), b)
    (y - z).pow(2).sum().backward()
    assert str(w.grad) == "tensor(-0.5600)"
    assert str(b.grad) == "tensor(-0.4000)"
    assert str(2 * x * ((w * x + b) - y)) == "tensor([-0.5600], grad_fn=<MulBackward0>)"


def test_drawn_by_glorot():
    def steps(torch):
        torch.manual_seed(1)
        w = torch.nn.init.xavier_normal_(torch.empty(2, 3))
        model = torch.nn.Sequential(
            torch.nn.Linear(4, 16), torch.nn.ReLU(), torch.nn.Linear(16, 32), torch.nn.ReLU()
        )
        torch.nn.init.xavier_uniform_(model[0].weight)
        return {"normal": w, "uniform": model[0].weight, "L1": 0.01 * model[2].weight.abs().sum()}

    alike(steps)


def xor():
    x = np.random.RandomState(1).uniform(-1, 1, (200, 2))
    return x.astype(np.float32), (x[:, 0] * x[:, 1] >= 0).astype(np.float32)


def listed(torch):
    """A Module over a ModuleList, which predicts classes as well."""
    nn = torch.nn

    class Layers(nn.Module):
        def __init__(self):
            super().__init__()
            sizes = [(2, 4), (4, 4), (4, 1)]
            parts = [part for size in sizes for part in (nn.Linear(*size), nn.ReLU())]
            self.module_list = nn.ModuleList([*parts[:-1], nn.Sigmoid()])

        def forward(self, x):
            for layer in self.module_list:
                x = layer(x)
            return x[:, 0]

        def predict(self, x):
            return (self.forward(torch.tensor(x, dtype=torch.float32)) >= 0.5).float()

    return Layers()


def noisy(torch):
    """A layer of one's own: in training it adds noise to what comes in."""
    nn = torch.nn

    class NoisyLinear(nn.Module):
        def __init__(self, n_in, n_out, std=0.1):
            super().__init__()
            self.w = nn.Parameter(torch.Tensor(n_in, n_out))
            nn.init.xavier_uniform_(self.w)
            self.b = nn.Parameter(torch.Tensor(n_out).fill_(0))
            self.std = std

        def forward(self, x):
            if self.training:
                x = torch.add(x, torch.normal(0.0, self.std, x.shape))
            return torch.add(torch.mm(x, self.w), self.b)

    class Squeezed(nn.Module):
        def forward(self, x):
            return x[:, 0]

    return nn.Sequential(
        NoisyLinear(2, 4, 0.07), nn.ReLU(), nn.Linear(4, 1), nn.Sigmoid(), Squeezed()
    )


@pytest.mark.parametrize("net", [listed, noisy])
def test_xor(net):
    X, y = xor()

    def steps(torch):
        torch.manual_seed(1)
        model = net(torch)
        loader = batches(torch, 2, X[:100], y[:100], shuffle=True)
        optimizer = torch.optim.SGD(model.parameters(), lr=0.015)
        losses = learn(torch, model, torch.nn.BCELoss(), optimizer, loader, 3)
        model.eval()
        probability = model(torch.from_numpy(X[100:]))
        share = ((probability >= 0.5).float() == torch.from_numpy(y[100:])).float().mean()
        found = {"losses": losses, "probability": probability, "share": share}
        return found | ({"predicted": model.predict(X[100:])} if net is listed else {})

    alike(steps)


def test_modules_are_shown_as_in_the_book():
    torch = pytest.importorskip("torch", reason="PyTorch is what this is compared with")
    for net in (listed, noisy):
        assert repr(net(pellucid)) == repr(net(torch))


def test_fuel_of_cars():
    """Years in buckets, places of origin as indicators, beside the numbers: 9-8-4-1."""
    rng = np.random.RandomState(0)
    numbers, years = rng.normal(size=(64, 5)), rng.randint(70, 83, 64)
    origin, fuel = rng.randint(1, 4, 64), (20 + rng.normal(size=64)).astype(np.float32)

    def steps(torch):
        boundaries = torch.tensor([73, 76, 79])
        bucket = torch.bucketize(torch.tensor(years), boundaries, right=True)
        one_hot = torch.nn.functional.one_hot(torch.from_numpy(origin) % 3)
        table = torch.tensor(np.column_stack([numbers, np.asarray(bucket)]))
        x = torch.cat([table, one_hot], 1).float()
        torch.manual_seed(1)
        sizes, layers = [x.shape[1], 8, 4], []
        for size in pairwise(sizes):
            layers += [torch.nn.Linear(*size), torch.nn.ReLU()]
        model = torch.nn.Sequential(*layers, torch.nn.Linear(4, 1), torch.nn.Flatten(0))
        loader = batches(torch, 8, x.numpy(), fuel, shuffle=True)
        optimizer = torch.optim.SGD(model.parameters(), lr=0.001)
        losses = learn(torch, model, torch.nn.MSELoss(), optimizer, loader, 5)
        with torch.no_grad():
            error = torch.nn.L1Loss()(model(x), torch.from_numpy(fuel))
        return {"x": x, "bucket": bucket, "losses": losses, "error": error}

    found = alike(steps)
    assert found["bucket"].tolist() == [sum(year >= b for b in (73, 76, 79)) for year in years]
    assert found["losses"][-1] < found["losses"][0]


def test_digits_by_layers():
    X, y = images()

    def steps(torch):
        torch.manual_seed(1)
        loader = batches(torch, 64, X, y, shuffle=True)
        sizes, layers = [784, 32, 16], [torch.nn.Flatten()]
        for size in pairwise(sizes):
            layers += [torch.nn.Linear(*size), torch.nn.ReLU()]
        model = torch.nn.Sequential(*layers, torch.nn.Linear(16, 10))
        optimizer = torch.optim.Adam(model.parameters(), lr=0.001)
        losses = learn(torch, model, torch.nn.CrossEntropyLoss(), optimizer, loader, 2)
        return {"losses": losses, "scores": model(torch.from_numpy(X[:5]))}

    alike(steps, 1e-4)
