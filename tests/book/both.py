"""The steps of a chapter, taken by PyTorch and by pellucid under its name."""

import numpy as np
import pytest
from numpy.testing import assert_allclose

import pellucid


def alike(steps, rtol=1e-5, atol=1e-7):
    """``steps(torch)``, a dict of numbers, is the same for both; ours is returned."""
    torch = pytest.importorskip("torch", reason="PyTorch is what this is compared with")
    threads = torch.get_num_threads()
    torch.set_num_threads(1)  # such small steps are not worth more, least of all on a busy machine
    theirs, ours = steps(torch), steps(pellucid)
    torch.set_num_threads(threads)
    assert theirs.keys() == ours.keys()
    for name, expected in theirs.items():
        found = ours[name]
        if hasattr(expected, "detach"):
            expected, found = expected.detach().numpy(), found.detach().numpy()
            assert found.dtype == expected.dtype, name
        assert np.shape(found) == np.shape(expected), name
        assert_allclose(found, expected, rtol, atol, err_msg=name)
    return ours


def batches(torch, size, *arrays, **options):
    """A loader of rows of the arrays."""
    rows = torch.utils.data.TensorDataset(*map(torch.from_numpy, arrays))
    return torch.utils.data.DataLoader(rows, size, **options)


def learn(torch, model, loss_fn, optimizer, loader, n_epochs=1):
    """The losses of plain training: forward, backward, step."""
    losses = []
    for _ in range(n_epochs):
        for x, y in loader:
            loss = loss_fn(model(x), y)
            loss.backward()
            optimizer.step()
            optimizer.zero_grad()
            losses.append(loss.item())
    return losses


def images(n=128, side=28):
    """Written digits as the chapters' own: (N, 1, 28, 28) from 0 to 1, and which they are."""
    from sklearn.datasets import load_digits

    data = load_digits()
    large = data.images[:n].repeat(side // 9, 1).repeat(side // 9, 2) / 16
    edge = (side - large.shape[1]) // 2
    padded = np.pad(large, ((0, 0), (edge, edge), (edge, edge)))
    return padded[:, None].astype(np.float32), data.target[:n].astype(np.int64)
