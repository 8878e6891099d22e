"""A density of your own, in fifteen lines: it can be mixed, and emitted by hidden states.

Here the gamma distribution, for waits and sizes that are positive.  Its M-step has no closed form;
Minka's (2002) Newton steps for the shape converge in a handful of rounds.
"""

from dataclasses import dataclass, replace

import numpy as np
from scipy.special import digamma, gammaln, polygamma
from sklearn.utils import check_random_state

from pellucid import load, save
from pellucid.emissions import Emission
from pellucid.mixture import Mixture


@dataclass(frozen=True, eq=False)
class Gamma(Emission):
    """log p(x | k) = α_k log β_k - log Γ(α_k) + (α_k - 1) log x - β_k x"""

    shape: np.ndarray | None = None  # α (K,)
    rate: np.ndarray | None = None  # β (K,)

    def log_density(self, X):
        peak = self.shape * np.log(self.rate) - gammaln(self.shape)
        return peak + (self.shape - 1) * np.log(X) - self.rate * X  # (N, 1) and (K,): (N, K)

    def statistics(self, X, weight):
        return weight.sum(axis=0), weight.T @ X[:, 0], weight.T @ np.log(X[:, 0])

    def m_step(self, total):
        rows, x, log_x = total
        mean = x / rows
        gap = np.log(mean) - log_x / rows  # what log α - ψ(α) has to be
        shape = 0.5 / gap
        for _ in range(10):
            slope = 1 / shape - polygamma(1, shape)
            shape = 1 / (1 / shape + (np.log(shape) - digamma(shape) - gap) / (shape**2 * slope))
        return replace(self, shape=shape, rate=shape / mean)

    def sample(self, k, random_state):
        rng = check_random_state(random_state)
        return rng.gamma(self.shape[k], 1 / self.rate[k])[:, None]

    @property
    def n_parameters(self):
        return 2 * len(self.shape)


def main(n_rows=20_000, path="waits.pellucid"):
    rng = np.random.default_rng(0)
    quick = rng.random(n_rows) < 0.7
    waits = np.where(quick, rng.gamma(2.0, 0.5, n_rows), rng.gamma(30.0, 0.4, n_rows))[:, None]

    model = Mixture(Gamma(), n_components=2, tol=1e-6, max_iter=500, random_state=0).fit(waits)
    for weight, shape, rate in zip(
        model.weights_, model.emission_.shape, model.emission_.rate, strict=True
    ):
        print(f"{weight:.2f} of the waits: shape {shape:.1f}, mean {shape / rate:.2f}")
    print(f"log likelihood {model.lower_bounds_[0]:.4f} at first, {model.lower_bound_:.4f} at last")

    save(model, path)  # by its fields; loading it runs no code
    loaded = load(path)
    assert np.array_equal(loaded.predict(waits), model.predict(waits))
    return model


if __name__ == "__main__":
    main()
