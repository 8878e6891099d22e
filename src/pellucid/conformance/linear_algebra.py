"""Conformance of linear algebra with PyTorch: values, and the gradient of their sum."""

import numpy as np

from pellucid.conformance.rows import agrees, exempt

exempt("linalg.LinAlgError", reason="an error: it computes nothing")
rng = np.random.RandomState(0)
SQUARE = rng.normal(size=(4, 4))
CASES: dict = {
    "cholesky": lambda L, x: L.cholesky(x @ x.T + (x @ x.T).detach()),
    "cholesky_ex": lambda L, x: L.cholesky_ex(x @ x.T + (x @ x.T).detach())[0],
    "cond": lambda L, x: L.cond(x),
    "cross": lambda L, x: L.cross(x[:, :3], x[:, 1:]),
    "det": lambda L, x: L.det(x),
    "diagonal": lambda L, x: L.diagonal(x),
    "eig": lambda L, x: L.eig((x @ x.T).detach())[0].real.sort()[0],
    "eigh": lambda L, x: L.eigh(x + x.T)[0],
    "eigvals": lambda L, x: L.eigvals(x.detach()).abs().sort()[0],
    "eigvalsh": lambda L, x: L.eigvalsh(x + x.T),
    "inv": lambda L, x: L.inv(x),
    "inv_ex": lambda L, x: L.inv_ex(x).inverse,
    "lstsq": lambda L, x: L.lstsq(x, x[:, :2].exp())[0],
    "matmul": lambda L, x: L.matmul(x, x),
    "matrix_exp": lambda L, x: L.matrix_exp(x),
    "matrix_norm": lambda L, x: L.matrix_norm(x, "nuc"),
    "matrix_power": lambda L, x: L.matrix_power(x, 3),
    "matrix_rank": lambda L, x: L.matrix_rank(x[:, :3]),
    "multi_dot": lambda L, x: L.multi_dot([x, x, x]),
    "norm": lambda L, x: L.norm(x, 2),
    "pinv": lambda L, x: L.pinv(x[:, :3]),
    "qr": lambda L, x: L.qr(x)[1].abs(),
    "slogdet": lambda L, x: L.slogdet(x)[1],
    "solve": lambda L, x: L.solve(x, x[:, :2].exp()),
    "solve_triangular": lambda L, x: L.solve_triangular(x, x[:, :2], upper=True),
    "svd": lambda L, x: L.svd(x, full_matrices=False)[0].abs(),
    "svdvals": lambda L, x: L.svdvals(x),
    "tensorinv": lambda L, x: L.tensorinv(x.reshape(4, 2, 2), 1),
    "tensorsolve": lambda L, x: L.tensorsolve(x.reshape(2, 2, 4), x[:, 0].exp().reshape(2, 2)),
    "vander": lambda L, x: L.vander(x, N=3),
    "vecdot": lambda L, x: L.vecdot(x, x),
    "vector_norm": lambda L, x: L.vector_norm(x, 3),
}


def _differentiated(library, case):
    x = library.tensor(SQUARE, requires_grad=True)
    y = case(library.linalg, x)
    if y.requires_grad:
        y.sum().backward()
    gradient = np.zeros(1) if x.grad is None else x.grad.numpy()
    return y.detach().numpy(), gradient


for _name, _case in CASES.items():

    def _row(case=_case):
        import torch

        import pellucid

        ours, theirs = _differentiated(pellucid, case), _differentiated(torch, case)
        yield "value", ours[0], theirs[0]
        yield "gradient", ours[1], theirs[1]

    _row.__name__ = f"linalg_{_name}"
    agrees(f"linalg.{_name}", library="torch", rtol=1e-9)(_row)
