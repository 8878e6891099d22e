"""Edges of shape, type and index: PyTorch's value, gradient, type, or kind of error."""

import math

import numpy as np
import pytest

import pellucid as ours

torch = pytest.importorskip("torch", reason="PyTorch is what this is compared with")
BOTH = pytest.mark.parametrize("lib", [ours, torch], ids=["ours", "PyTorch"])
NAN, INF = math.nan, math.inf


def plain(x):
    if isinstance(x, ours.Tensor | torch.Tensor):
        values = np.round(np.asarray(x.detach().numpy(), float), 5)
        return str(x.dtype), tuple(x.shape), repr(values.tolist())
    if isinstance(x, tuple | list):
        return [plain(each) for each in x]
    return type(x).__name__, x


def outcome(case, lib):
    try:
        return "gives", plain(case(lib))
    except Exception as error:
        return "raises", next(
            kind.__name__
            for kind in (IndexError, NotImplementedError, RuntimeError, TypeError, ValueError)
            if isinstance(error, kind)
        )


def gradient(function, *numbers):
    """The gradient of the sum of ``function`` of a vector."""

    def case(lib):
        x = lib.tensor(numbers, requires_grad=True)
        function(x).sum().backward()
        return x.grad

    return case


SHAPES = {
    "a number summed over 0": lambda lib: lib.tensor(3.0).sum(0, keepdim=True),
    "a number's maximum along -1": lambda lib: lib.tensor(3.0).max(-1),
    "a number's median": lambda lib: lib.tensor(3.0).median(0),
    "a number sorted": lambda lib: lib.tensor(3.0).sort(),
    "a number's argsort": lambda lib: lib.tensor(3.0).argsort(descending=True),
    "a number's cumsum": lambda lib: lib.tensor(3.0).cumsum(0),
    "a number's topk": lambda lib: lib.tensor(3.0).topk(1),
    "a number gathered": lambda lib: lib.tensor(3.0).gather(0, lib.tensor(0)),
    "a number over 1": lambda lib: lib.tensor(3.0).sum(1),
    "no dimensions are all": lambda lib: lib.ones(2, 3).sum(()),
    "an empty list too, kept": lambda lib: lib.ones(2, 3).amax([], keepdim=True),
    "a dimension twice": lambda lib: lib.ones(2, 3).sum((0, 0)),
    "too high a dimension": lambda lib: lib.ones(2, 3).mean(2),
    "maximum of nothing": lambda lib: lib.ones(0).max(),
    "argmax of nothing": lambda lib: lib.ones(0).argmax(),
    "median of nothing": lambda lib: lib.ones(0).median(),
    "median with NaN": lambda lib: lib.tensor([1.0, NAN, 2.0]).median(),
    "medians with NaN": lambda lib: lib.tensor([[1.0, NAN, 2.0], [3.0, 2, 1]]).median(1),
    "logsumexp of nothing": lambda lib: lib.ones(2, 0).logsumexp(1),
    "places of a number": lambda lib: lib.tensor(5).nonzero(),
    "places of zero, apart": lambda lib: lib.tensor(0).nonzero(as_tuple=True),
    "narrow from the end": lambda lib: lib.arange(5).narrow(0, -3, 2),
    "narrow beyond": lambda lib: lib.arange(5).narrow(0, 3, 3),
    "narrow along a third": lambda lib: lib.ones(2, 3).narrow(2, 0, 1),
    "select along a third": lambda lib: lib.ones(2, 3).select(2, 0),
    "flatten along a third": lambda lib: lib.ones(2, 3).flatten(0, 2),
    "flatten backward": lambda lib: lib.ones(2, 3).flatten(1, 0),
    "squeeze a third": lambda lib: lib.ones(1, 3).squeeze(2),
    "index_select by one": lambda lib: lib.ones(2, 3).index_select(0, lib.tensor(1)),
    "index_select a third": lambda lib: lib.ones(2, 3).index_select(2, lib.tensor([0])),
    "topk of too many": lambda lib: lib.ones(3).topk(4),
    "chunk into none": lambda lib: lib.ones(3).chunk(0),
    "chunks of nothing": lambda lib: lib.ones(2, 0).chunk(2, 1),
    "unflatten what does not fit": lambda lib: lib.ones(2, 0).unflatten(1, (0, 3, 2)),
    "reshape by two unknowns": lambda lib: lib.ones(6).reshape(-1, -1),
    "reshape of nothing by one": lambda lib: lib.ones(0).reshape(0, -1),
    "expand to fewer": lambda lib: lib.ones(2, 3).expand(3),
    "tril of a vector": lambda lib: lib.ones(3).tril(),
    "repeat fewer": lambda lib: lib.ones(2, 3).repeat(2),
    "diag of a number": lambda lib: lib.tensor(1.0).diag(),
    "cat of numbers": lambda lib: lib.cat([lib.tensor(1.0), lib.tensor(2.0)]),
    "cat of other dimensions": lambda lib: lib.cat([lib.ones(2, 3), lib.ones(3)]),
    "cat of nothing": lambda lib: lib.cat([]),
    "cat of empty ones": lambda lib: lib.cat([lib.ones(0), lib.ones(0, dtype=lib.int64)]),
    "stack of nothing": lambda lib: lib.stack([]),
    "hstack of numbers": lambda lib: lib.hstack([lib.tensor(1.0), lib.ones(2)]),
    "outer of matrices": lambda lib: lib.outer(lib.ones(2, 2), lib.ones(2)),
    "a trace": lambda lib: lib.einsum("ii", lib.arange(9.0).reshape(3, 3)),
    "diagonals": lambda lib: lib.einsum("...ii->...i", lib.arange(18.0).reshape(2, 3, 3)),
    "sums that do not fit": lambda lib: lib.einsum("ij,jk", lib.ones(2, 3), lib.ones(2, 3)),
    "not broadcast": lambda lib: lib.ones(2, 3) + lib.ones(4),
    "not compared": lambda lib: lib.ones(2, 3) == lib.ones(4),
    "negative sizes": lambda lib: lib.zeros(2, -1),
    "steps the wrong way": lambda lib: lib.arange(3, 1, 1),
    "sizes put together": lambda lib: tuple((1, *lib.ones(2).shape) + lib.ones(3).shape * 2),
}
TYPES = {
    "round of integers": lambda lib: lib.tensor([1, 2]).round(),
    "tanh of integers": lambda lib: lib.tensor([1, 2]).tanh(),
    "sigmoid of integers": lambda lib: lib.sigmoid(lib.tensor([1, 2])),
    "square of booleans": lambda lib: lib.tensor([True]).square(),
    "minus a boolean": lambda lib: -lib.tensor([True]),
    "booleans subtracted": lambda lib: 1 - lib.tensor([True]),
    "sum as int32": lambda lib: lib.tensor([1, 2]).sum(dtype=lib.int32),
    "all of bytes": lambda lib: lib.tensor([1, 0], dtype=lib.uint8).all(),
    "variance of integers": lambda lib: lib.tensor([1, 2]).var(),
    "norm of integers": lambda lib: lib.tensor([3, 4]).norm(),
    "not of floats": lambda lib: ~lib.ones(2),
    "and of floats": lambda lib: lib.ones(2) & lib.ones(2),
    "divided by zero": lambda lib: lib.tensor([1, 2]) // 0,
    "remainder by zero": lambda lib: lib.tensor([1, 2]) % lib.tensor([1, 0]),
    "to a negative power": lambda lib: lib.tensor([1, 2]) ** -1,
    "shifted": lambda lib: (lib.tensor([1, 2]) << 3) >> lib.tensor([1, 2]),
    "a NumPy number first": lambda lib: np.float64(2) * lib.ones(2),
    "plus a list": lambda lib: lib.ones(2) + [1, 2],
    "plus a text": lambda lib: lib.ones(2) + "a",
    "is None": lambda lib: lib.ones(2) == None,  # noqa: E711 - what a user may write
    "is a text": lambda lib: lib.ones(2) == "a",
    "bytes get integers": lambda lib: lib.tensor([1], dtype=lib.uint8).add_(lib.tensor([2])),
    "bits as integers": lambda lib: lib.tensor([1.5, -2.0]).view(lib.int32),
    "too large for bytes": lambda lib: lib.tensor([300], dtype=lib.uint8),
    "NumPy's float32 beside 2.0": lambda lib: lib.tensor([np.float32(1), 2.0]),
    "float of many": lambda lib: float(lib.ones(2)),
    "where as a method": lambda lib: lib.arange(3).where(lib.tensor([True, False, True]), -1),
    "close to infinity": lambda lib: lib.isclose(lib.tensor([1.0, INF]), lib.tensor([INF, INF])),
    "booleans close": lambda lib: lib.allclose(lib.tensor([True]), lib.tensor([True])),
    "type": lambda lib: [lib.zeros(1, dtype=getattr(lib, k)).type() for k in ("uint8", "int16")],
    "a gradient of another shape": lambda lib: setattr(lib.ones(2), "grad", lib.ones(3)),
    "a gradient that is none": lambda lib: setattr(lib.ones(2), "grad", 3),
}
INDICES = {
    "number, slice, list": lambda x, lib: x[0, :, [1, 2]],
    "list, slice, number": lambda x, lib: x[[0, 1], :, 1],
    "number, None, tensor": lambda x, lib: x[0, None, lib.tensor([0, 2])],
    "number, dots, mask": lambda x, lib: x[1, ..., lib.tensor([True, False, True, True])],
    "two lists around": lambda x, lib: x[[0, 1], :, [1, 2]],
    "bytes are a mask": lambda x, lib: x[lib.tensor([1, 0], dtype=lib.uint8)],
    "mask of two": lambda x, lib: x[lib.ones(2, 3, dtype=lib.bool), 1],
    "true": lambda x, lib: x[True],
    "assign a 1 x 1": lambda x, lib: [x.__setitem__((0, 0, 0), lib.tensor([[7]])), x],
    "assign beside a number": lambda x, lib: [x.__setitem__((0, slice(None), [1, 2]), 0), x],
    "assign what does not fit": lambda x, lib: x.__setitem__(0, lib.ones(5, dtype=lib.int64)),
    "out of bounds": lambda x, lib: x[:, 3],
    "too many": lambda x, lib: x[0, 0, 0, 0],
}
GRADIENTS = {
    "norm of zero": gradient(lambda x: x.norm(), 0.0, 0.0),
    "third norm of zero": gradient(lambda x: x.norm(3), 0.0, 0.0),
    "norm": gradient(lambda x: x.norm(3), 1.0, -2.0),
    "zeroth norm": lambda lib: lib.tensor([1.0, 0.0, -3.0]).norm(0),
    "smallest": lambda lib: lib.tensor([1.0, 2.0, -3.0]).norm(-INF),
    "median of equals": gradient(lambda x: x.median(), 2.0, 1.0, 2.0, 2.0, 3.0),
}
GRADIENTS["moved back"] = gradient(
    lambda x: x.reshape(1, 2, 3).permute(0, -1, 1)[0, 1] * x[:2], *map(float, range(6))
)


@pytest.mark.parametrize("case", [*SHAPES.values()], ids=[*SHAPES])
def test_shapes(case):
    assert outcome(case, ours) == outcome(case, torch)


@pytest.mark.parametrize("case", [*TYPES.values()], ids=[*TYPES])
def test_types(case):
    assert outcome(case, ours) == outcome(case, torch)


@pytest.mark.parametrize("case", [*INDICES.values()], ids=[*INDICES])
@pytest.mark.filterwarnings("ignore:indexing with dtype torch.uint8")
def test_indices(case):
    def of_cube(lib):
        return case(lib.arange(24).reshape(2, 3, 4), lib)

    assert outcome(of_cube, ours) == outcome(of_cube, torch)


@pytest.mark.parametrize("case", [*GRADIENTS.values()], ids=[*GRADIENTS])
def test_gradients(case):
    assert outcome(case, ours) == outcome(case, torch)


@BOTH
def test_what_a_scalar_multiplied_may_be_changed_afterwards(lib):
    w = lib.ones(3, requires_grad=True)
    y = w + 1
    half = 0.5 * y / 1
    y.add_(half * 2)
    half.sum().backward()
    assert w.grad.tolist() == [0.5, 0.5, 0.5]


@BOTH
def test_a_generator_under_no_grad(lib):
    @lib.no_grad()
    def halves(x):
        received = []
        try:
            while True:
                x = x * 0.5
                received.append((yield lib.is_grad_enabled(), x.requires_grad))
        except ValueError:
            yield received

    steps = halves(lib.ones(1, requires_grad=True))
    assert next(steps) == (False, False)
    assert lib.is_grad_enabled()
    assert steps.send("more") == (False, False)
    assert steps.throw(ValueError()) == ["more"]
    assert lib.is_grad_enabled()


@BOTH
def test_a_line_ends_where_it_ends(lib):
    x = lib.arange(20.0, requires_grad=True)
    assert repr((x - 10) * 2).endswith(",\n       grad_fn=<MulBackward0>)")
    assert repr((x - 10)[:19] * 2).endswith("], grad_fn=<MulBackward0>)")


@pytest.mark.parametrize(
    "numbers",
    [
        [INF, -INF] * 10,
        [NAN] * 30,
        [1e-5, 1.0],
        [1.0, 123456789.0],
        [0.1 * k - 1 for k in range(20)],
        [-1196, 10573, 15890] * 400,
    ],
    ids=str,
)
@pytest.mark.parametrize("kind", ["float16", "float32", "float64", "int32", "complex64"])
@pytest.mark.filterwarnings("ignore")
def test_printing(numbers, kind):
    if kind == "int32":
        numbers = [int(x) for x in np.nan_to_num(numbers, posinf=9, neginf=-9)]
    array = np.array(numbers).astype(kind)
    assert repr(ours.from_numpy(array)) == repr(torch.from_numpy(array))


PICKED = {
    "a list of lists is a tuple": lambda lib: grid(lib)[[[0, 1], [1, 2]]],
    "a list of tensors is a tuple": lambda lib: grid(lib)[[lib.tensor(0), lib.tensor(1)]],
    "a long list of lists is an array": lambda lib: lib.arange(9)[[[0, 1]] * 32],
    "columns picked lie in C order": lambda lib: grid(lib)[:, lib.tensor([0, 2])].stride(),
    "backward by a step": lambda lib: grid(lib)[2:0:-1],
    "places of 16 bits": lambda lib: grid(lib)[lib.tensor([0, 1], dtype=lib.int16)],
    "a list put": lambda lib: grid(lib).__setitem__(0, [1.0, 2.0, 3.0, 4.0]),
    "nothing put": lambda lib: grid(lib).__setitem__(0, None),
    "i put": lambda lib: lib.ones(2).index_fill(0, lib.tensor([0]), 1j),
    "doubles put at places": lambda lib: grid(lib).__setitem__([0, 1], lib.ones(4).double()),
    "one double put by a mask": lambda lib: grid(lib).__setitem__(
        grid(lib) > 3, lib.ones(1).double()
    ),
    "doubles added at places": lambda lib: grid(lib).index_add(
        0, lib.tensor([0]), lib.ones(1, 4).double()
    ),
    "a number filled at places": lambda lib: lib.tensor(1).index_fill(0, lib.tensor([0]), -1),
    "selected by a matrix": lambda lib: grid(lib).index_select(0, lib.tensor([[1]])),
    "taken along a dimension by fewer": lambda lib: lib.take_along_dim(
        grid(lib), lib.tensor([0]), dim=0
    ),
    "selected by numbers for a mask": lambda lib: grid(lib).masked_select(lib.tensor([1, 0, 1, 0])),
    "filled by bytes for a mask": lambda lib: grid(lib).masked_fill(lib.ones(4).byte(), 1),
    "filled with a vector": lambda lib: grid(lib).masked_fill(grid(lib) > 3, lib.ones(1)),
    "whole numbers filled with ∞": lambda lib: lib.arange(3).masked_fill(lib.arange(3) > 1, INF),
    "a word within": lambda lib: "a" in grid(lib),
    "a diagonal that goes on": lambda lib: lib.zeros(7, 3).fill_diagonal_(2, wrap=True),
    "a diagonal of a vector": lambda lib: lib.zeros(3).fill_diagonal_(2),
    "windows that are too large": lambda lib: grid(lib).unfold(1, 5, 1),
    "windows of a number": lambda lib: lib.tensor(1.0).unfold(0, 1, 1),
}
MADE = {
    "a tensor beside a number": lambda lib: lib.tensor([lib.tensor(1.0), 2]),
    "tensors of one": lambda lib: lib.tensor([lib.ones(1), lib.ones(1, 1)]),
    "a tensor of two": lambda lib: lib.tensor([lib.ones(2)]),
    "NumPy's numbers": lambda lib: lib.tensor([np.float32(1), np.float64(2)]),
    "Python's float for a type": lambda lib: lib.tensor([1, 2], dtype=float),
    "Python's complex for a type": lambda lib: lib.zeros(1, dtype=complex).dtype.itemsize,
    "∞ as a whole number": lambda lib: lib.tensor([INF], dtype=lib.int64),
    "full of ∞, whole": lambda lib: lib.full((2,), INF, dtype=lib.int64),
    "i as a real number": lambda lib: lib.tensor(1j, dtype=lib.float32),
    "-1 as a byte": lambda lib: lib.tensor([-1, 2], dtype=lib.uint8),
    "too large a number": lambda lib: lib.tensor(2**64),
    "nothing": lambda lib: lib.tensor([1, None]),
    "full of a tensor": lambda lib: lib.full((2,), lib.tensor(3)),
    "a size by its name": lambda lib: [f(size=(2, 3)) for f in (lib.zeros, lib.ones)],
    "random, a size by its name": lambda lib: lib.rand(size=(2,)).shape,
    "a size of halves": lambda lib: lib.zeros(2.5),
    "no size": lambda lib: lib.ones(),
    "an array backward": lambda lib: lib.from_numpy(np.arange(3)[::-1]),
    "too large for bytes": lambda lib: lib.randint(0, 300, (3,), dtype=lib.uint8),
    "i's real part": lambda lib: float(lib.tensor(1.5j)),
    "i": lambda lib: complex(lib.tensor(1.5j)),
    "a vector written": lambda lib: f"{lib.ones(1):.2f}",
    "limits written": lambda lib: [repr(lib.finfo(lib.float32)), repr(lib.iinfo(lib.int8))],
    "limits of what has none": lambda lib: lib.finfo(lib.int64),
    "copied from a number": lambda lib: lib.zeros(2).copy_(3),
    "indices of less than none": lambda lib: lib.tril_indices(-1, 3),
    "memory of bytes": lambda lib: lib.frombuffer(
        bytearray(b"\1\0\2\0"), dtype=lib.int16, offset=2
    ),
    "new of some type": lambda lib: [lib.ones(1).int().new([1, 2]), lib.ones(1).new(2, 3).shape],
    "a type by its word": lambda lib: [
        lib.ones(1).type(kind) for kind in ("torch.DoubleTensor", lib.LongTensor, lib.float64)
    ],
    "where a part begins": lambda lib: grid(lib)[1:, 2:].storage_offset(),
    "a copy in C order": lambda lib: [
        grid(lib).T.clone(memory_format=order).stride()
        for order in (lib.contiguous_format, lib.preserve_format)
    ],
    "each number by Python": lambda lib: lib.arange(3.0).apply_(lambda x: x + 1),
    **{
        name: lambda lib, name=name, given=given: getattr(lib.empty(20), name)(
            *given, generator=lib.Generator().manual_seed(3)
        )
        for name, given in {
            "cauchy_": (1.0, 2.0),
            "geometric_": (0.3,),
            "log_normal_": (0.0, 0.5),
        }.items()
    },
    "by default on the CPU": lambda lib: lib.get_default_device().type,
}
VALUES = {
    "a histogram": lambda lib: lib.histogram(
        lib.tensor([1.0, 2.0, 1.0, 5.0]), 4, range=(0.0, 8.0), density=True
    ),
    "a histogram by edges": lambda lib: lib.histogram(
        lib.tensor([1.0, 2.0, 5.0]), lib.tensor([0.0, 2.0, 6.0]), weight=lib.arange(3.0)
    ),
    "erfc far out": lambda lib: lib.tensor([3.0, 6.0, 12.0], dtype=lib.float64).erfc().log(),
    "a half's sigmoid": lambda lib: lib.tensor([0.5]).half().sigmoid(),
    "powers below zero": lambda lib: lib.pow(
        lib.tensor([2, 1, -1, -1, 0]), lib.tensor([-1, -9, -2, -3, 3])
    ),
    "x log of a number": lambda lib: lib.xlogy(lib.tensor([0, 2]), 3),
    "x log(1 + y) of a number": lambda lib: lib.special.xlog1py(0, lib.tensor([-1.0, 2.0])),
    "signs of another type": lambda lib: lib.copysign(lib.ones(1).half(), lib.tensor([-1.0])),
    "an order of i": lambda lib: lib.tensor([1j]) < lib.tensor([2.0]),
    "angle at the origin": gradient(lambda x: x.atan2(x * 0), 0.0, 1.0),
    "NaN is never twice": lambda lib: lib.unique(lib.tensor([NAN, 1.0, NAN])),
    "weights of float32": lambda lib: lib.bincount(lib.tensor([0, 1]), lib.ones(2)),
    "weights for too few": lambda lib: lib.bincount(lib.tensor([0, 1]), lib.ones(1)),
    "a 3-D norm of some order": lambda lib: lib.linalg.norm(lib.ones(2, 2, 2), 2),
    "batches of two and one": lambda lib: lib.bmm(lib.ones(2, 2, 3), lib.ones(1, 3, 2)),
    "cross of four": lambda lib: lib.cross(lib.ones(3, 4), lib.ones(3, 4), dim=1),
    "rolled twice along nothing": lambda lib: lib.ones(3).roll((1, 2)),
    "shapes apart": lambda lib: lib.broadcast_shapes((3,), (2,)),
    "tensors apart": lambda lib: lib.logaddexp(lib.ones(3), lib.ones(2)),
    "joined without a list": lambda lib: lib.cat(lib.ones(3, 4)),
    "close to another type": lambda lib: lib.isclose(lib.ones(1), lib.ones(1).long()),
    "a quantile of whole numbers": lambda lib: lib.quantile(lib.arange(3), 0.5),
    "places repeated": lambda lib: lib.repeat_interleave(lib.tensor([1, 0, 3])),
    "a gradient kept of nothing": lambda lib: lib.ones(1).retain_grad(),
}


def grid(lib):
    return lib.arange(12.0).reshape(3, 4)


@pytest.mark.filterwarnings("ignore:Using a non-tuple sequence")
@pytest.mark.parametrize("name", [*PICKED, *MADE, *VALUES])
def test_what_is_picked_made_and_computed_is_pytorchs(name):
    case = (PICKED | MADE | VALUES)[name]
    assert outcome(case, ours) == outcome(case, torch)
