"""PyTorch's random numbers on the CPU, bit for bit.

All of them come from one stream of 32-bit words w₀, w₁, ..., the Mersenne twister MT19937 seeded
by Knuth's rule, which is NumPy's ``RandomState(seed)``.  A *double word* is 2³² w₀ + w₁.

    uniform       float32: (w mod 2²⁴) / 2²⁴             float64: (double word mod 2⁵³) / 2⁵³
    uniform a, b  u (b - a) + a, rounded once
    normal        Box-Muller.  From sixteen numbers on, in one piece of memory: as many uniforms, in
                  blocks of sixteen, eight of u and eight of v; what is left over at the end is
                  the last sixteen drawn afresh.  Else pairs of v and u in float64, the second
                  normal of a pair being kept for the next time.
    randint       a + (w mod (b - a)), of a double word where b - a reaches 2²⁸
    randperm      Fisher-Yates: place i is exchanged with i + (w mod (n - i))
    bernoulli     u < p: u in float64 where p is a number, of p's type where it is an array
    exponential   -log(1 - u) / λ, u in float64
    trunc_normal  normals until they fall inside, or numbers thrown under the density
    multinomial   without replacement the k largest of p / e, e exponential (the exponential race);
                  with it the first i whose cumulative share reaches u, u in float64

Matsumoto and Nishimura, *Mersenne Twister* (1998); Box and Muller, *A Note on the Generation of
Random Normal Deviates* (1958).
"""

import math
import secrets

import numpy as np

from pellucid.autograd import _box_muller, _twister

DEFAULT_SEED = 67280421310721  # PyTorch's, before anyone has called manual_seed
CHUNK = 2**15
STATE = np.dtype(
    [
        ("seed", "u8"),
        ("left", "i4"),
        ("seeded", "i4"),
        ("next", "u8"),
        ("words", "u8", 624),
        ("spare", "f8", 3),
        ("has_spare", "u8"),
        ("float_spare", "u8"),
    ]
)


class Generator:
    """A stream of random numbers of its own: PyTorch's, for the same seed."""

    def __init__(self, device="cpu"):
        self.device = device
        self.manual_seed(DEFAULT_SEED)

    def manual_seed(self, seed):
        """Start the stream again from ``seed``, and return the generator."""
        self._seed = int(seed) % 2**64
        _, self._x, self._position, *_ = np.random.RandomState(self._seed % 2**32).get_state()
        self._spare = None
        return self

    def seed(self):
        """Start the stream again from a seed that nobody can guess, and return that seed."""
        return self.manual_seed(secrets.randbits(64))._seed

    def initial_seed(self):
        """The seed that the stream was last started from."""
        return self._seed

    def get_state(self):
        """The whole state, in PyTorch's layout: 5056 bytes."""
        fresh = self._position == 624 and self._x[0] == self._seed % 2**32  # nothing was drawn yet
        state = np.zeros((), STATE)
        state["seed"], state["seeded"] = self._seed, 1
        state["left"], state["next"] = 625 - self._position, 0 if fresh else self._position
        state["words"] = self._x
        if self._spare is not None:
            state["spare"][1], state["has_spare"] = self._spare, 1
        return np.frombuffer(state.tobytes(), np.uint8).copy()

    def set_state(self, state):
        """Go on from where ``get_state`` was called, here or in PyTorch."""
        state = np.ascontiguousarray(state, np.uint8)
        if state.shape != (STATE.itemsize,):
            raise ValueError(f"a state is {STATE.itemsize} bytes, not an array of {state.shape}")
        state = state.view(STATE)[0]
        if not 1 <= state["left"] <= 624:
            raise ValueError(f"a state with {state['left']} words left is not one of MT19937's")
        self._seed = int(state["seed"])
        self._x, self._position = state["words"].astype(np.uint32), 625 - int(state["left"])
        self._spare = float(state["spare"][1]) if state["has_spare"] & 1 else None

    def _words(self, n, bits=32):
        words = np.empty(n * bits // 32, np.uint32)
        self._position = _twister.draw(self._x, self._position, words)
        if bits == 32:
            return words
        return words[::2].astype(np.uint64) << np.uint64(32) | words[1::2]

    def uniform(self, shape, low=0.0, high=1.0, dtype=np.float32):
        """Numbers between ``low`` and ``high``, that one left out."""
        bits, digits = (32, 24) if dtype == np.float32 else (64, 53)
        words = self._words(math.prod(shape), bits)
        u = (words & words.dtype.type(2**digits - 1)).astype(dtype) * dtype(2.0**-digits)
        if (low, high) != (0, 1):
            _box_muller.affine(u, dtype(low), dtype(dtype(high) - dtype(low)))
        return u.reshape(shape)

    def normal(self, shape, mean=0.0, std=1.0, dtype=np.float32, contiguous=True):
        """Normal numbers; those of an array that is not ``contiguous`` are drawn in pairs."""
        n = math.prod(shape)
        if n < 16 or not contiguous:
            z = self._pairs(n)
            _box_muller.affine(z, float(mean), float(std))
            return z.astype(dtype).reshape(shape)
        z = np.empty(n, dtype)
        for start in range(0, n - 15, CHUNK):  # of whole blocks, and in cache
            self._blocks(z[start : min(start + CHUNK, n - n % 16)], mean, std)
        if n % 16:
            self.uniform((n % 16,), dtype=dtype)  # passed over
            self._blocks(z[-16:], mean, std)
        return z.reshape(shape)

    def _blocks(self, out, mean, std):
        dtype = out.dtype.type
        u, v = self.uniform((len(out) // 16, 2, 8), dtype=dtype).transpose(1, 0, 2).reshape(2, -1)
        first, second = np.empty_like(u), np.empty_like(v)
        if dtype == np.float32:
            parts = *np.frexp(1 - u), v, first, second
            _box_muller.normals_float32(*parts, dtype(mean), dtype(std))
        else:
            _box_muller.normals_float64(u, v, first, second, dtype(mean), dtype(std))
        out = out.reshape(-1, 2, 8)
        out[:, 0], out[:, 1] = first.reshape(-1, 8), second.reshape(-1, 8)

    def _pairs(self, n):
        spare = [] if self._spare is None or n == 0 else [self._spare]
        u = self.uniform(((n - len(spare) + 1) // 2 * 2,), dtype=np.float64)
        z = np.empty_like(u)
        _box_muller.pairs(u, z)
        z = np.append(spare, z)
        if n > 0:
            self._spare = float(z[n]) if len(z) > n else None
        return z[:n]

    def random(self, shape, low=0, high=None, dtype=np.int64):
        """Whole numbers from ``low`` to ``high`` - 1, or all from 0 on that ``dtype`` counts."""
        dtype = np.dtype(dtype)
        if high is not None:
            span, bits = int(high) - int(low), 32 if high - low < 2**28 else 64
        else:
            span = 2 ** (np.finfo(dtype).nmant + 1) + 1 if dtype.kind == "f" else _top(dtype) + 1
            bits = max(32, 8 * dtype.itemsize)
        words = self._words(math.prod(shape), bits)
        words = words % words.dtype.type(span)
        return (words.astype(np.int64) + np.int64(low)).astype(dtype).reshape(shape)

    def permutation(self, n):
        """The numbers from 0 to n - 1 in a random order."""
        order = np.arange(n)
        _box_muller.shuffle(order, self._words(max(n - 1, 0)).astype(np.int64))
        return order

    def bernoulli(self, p, shape=None, dtype=np.float32):
        """Ones with probability ``p``, a number or an array, and zeros."""
        if isinstance(p, np.ndarray):
            return (self.uniform(p.shape, dtype=p.dtype.type) < p).astype(p.dtype)
        return (self.uniform(shape, dtype=np.float64) < p).astype(dtype)

    def exponential(self, shape, rate=1.0, dtype=np.float32):
        """Waiting times for what happens ``rate`` times in a unit of time."""
        e = self.uniform((math.prod(shape),), dtype=np.float64)
        _box_muller.exponentials(e, -1 / rate)
        return e.astype(dtype).reshape(shape)

    def trunc_normal(self, shape, mean=0.0, std=1.0, low=-2.0, high=2.0, dtype=np.float32):
        """Normal numbers between ``low`` and ``high``: draw all until each has once been inside.

        Where less than 0.3 of the mass lies there, evenly spread numbers x are drawn instead and
        taken with probability p(x) / max p.
        """
        a, b = (low - mean) / std, (high - mean) / std
        mass = (math.erf(b / math.sqrt(2)) - math.erf(a / math.sqrt(2))) / 2
        mode = min(max(0.0, a), b)
        out = np.full(shape, np.nan, dtype)
        while np.any(missing := np.isnan(out)):
            if mass > 0.3:
                x = self.normal(shape, mean, std, dtype)
                taken = (low <= x) & (x <= high)
            else:
                x = self.uniform(shape, low, high, dtype)
                z = (x - dtype(mean)) / dtype(std)
                taken = self.uniform(shape, dtype=dtype) <= np.exp((dtype(mode**2) - z * z) / 2)
            np.copyto(out, x, where=missing & taken)
        return out

    def multinomial(self, weights, num_samples, replacement=False):
        """Columns drawn in each row of ``weights``, in proportion to them."""
        if num_samples == 1 or not replacement:
            race = weights / self.exponential(weights.shape, dtype=weights.dtype.type)
            if num_samples == 1:
                return np.argmax(race, axis=-1, keepdims=True)
            return np.argsort(-race, axis=-1, kind="stable")[..., :num_samples]
        share = np.cumsum(weights, axis=-1)
        share = (share / share[..., -1:]).reshape(-1, weights.shape[-1])
        u = self.uniform((len(share), num_samples), dtype=np.float64)
        drawn = [np.searchsorted(s, v) for s, v in zip(share, u, strict=True)]
        return np.reshape(drawn, (*weights.shape[:-1], num_samples))


def _top(dtype):
    return 1 if dtype.kind == "b" else int(np.iinfo(dtype).max)


default_generator = Generator()


def manual_seed(seed):
    """Start the default stream from ``seed``."""
    return default_generator.manual_seed(seed)


def seed():
    """Start the default stream from a seed that nobody can guess, and return that seed."""
    return default_generator.seed()


def initial_seed():
    """The seed that the default stream was last started from."""
    return default_generator.initial_seed()


def get_rng_state():
    """The whole state of the default stream, in PyTorch's layout: 5056 bytes."""
    return default_generator.get_state()


def set_rng_state(state):
    """Let the default stream go on from where ``get_rng_state`` was called."""
    default_generator.set_state(state)
