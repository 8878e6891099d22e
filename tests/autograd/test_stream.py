"""The random stream is PyTorch's, bit for bit, whatever was drawn before."""

import numpy as np
import pytest

from pellucid.autograd import _stream
from pellucid.autograd._stream import Generator

torch = pytest.importorskip("torch")

SIZES = (0, 1, 2, 15, 16, 17, 31, 33, 1000, 10001)
TYPES = {np.float32: torch.float32, np.float64: torch.float64}
WHOLE = {
    np.dtype(name): getattr(torch, name)
    for name in (
        "uint8",
        "int8",
        "int16",
        "int32",
        "int64",
        "bool",
        "float16",
        "float32",
        "float64",
    )
}


@pytest.fixture
def streams():
    return Generator().manual_seed(5), torch.Generator().manual_seed(5)


def same(ours, theirs):
    theirs = theirs.numpy()
    assert ours.dtype == theirs.dtype and ours.shape == theirs.shape
    assert ours.tobytes() == np.ascontiguousarray(theirs).tobytes()


def weights(n, dtype):
    return np.random.default_rng(n).random((3, n)).astype(dtype)


# what we draw, what PyTorch draws: of the stream, the size, our type, its type
DRAWS = {
    "rand": (
        lambda g, n, d: g.uniform((n,), dtype=d),
        lambda h, n, t: torch.rand(n, generator=h, dtype=t),
    ),
    "uniform_": (
        lambda g, n, d: g.uniform((n,), -3.3, 7.1, dtype=d),
        lambda h, n, t: torch.empty(n, dtype=t).uniform_(-3.3, 7.1, generator=h),
    ),
    "randn": (
        lambda g, n, d: g.normal((n,), dtype=d),
        lambda h, n, t: torch.randn(n, generator=h, dtype=t),
    ),
    "normal_": (
        lambda g, n, d: g.normal((n,), 1.1, 0.3, dtype=d),
        lambda h, n, t: torch.empty(n, dtype=t).normal_(1.1, 0.3, generator=h),
    ),
    "normal_ scattered": (
        lambda g, n, d: g.normal((n,), 1.1, 0.3, dtype=d, contiguous=False),
        lambda h, n, t: torch.empty(2 * n, dtype=t)[::2].normal_(1.1, 0.3, generator=h),
    ),
    "exponential_": (
        lambda g, n, d: g.exponential((n,), 1.7, dtype=d),
        lambda h, n, t: torch.empty(n, dtype=t).exponential_(1.7, generator=h),
    ),
    "bernoulli_": (
        lambda g, n, d: g.bernoulli(0.3, (n,), dtype=d),
        lambda h, n, t: torch.empty(n, dtype=t).bernoulli_(0.3, generator=h),
    ),
    "bernoulli": (
        lambda g, n, d: g.bernoulli(np.linspace(0, 1, n, dtype=d)),
        lambda h, n, t: torch.bernoulli(
            torch.from_numpy(np.linspace(0, 1, n, dtype=str(t)[6:])), generator=h
        ),
    ),
    "random_": (
        lambda g, n, d: g.random((n,), dtype=d),
        lambda h, n, t: torch.empty(n, dtype=t).random_(generator=h),
    ),
    "randint": (
        lambda g, n, d: g.random((n,), -5, 100),
        lambda h, n, t: torch.randint(-5, 100, (n,), generator=h),
    ),
    "randint 64": (
        lambda g, n, d: g.random((n,), -5, 2**40),
        lambda h, n, t: torch.randint(-5, 2**40, (n,), generator=h),
    ),
    "randperm": (lambda g, n, d: g.permutation(n), lambda h, n, t: torch.randperm(n, generator=h)),
    "multinomial": (
        lambda g, n, d: g.multinomial(weights(n + 9, d), 4),
        lambda h, n, t: torch.multinomial(
            torch.from_numpy(weights(n + 9, str(t)[6:])), 4, generator=h
        ),
    ),
    "multinomial again": (
        lambda g, n, d: g.multinomial(weights(n + 9, d), 7, True),
        lambda h, n, t: torch.multinomial(
            torch.from_numpy(weights(n + 9, str(t)[6:])), 7, True, generator=h
        ),
    ),
}


@pytest.mark.parametrize("name", DRAWS)
@pytest.mark.parametrize("dtype", TYPES)
def test_every_draw_of_every_size_is_pytorchs(name, dtype, streams):
    ours, theirs = DRAWS[name]
    g, h = streams
    for n in SIZES:
        same(ours(g, n, dtype), theirs(h, n, TYPES[dtype]))
        same(g.get_state(), h.get_state())


def test_a_long_mixture_of_draws_stays_together(streams):
    g, h = streams
    order = np.random.default_rng(0)
    for _ in range(400):
        ours, theirs = DRAWS[order.choice(list(DRAWS))]
        dtype = order.choice(list(TYPES))
        n = int(order.integers(0, 40))
        same(ours(g, n, dtype), theirs(h, n, TYPES[dtype]))
    same(g.get_state(), h.get_state())


@pytest.mark.parametrize("dtype", WHOLE, ids=str)
def test_whole_numbers_of_every_type(dtype, streams):
    g, h = streams
    same(g.random((100,), dtype=dtype), torch.empty(100, dtype=WHOLE[dtype]).random_(generator=h))
    same(
        g.random((100,), 0, 2, dtype),
        torch.empty(100, dtype=WHOLE[dtype]).random_(0, 2, generator=h),
    )


@pytest.mark.parametrize("span", [1, 2**28 - 1, 2**28, 2**32 - 1, 2**32, 2**63 - 1])
def test_the_range_of_whole_numbers_says_how_many_words_each_takes(span, streams):
    g, h = streams
    same(g.random((50,), 0, span), torch.randint(span, (50,), generator=h))


def test_a_million_normals_are_pytorchs(streams):
    g, h = streams
    same(g.normal((1000, 1000)), torch.randn(1000, 1000, generator=h))
    same(
        g.normal((1000, 1000), dtype=np.float64),
        torch.randn(1000, 1000, generator=h, dtype=torch.float64),
    )


@pytest.mark.parametrize("seed", [0, 1, 2**32 - 1, 2**32, 2**33 + 5, 2**63, -1, -12345])
def test_every_seed_starts_pytorchs_stream(seed):
    if seed >= 2**63:
        theirs = torch.Generator().manual_seed(seed - 2**64)
    else:
        theirs = torch.Generator().manual_seed(seed)
    ours = Generator().manual_seed(seed)
    assert ours.initial_seed() == theirs.initial_seed()
    same(ours.uniform((9,)), torch.rand(9, generator=theirs))


def test_the_dropout_mask_is_a_bernoulli_number(streams):
    torch.manual_seed(5)
    kept = torch.nn.functional.dropout(torch.ones(1000), 0.2) != 0
    assert (streams[0].bernoulli(0.8, (1000,)) == kept.numpy()).all()


def test_a_state_goes_from_one_library_to_the_other(streams):
    g, h = streams
    g.normal((3,))  # a second normal is kept for later
    h.set_state(torch.from_numpy(g.get_state()))
    same(g.normal((700,)), torch.randn(700, generator=h))
    torch.randn(5, generator=h)
    g.set_state(h.get_state().numpy())
    same(g.normal((4,)), torch.randn(4, generator=h))
    same(g.get_state(), h.get_state())


def test_a_generator_nobody_has_seeded_is_pytorchs():
    same(Generator().uniform((4,)), torch.rand(4, generator=torch.Generator()))


def test_what_is_drawn_afresh_differs_and_can_be_drawn_again():
    g = Generator()
    seed = g.seed()
    first = g.normal((20,))
    assert seed == g.initial_seed() and Generator().seed() != seed
    assert (g.manual_seed(seed).normal((20,)) == first).all()


def test_the_default_stream():
    _stream.manual_seed(7)
    torch.manual_seed(7)
    state = _stream.get_rng_state()
    same(state, torch.get_rng_state())
    first = _stream.default_generator.uniform((3,))
    _stream.set_rng_state(state)
    assert (_stream.default_generator.uniform((3,)) == first).all()
    assert _stream.initial_seed() == 7
    assert _stream.seed() == _stream.initial_seed()


def test_what_is_no_state_is_refused(streams):
    with pytest.raises(ValueError, match="5056 bytes"):
        streams[0].set_state(np.zeros(10, np.uint8))
    with pytest.raises(ValueError, match="words left"):
        streams[0].set_state(np.zeros(5056, np.uint8))


@pytest.mark.parametrize(
    "interval", [(-2, 2), (-0.5, 0.5), (0, 30), (-0.1, 0.1), (0.5, 1.5), (2.5, 4), (-4, -3)]
)
@pytest.mark.parametrize("dtype", TYPES)
@pytest.mark.filterwarnings("ignore:mean is more than 2 std")
def test_truncated_normals(interval, dtype, streams):
    g, h = streams
    for n in (0, 1, 10, 1000):
        for mean, std in ((0.0, 1.0), (0.5, 2.0), (0.1, 0.02)):
            if std == 0.02 and interval != (-2, 2):
                continue
            theirs = torch.empty(n, dtype=TYPES[dtype])
            torch.nn.init.trunc_normal_(theirs, mean, std, *interval, generator=h)
            same(g.trunc_normal((n,), mean, std, *interval, dtype=dtype), theirs)
    same(g.get_state(), h.get_state())


def test_the_words_are_numpys():
    words = np.random.RandomState(3).randint(0, 2**32, 5000, dtype=np.uint32)
    g = Generator().manual_seed(3)
    assert (np.concatenate([g._words(n) for n in (0, 1, 623, 1, 700, 3675)]) == words).all()
