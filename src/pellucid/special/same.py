"""Functions that are tensors' own, under the names that they have here."""

from pellucid.autograd.functions import PUBLIC

__all__ = [
    "digamma",
    "erf",
    "erfc",
    "erfinv",
    "exp2",
    "expit",
    "expm1",
    "gammaln",
    "log1p",
    "logit",
    "logsumexp",
    "polygamma",
    "psi",
    "round",
    "sinc",
    "xlogy",
]

digamma = psi = PUBLIC["digamma"]
erf = PUBLIC["erf"]
erfc = PUBLIC["erfc"]
erfinv = PUBLIC["erfinv"]
exp2 = PUBLIC["exp2"]
expit = PUBLIC["sigmoid"]
expm1 = PUBLIC["expm1"]
gammaln = PUBLIC["lgamma"]
log1p = PUBLIC["log1p"]
logit = PUBLIC["logit"]
logsumexp = PUBLIC["logsumexp"]
polygamma = PUBLIC["polygamma"]
round = PUBLIC["round"]
sinc = PUBLIC["sinc"]
xlogy = PUBLIC["xlogy"]
