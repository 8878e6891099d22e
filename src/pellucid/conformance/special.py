"""Conformance of special functions with PyTorch: values, and the gradient of their sum."""

import numpy as np

from pellucid.conformance.rows import agrees

CASES: dict = {
    "digamma": lambda S, x: S.digamma(x),
    "entr": lambda S, x: S.entr(x),
    "erf": lambda S, x: S.erf(x),
    "erfc": lambda S, x: S.erfc(x),
    "erfinv": lambda S, x: S.erfinv(x),
    "exp2": lambda S, x: S.exp2(x),
    "expit": lambda S, x: S.expit(x),
    "expm1": lambda S, x: S.expm1(x),
    "gammaln": lambda S, x: S.gammaln(x),
    "i0": lambda S, x: S.i0(x),
    "i1": lambda S, x: S.i1(x),
    "log1p": lambda S, x: S.log1p(x),
    "log_ndtr": lambda S, x: S.log_ndtr(-40 * x),
    "logit": lambda S, x: S.logit(x),
    "logsumexp": lambda S, x: S.logsumexp(x, 0),
    "multigammaln": lambda S, x: S.multigammaln(x + 1, 3),
    "ndtr": lambda S, x: S.ndtr(x),
    "ndtri": lambda S, x: S.ndtri(x),
    "polygamma": lambda S, x: S.polygamma(2, x),
    "psi": lambda S, x: S.psi(x),
    "round": lambda S, x: S.round(10 * x),
    "sinc": lambda S, x: S.sinc(x),
    "xlog1py": lambda S, x: S.xlog1py(x, x),
    "xlogy": lambda S, x: S.xlogy(x, x),
}


def _differentiated(library, case):
    x = library.tensor(np.linspace(0.05, 0.95, 12), requires_grad=True)
    y = case(library.special, x)
    y.sum().backward()
    return y.detach().numpy(), x.grad.numpy()


for _name, _case in CASES.items():

    def _row(case=_case):
        import torch

        import pellucid

        ours, theirs = _differentiated(pellucid, case), _differentiated(torch, case)
        yield "value", ours[0], theirs[0]
        yield "gradient", ours[1], theirs[1]

    _row.__name__ = f"special_{_name}"
    agrees(f"special.{_name}", library="torch", rtol=1e-9)(_row)
