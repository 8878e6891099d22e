"""CTC: against the sum over every path, and against PyTorch; its kernel; what cannot be."""

import itertools

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

from pellucid import nn
from pellucid.autograd import grad, gradcheck, gradgradcheck
from pellucid.autograd.creation import tensor
from pellucid.nn.functional import ctc_loss
from pellucid.nn.functional.ctc import surprise_of_labels
from tests.agree import agree

rng = np.random.default_rng(0)
X = rng.normal(size=(9, 4, 5))
TIMES, LABELS = np.array([9, 7, 4, 6]), np.array([4, 2, 0, 3])
TARGETS = np.array([[1, 1, 2, 1], [3, 3, 0, 0], [0, 0, 0, 0], [4, 2, 4, 0]])
JOINED = np.array([1, 1, 2, 1, 3, 3, 4, 2, 4])


def read(path, blank):
    """What a path says: repetitions taken out, then blanks."""
    return [label for label, _ in itertools.groupby(path) if label != blank]


def by_enumeration(log_probs, labels, blank):
    """-log of the sum of the products along every path that says the labels."""
    T, C = log_probs.shape
    total = sum(
        np.exp(sum(log_probs[t, k] for t, k in enumerate(path)))
        for path in itertools.product(range(C), repeat=T)
        if read(path, blank) == list(labels)
    )
    return -np.log(total) if total else np.inf


def log_softmax(x):
    return x - np.log(np.sum(np.exp(x), -1, keepdims=True))


@pytest.mark.parametrize("blank", [0, 2])
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("labels", [[], [1], [1, 1], [0, 1], [1, 3, 1], [3, 3, 3], [1, 0, 3, 1]])
def test_is_the_sum_over_all_paths(labels, dtype, blank):
    labels = [label for label in labels if label != blank]
    log_probs = log_softmax(rng.normal(size=(5, 4)))
    found = ctc_loss(
        tensor(log_probs.astype(dtype)),
        tensor(np.array(labels, int)),
        [5],
        [len(labels)],
        blank=blank,
        reduction="none",
    )
    tolerance = {np.float32: 1e-5, np.float64: 1e-12}[dtype]
    assert_allclose(found.item(), by_enumeration(log_probs, labels, blank), tolerance)


def test_of_three_even_outcomes():
    """y = 1/3 everywhere, two times: one label is said by 3 paths of 9, two unequal by 1."""
    even = tensor(np.log(np.full((2, 3), 1 / 3)))
    for labels, paths in ([1], 3), ([1, 2], 1), ([], 1), ([2, 1], 1):
        found = ctc_loss(even, tensor(np.array(labels, int)), [2], [len(labels)], reduction="sum")
        assert_allclose(found.item(), -np.log(paths / 9), 1e-12)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("reduction", ["none", "sum", "mean"])
@pytest.mark.parametrize("targets", [TARGETS, JOINED], ids=["padded", "joined"])
def test_agrees_with_pytorch(targets, reduction, dtype):
    """PyTorch has no second derivatives of it."""
    torch = pytest.importorskip("torch", reason="PyTorch is what this is compared with")

    def called(loss):
        return lambda x, *rest: loss(x.log_softmax(-1), *rest, reduction=reduction)

    theirs = called(torch.nn.functional.ctc_loss)
    agree(called(ctc_loss), theirs, X, targets, TIMES, LABELS, dtype=dtype, second=False)


@pytest.mark.parametrize("lengths", [([9], [3]), (9, 3)], ids=["lists", "numbers"])
def test_one_sequence_without_a_batch(lengths):
    torch = pytest.importorskip("torch", reason="PyTorch is what this is compared with")

    def called(library, make):
        layer = library.CTCLoss(1, "sum")
        given = (make(np.array(n)) if isinstance(n, int) else n for n in lengths)
        times, labels = given
        return lambda x: layer(x.log_softmax(1), make(np.array([4, 2, 4])), times, labels)

    agree(called(nn, tensor), called(torch.nn, torch.tensor), X[:, 0], second=False)


def test_the_derivatives_are_those_of_the_sum_over_paths():
    """Whether the probabilities sum to one or not; where PyTorch's need a log_softmax."""

    def each(x):
        return ctc_loss(x, tensor(TARGETS), TIMES, LABELS, reduction="none")

    x = tensor(X - 2, requires_grad=True)
    assert gradcheck(each, (x,))
    x = tensor(X[:4, :2, :3], requires_grad=True)
    assert gradgradcheck(lambda x: ctc_loss(x, tensor([[1, 1], [2, 0]]), [4, 3], [2, 1]), (x,))


def test_at_each_time_something_is_said():
    """-∂L/∂log y are the probabilities of the classes at each time, given the labels."""
    x = tensor(log_softmax(X), requires_grad=True)
    loss = ctc_loss(x, tensor(TARGETS), TIMES, LABELS, reduction="sum")
    (dx,) = grad(loss, x)
    said = np.arange(9)[:, None] < TIMES
    assert_allclose(-dx.numpy().sum(-1), said, 1e-12)


TOO_SHORT = (tensor([[1, 2], [1, 1], [2, 2], [1, 0]]), [4, 2, 2, 0], [2, 2, 2, 1])


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_too_short_for_its_labels_is_infinite_or_nothing(dtype):
    """Two equal labels need three times; one needs one."""
    x = tensor(log_softmax(X[:4]).astype(dtype), requires_grad=True)
    each = ctc_loss(x, *TOO_SHORT, reduction="none")
    assert_array_equal(np.isinf(each.detach().numpy()), [False, True, True, True])
    (dx,) = grad(each.sum(), x)
    steps = np.arange(4)[:, None, None] < np.array([0, 2, 2, 0])[:, None]  # none behind the end
    assert_array_equal(dx.isnan().numpy(), np.broadcast_to(steps, dx.shape))
    kept = ctc_loss(x, *TOO_SHORT, reduction="none", zero_infinity=True)
    assert kept[0] == each[0] and not kept[1:].any()
    (dx,) = grad(kept.sum(), x)
    assert dx[:, 0].any() and not dx[:, 1:].any()
    mean = ctc_loss(x, *TOO_SHORT, zero_infinity=True)
    assert_allclose(mean.item(), each[0].item() / 2 / 4, 1e-6)


def test_no_time_and_no_label_is_certain():
    x = tensor(log_softmax(X), requires_grad=True)
    loss = ctc_loss(x, tensor(np.zeros((4, 0), int)), [0] * 4, [0] * 4, reduction="sum")
    assert loss.item() == 0
    assert not grad(loss, x)[0].any()


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_the_ends_of_the_range(dtype):
    x = tensor(log_softmax(X).astype(dtype))
    never = x.clone()
    never[:, 0, 2] = -np.inf  # the first sequence has the label 2
    each = ctc_loss(never, tensor(TARGETS), TIMES, LABELS, reduction="none")
    assert each[0].isinf() and each[1:].isfinite().all()
    unknown = x.clone()
    unknown[3, 1, 3] = np.nan
    each = ctc_loss(unknown, tensor(TARGETS), TIMES, LABELS, reduction="none")
    assert each.isnan().tolist() == [False, True, False, False]
    far = ctc_loss(1e30 * x, tensor(TARGETS), TIMES, LABELS, reduction="none")
    assert far.isfinite().all() and (far > 1e30).all()


def _arguments(T, N, C, S, dtype):
    labels, times = rng.integers(S // 2, S + 1, N), rng.integers(T // 2, T + 1, N)
    places = np.zeros((N, 2 * S + 1), int)
    places[:, 1::2] = rng.integers(1, C, (N, S))
    skips = np.zeros(places.shape, bool)
    skips[:, 2:] = places[:, 2:] != places[:, :-2]
    log_probs = log_softmax(rng.normal(size=(T, N, C)))
    return log_probs.astype(dtype), places, skips, times, labels


@pytest.mark.parametrize("shape", [(1, 1, 2, 1), (7, 3, 4, 2), (300, 40, 6, 50)])
def test_the_kernel_is_the_body(shape):
    """To the rounding of sums of T logarithms; over more blocks than one."""
    arguments = _arguments(*shape, np.float32)
    dy = rng.normal(size=shape[1])
    exact, back = surprise_of_labels.body(arguments[0].astype(float), *arguments[1:])
    dx = back(dy)
    for body in surprise_of_labels.kernels:
        y, vjp = body(np.asfortranarray(arguments[0]), *arguments[1:])
        found = vjp(dy.astype(np.float32))
        assert y.dtype == found.dtype == np.float32
        assert_allclose(y, exact, 3e-6)
        assert_allclose(found, dx, 0, 2e-4 * np.abs(dx[np.isfinite(dx)]).max())


WRONG = {
    "of size batch_size": {"input_lengths": [9, 9]},
    "at most 9, but got value 10": {"input_lengths": [9, 9, 10, 9]},
    "at least 0": {"target_lengths": [1, -1, 1, 1]},
    r"sum of target_lengths": {"targets": tensor(JOINED[:5])},
    "up to 5 labels": {"target_lengths": [5, 1, 1, 1]},
    "blank must be in label range": {"blank": 5},
    "not a valid value": {"reduction": "most"},
    "must be integers": {"input_lengths": [9.0, 9, 9, 9]},
    "classes are 0 to 4": {"targets": tensor(TARGETS + 3)},
    "must not be empty": {"log_probs": tensor(X[:0])},
    r"\(T, N, C\) or \(T, C\)": {"log_probs": tensor(X[0, 0])},
}


@pytest.mark.parametrize("message", WRONG)
def test_wrong_arguments_are_refused(message):
    given = {"log_probs": tensor(X), "targets": tensor(TARGETS)}
    given |= {"input_lengths": TIMES, "target_lengths": LABELS, **WRONG[message]}
    with pytest.raises((RuntimeError, ValueError, TypeError, IndexError), match=message):
        ctc_loss(**given)


def test_labels_behind_the_end_do_not_count():
    padded = TARGETS.copy()
    padded[np.arange(4) >= LABELS[:, None]] = -100
    a, b = (ctc_loss(tensor(X), tensor(t), TIMES, LABELS) for t in (TARGETS, padded))
    assert a == b
