"""Special functions by the names of ``torch.special``."""

from pellucid.special.bessel import i0, i1
from pellucid.special.entropies import entr, multigammaln, xlog1py
from pellucid.special.normal import log_ndtr, ndtr, ndtri
from pellucid.special.same import (
    digamma,
    erf,
    erfc,
    erfinv,
    exp2,
    expit,
    expm1,
    gammaln,
    log1p,
    logit,
    logsumexp,
    polygamma,
    psi,
    round,
    sinc,
    xlogy,
)

__all__ = [
    "digamma",
    "entr",
    "erf",
    "erfc",
    "erfinv",
    "exp2",
    "expit",
    "expm1",
    "gammaln",
    "i0",
    "i1",
    "log1p",
    "log_ndtr",
    "logit",
    "logsumexp",
    "multigammaln",
    "ndtr",
    "ndtri",
    "polygamma",
    "psi",
    "round",
    "sinc",
    "xlog1py",
    "xlogy",
]
