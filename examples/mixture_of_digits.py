"""Groups in a table without labels: handwritten digits, on their two main axes.

Normals with a covariance each are fitted by EM; BIC chooses how many.  A Dirichlet process is given
more than it needs, and empties the rest.  Both are drawn, with the rows in the mixed colours of
their responsibilities.
"""

import numpy as np
from matplotlib.figure import Figure
from sklearn.datasets import load_digits

from pellucid.mixture import BayesianGaussianMixture, GaussianMixture
from pellucid.plotting import plot_mixture


def digits_on_two_axes(kinds=(0, 1, 6)):
    """Three kinds of digit on the two directions in which they vary most (N, 2), and the kind."""
    X, y = load_digits(return_X_y=True)
    X, y = X[np.isin(y, kinds)], y[np.isin(y, kinds)]
    X = X - X.mean(axis=0)
    _, _, axes = np.linalg.svd(X, full_matrices=False)
    return X @ axes[:2].T, y


def main(path="mixture_of_digits.png"):
    X, y = digits_on_two_axes()
    fits = [GaussianMixture(K, n_init=3, random_state=0).fit(X) for K in range(1, 7)]
    for K, fit in enumerate(fits, 1):
        print(f"{K} components: BIC {fit.bic(X):.0f}")
    best = min(fits, key=lambda fit: fit.bic(X))
    process = BayesianGaussianMixture(
        n_components=8, weight_concentration_prior=1e-3, max_iter=1000, random_state=0
    ).fit(X)
    print("weights under a Dirichlet process:", np.sort(process.weights_)[::-1].round(3))
    for k in range(len(best.weights_)):
        kinds, counts = np.unique(y[best.predict(X) == k], return_counts=True)
        print(f"component {k}:", dict(zip(kinds.tolist(), counts.tolist(), strict=True)))

    figure = Figure(figsize=(11, 5), layout="constrained")
    left, right = figure.subplots(1, 2, sharex=True, sharey=True)
    names = ["first axis", "second axis"]
    plot_mixture(best, X, names, ax=left).set_title(f"EM: {len(best.weights_)} by BIC")
    plot_mixture(process, X, names, ax=right).set_title("variational Bayes: at most 8")
    figure.savefig(path, dpi=120)


if __name__ == "__main__":
    main()
