"""Linear algebra against PyTorch's: values, two derivatives; definitions; singular and odd ones."""

import math

import numpy as np
import pytest
from numpy.testing import assert_allclose

import pellucid
from pellucid import linalg
from tests.agree import agree

RNG = np.random.default_rng(0)
A, B, TALL = (RNG.normal(size=s) for s in [(2, 4, 4), (2, 4, 3), (2, 5, 3)])
ROOT, ONE = RNG.normal(size=(4, 4)), np.eye(4)
ORDERS = ("fro", "nuc", 1, -1, 2, -2, math.inf, -math.inf)
CASES = {
    "inv": (lambda L, a: L.inv(a), A),
    "det": (lambda L, a: L.det(a), A),
    "slogdet": (lambda L, a: L.slogdet(a)[1], A),
    "solve": (lambda L, a, b: L.solve(a, b), A, B),
    "solve a vector": (lambda L, a, b: L.solve(a, b), A[0], B[0, :, 0]),
    "solve_triangular": (lambda L, a, b: L.solve_triangular(a, b, upper=False), A, B),
    "solve_triangular, upper": (lambda L, a, b: L.solve_triangular(a, b, upper=True), A, B),
    "solve_triangular, unit": (
        lambda L, a, b: L.solve_triangular(a, b, upper=True, unitriangular=True),
        *(A, B),
    ),
    "solve_triangular, right": (
        lambda L, a, b: L.solve_triangular(a, b.mT, upper=True, left=False),
        *(A, B),
    ),
    "norm as float64": (lambda L, a: L.norm(a, dtype=a.dtype), A[0]),
    "pinv by rcond": (lambda L, a: L.pinv(a, 0.1), TALL),
    "rank by tol": (lambda L, a: L.matrix_rank(a, 1.0), TALL),
    "eigvals": (lambda L, a: L.eigvals(a.detach()).abs().sort(-1)[0], A),
    "cholesky": (lambda L, a: L.cholesky(a @ a.T + 2 * (a @ a.T).detach()), ROOT),
    "cholesky, upper": (lambda L, a: L.cholesky(a @ a.T + (a @ a.T).detach(), upper=True), ROOT),
    "eigvalsh": (lambda L, a: L.eigvalsh(a + a.mT), A),
    "eigh": (lambda L, a: L.eigh(a + a.mT)[1].abs(), A),
    "svdvals": (lambda L, a: L.svdvals(a), TALL),
    "svd": (lambda L, a: [x.abs() for x in L.svd(a, full_matrices=False)], TALL),
    "svd, wide": (lambda L, a: [x.abs() for x in L.svd(a.mT, full_matrices=False)], TALL),
    "qr": (lambda L, a: [x.abs() for x in L.qr(a)], TALL),
    "pinv": (lambda L, a: L.pinv(a), TALL),
    "lstsq": (lambda L, a, b: L.lstsq(a, b).solution, A, B),
    "cond": (lambda L, a: L.cond(a), A),
    "cond by sums": (
        lambda L, a: (
            L.cond(a, 1) if L is linalg else L.matrix_norm(a, 1) * L.matrix_norm(L.inv(a), 1)
        ),
        A,
    ),
    **{f"matrix_norm {o}": (lambda L, a, o=o: L.matrix_norm(a, o), TALL) for o in ORDERS},
    **{f"norm {o}": (lambda L, a, o=o: L.norm(a, o), TALL[0]) for o in (None, *ORDERS)},
    "norm of a vector": (lambda L, a: L.norm(a, 3), B[0, :, 0]),
    "norms of rows": (lambda L, a: L.norm(a, dim=1), B[0]),
    "matrix_norm, kept": (lambda L, a: L.matrix_norm(a, "nuc", (0, 2), keepdim=True), TALL),
    "vector_norm": (lambda L, a: L.vector_norm(a, 3, 1, True), TALL),
    "matrix_power": (lambda L, a: L.matrix_power(a, 5), A),
    "matrix_power, inverse": (
        lambda L, a: L.matrix_power(a, -2) if L is linalg else L.inv(a) @ L.inv(a),
        A,
    ),
    "matrix_power, none": (lambda L, a: L.matrix_power(a, 0) + a, A),
    "multi_dot": (lambda L, a, b: L.multi_dot([b.T, a, b]), A[0], B[0]),
    "cross": (lambda L, a: L.cross(a, a.roll(1, 0)), TALL[0]),
    "vecdot": (lambda L, a: L.vecdot(a, a + 1, dim=1), TALL),
    "solve vectors": (lambda L, a, b: L.solve(a, b), A, B[:, :, 0]),
    "solve, right": (lambda L, a, b: L.solve(a, b, left=False), A, B.transpose(0, 2, 1).copy()),
    "eigvalsh, upper": (lambda L, a: L.eigvalsh(a + a.mT, "U"), A[0]),
    "inv_ex": (lambda L, a: list(L.inv_ex(a)), A),
    "cholesky_ex": (lambda L, a: list(L.cholesky_ex(a @ a.T + (a @ a.T).detach())), ROOT),
    "tensorinv": (lambda L, a: L.tensorinv(a.reshape(4, 2, 2), 1), ROOT),
    "tensorsolve": (
        lambda L, a, b: L.tensorsolve(a.reshape(2, 2, 2, 2), b.reshape(2, 2), (0, 2)),
        *(ROOT, ROOT[0]),
    ),
    "matrix_exp": (lambda L, a: L.matrix_exp(a), 2 * A),
    "matrix_exp of zero": (lambda L, a: L.matrix_exp(a * 0), ROOT),
    "vander": (lambda L, a: L.vander(a, N=3), B[0]),
    "pinv, cut": (lambda L, a: L.pinv(a, atol=1.0, rtol=0.1), TALL),
    "lstsq, all of it": (lambda L, a, b: L.lstsq(a, b, driver="gelsd")[0], TALL, TALL[..., :2]),
    "diagonal": (lambda L, a: L.diagonal(a, offset=1), A),
    "matmul": (lambda L, a, b: L.matmul(a, b), A, B),
}
FIRST_ALONE = ("svd", "eigh", "qr", "pinv", "nuc", "norm 2", "norm -2", "cond", "lstsq")


@pytest.mark.parametrize("name", CASES)
def test_values_and_derivatives_are_pytorchs(name):
    torch = pytest.importorskip("torch", reason="PyTorch is what this is compared with")
    case, *inputs = CASES[name]
    second = not any(word in name for word in FIRST_ALONE)
    agree(
        lambda *xs: case(linalg, *xs),
        lambda *xs: case(torch.linalg, *xs),
        *inputs,
        second=second,
        rtol=1e-8,
    )


def test_float32_stays_float32():
    x = pellucid.tensor(A, dtype=pellucid.float32, requires_grad=True)
    symmetric = x @ x.mT + 1
    for y in (
        *(linalg.inv(x), linalg.det(x), linalg.pinv(x), *linalg.svd(x), *linalg.qr(x)),
        *(linalg.eigvalsh(symmetric), linalg.matrix_norm(x, "nuc"), linalg.solve(x, x)),
    ):
        assert y.dtype == pellucid.float32
        x.grad = None
        y.sum().backward(retain_graph=True)
        assert x.grad.dtype == pellucid.float32


def test_what_must_be_true():
    a = pellucid.tensor(A)
    U, s, Vh = linalg.svd(a)
    assert_allclose((U * s.unsqueeze(-2) @ Vh).numpy(), A, atol=1e-12)
    Q, R = linalg.qr(a)
    assert_allclose((Q @ R).numpy(), A, atol=1e-12)
    assert_allclose((Q.mT @ Q).numpy(), np.broadcast_to(ONE, A.shape), atol=1e-12)
    assert_allclose((linalg.inv(a) @ a).numpy(), np.broadcast_to(ONE, A.shape), atol=1e-12)
    P = linalg.pinv(pellucid.tensor(TALL)).numpy()
    assert_allclose(TALL @ P @ TALL, TALL, atol=1e-12)  # Penrose's first
    assert linalg.matrix_rank(pellucid.tensor(np.outer([1.0, 2], [3.0, 4]))).item() == 1


@pytest.mark.filterwarnings("ignore:.*is deprecated")
def test_what_comes_with_the_answer_is_pytorchs():
    torch = pytest.importorskip("torch", reason="PyTorch is what this is compared with")
    for case in (
        lambda t, a: t.linalg.slogdet(a[:, :3]).logabsdet,
        lambda t, a: t.linalg.lstsq(a, a).residuals,
        lambda t, a: t.linalg.lstsq(a, a, driver="gelss").singular_values,
        lambda t, a: t.linalg.lstsq(a, a, driver="gels").rank,
        lambda t, a: t.linalg.matrix_rank(a, atol=2.0),
        lambda t, a: t.linalg.matrix_rank(a[:, :3] + a[:, :3].mT, hermitian=True),
        lambda t, a: t.linalg.qr(a, mode="r").R.abs(),
        lambda t, a: t.linalg.inv_ex(t.zeros(2, 2)).info,
        lambda t, a: t.linalg.cholesky_ex(-t.ones(3, 1, 1)).info,
        lambda t, a: t.cholesky_solve(a[0, :3], t.tensor(ROOT[:3, :3]).tril()),
        lambda t, a: t.cholesky_solve(a[0, :3], t.tensor(ROOT[:3, :3]).triu(), upper=True),
        lambda t, a: t.cholesky_inverse(t.tensor(ROOT).tril()),
        lambda t, a: t.cholesky(a.mT @ a, upper=True),
        lambda t, a: t.chain_matmul(a[0], a[1].mT, a[0]),
        lambda t, a: t.qr(a, some=False).Q.abs(),
        lambda t, a: t.svd(a).V.abs(),
        lambda t, a: t.svd(a, some=False, compute_uv=False).U,
    ):
        mine, theirs = case(pellucid, pellucid.tensor(TALL)), case(torch, torch.tensor(TALL))
        assert (tuple(mine.shape), str(mine.dtype)) == (tuple(theirs.shape), str(theirs.dtype))
        assert_allclose(mine.numpy(), theirs.numpy(), 1e-8, 1e-10)


def test_known_answers():
    x = pellucid.tensor([[3.0, 0.0], [4.0, 5.0]])
    assert linalg.det(x).item() == pytest.approx(15)
    assert linalg.matrix_norm(x, 1).item() == 7
    assert linalg.matrix_norm(x, math.inf).item() == 9
    assert linalg.matrix_norm(x, 2).item() == pytest.approx(math.sqrt(45))
    assert linalg.matrix_norm(x, "nuc").item() == pytest.approx(math.sqrt(45) + math.sqrt(5))


def test_what_cannot_be_is_refused():
    with pytest.raises(RuntimeError, match="not positive-definite"):
        linalg.cholesky(pellucid.tensor([[1.0, 2.0], [2.0, 1.0]]))
    for singular in (linalg.inv, lambda a: linalg.solve(a, a)):
        with pytest.raises(linalg.LinAlgError, match="Singular") as raised:
            singular(pellucid.zeros(2, 2))
        assert isinstance(raised.value, RuntimeError)
    with pytest.raises(linalg.LinAlgError, match="Singular"):
        linalg.inv_ex(pellucid.zeros(2, 2), check_errors=True)
    with pytest.raises(RuntimeError, match="Incompatible shapes"):
        linalg.solve(pellucid.eye(2), pellucid.ones(3, 1))
    with pytest.raises(RuntimeError, match="must have length 3"):
        linalg.cross(pellucid.ones(2), pellucid.ones(2))
    with pytest.raises(NotImplementedError, match="complex matrix"):
        linalg.svdvals(pellucid.tensor(ROOT + 1j, requires_grad=True)).sum().backward()
    with pytest.raises(RuntimeError, match="ord is fro, nuc"):
        linalg.matrix_norm(pellucid.ones(2, 2), 3)
    with pytest.raises(RuntimeError, match="norm of matrices"):
        linalg.norm(pellucid.ones(2), "nuc")
    wide = pellucid.ones(2, 3, requires_grad=True)
    with pytest.raises(RuntimeError, match="square"):
        linalg.eig(wide)
    with pytest.raises(RuntimeError, match="infs or NaNs"):
        linalg.eig(pellucid.full((2, 2), math.nan))
    with pytest.raises(NotImplementedError, match="no gradient"):
        linalg.eig(wide[:, :2])
    with pytest.raises(NotImplementedError, match="full_matrices=False"):
        linalg.svd(wide)
    with pytest.raises(NotImplementedError, match="no more columns than rows"):
        linalg.qr(wide)[1].sum().backward()
    with pytest.raises(NotImplementedError, match="mode"):
        linalg.qr(wide, "complete")


def test_batches_may_be_empty():
    none = pellucid.zeros(0, 3, 3)
    assert linalg.inv(none).shape == (0, 3, 3)
    assert linalg.det(none).shape == (0,)
    assert linalg.svdvals(none).shape == (0, 3)
