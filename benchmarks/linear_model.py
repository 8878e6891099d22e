"""Linear models against scikit-learn's."""

import numpy as np

from benchmarks.data import SIZES, classification, regression
from benchmarks.rows import benchmark

EXAMPLES = ("100000x100", "1000000x20", "sparse 50000x50000")  # for one example after another


# --- least squares ------------------------------------------------------------------------------


@benchmark(*SIZES)
def linear_regression(library, size):
    """The sum of squares; on sparse X both stop LSQR at the same tolerance."""
    X, y = regression(size)
    model = library.linear_model.LinearRegression(tol=1e-3)
    return _fit(model, X, y, lambda: np.sum((y - model.predict(X)) ** 2))


def _ridge(library, size, solver):
    X, y = regression(size)
    model = library.linear_model.Ridge(solver=solver)
    return _fit(model, X, y, lambda: np.sum((y - model.predict(X)) ** 2) + np.sum(model.coef_**2))


@benchmark(*SIZES)
def ridge(library, size):
    return _ridge(library, size, "auto")


@benchmark("100000x100", "1000000x20", "2000x5000")
def ridge_cholesky(library, size):
    return _ridge(library, size, "cholesky")


@benchmark("100000x100", "1000000x20")
def ridge_classifier(library, size):
    """Five classes; the share of right answers."""
    X, y = classification(size, classes=5)
    model = library.linear_model.RidgeClassifier()
    return _fit(model, X, y, lambda: model.score(X, y))


@benchmark("100000x20")
def ransac(library, size):
    """The residuals of the median row, with one row in four an outlier."""
    X, y = regression(size)
    rng = np.random.default_rng(1)
    y = y + 10 * y.std() * (rng.random(len(y)) < 0.25) * rng.normal(size=len(y))
    model = library.linear_model.RANSACRegressor(max_trials=50, random_state=0)
    return _fit(model, X, y, lambda: np.median(np.abs(y - model.predict(X))))


@benchmark("100000x100", "1000000x20")
def huber(library, size):
    """The objective, with one row in twenty an outlier."""
    X, y = regression(size)
    rng = np.random.default_rng(1)
    y = y + 10 * y.std() * (rng.random(len(y)) < 0.05) * rng.normal(size=len(y))
    model = library.linear_model.HuberRegressor()

    def objective():
        z = np.abs(y - model.predict(X)) / model.scale_
        loss = np.where(z <= model.epsilon, z**2, 2 * model.epsilon * z - model.epsilon**2)
        return model.scale_ * np.sum(1 + loss) + model.alpha * np.sum(model.coef_**2)

    return _fit(model, X, y, objective)


# --- coordinate descent -------------------------------------------------------------------------


def _penalised(name, library, size, **options):
    """Fit at a tenth of the penalty that makes all coefficients zero; the objective reached."""
    X, y = regression(size)
    centred = y - y.mean()
    l1_ratio = options.get("l1_ratio", 1.0)
    alpha = 0.1 * np.abs(X.T @ centred).max() / (len(y) * l1_ratio)
    model = getattr(library.linear_model, name)(alpha=alpha, **options)

    def run():
        w = model.fit(X, y).coef_
        r = y - model.predict(X)
        penalty = alpha * (l1_ratio * np.abs(w).sum() + (1 - l1_ratio) / 2 * (w @ w))
        return float(r @ r / (2 * len(y)) + penalty)

    return run


@benchmark(*SIZES)
def lasso(library, size):
    return _penalised("Lasso", library, size)


@benchmark(*SIZES)
def elastic_net(library, size):
    return _penalised("ElasticNet", library, size, l1_ratio=0.5)


@benchmark("2000x5000")
def lasso_path(library, size):
    X, y = regression(size)

    def run():
        alphas, coefs, _ = library.linear_model.lasso_path(X, y - y.mean(), alphas=30, eps=0.05)
        r = (y - y.mean())[:, None] - X @ coefs
        return float(np.mean((r * r).sum(0) / (2 * len(y)) + alphas * np.abs(coefs).sum(0)))

    return run


# --- stochastic gradient descent ----------------------------------------------------------------


@benchmark(*EXAMPLES)
def sgd_classifier(library, size):
    X, y = classification(size)
    model = library.linear_model.SGDClassifier(
        "log_loss", alpha=1e-3, max_iter=5, tol=None, random_state=0
    )
    return lambda: float(model.fit(X, y).score(X, y))


@benchmark(*EXAMPLES)
def sgd_regressor(library, size):
    X, y = regression(size)
    model = library.linear_model.SGDRegressor(
        alpha=1e-3, eta0=1e-3, max_iter=5, tol=None, random_state=0
    )
    return lambda: float(model.fit(X, y).score(X, y))


@benchmark(*EXAMPLES)
def perceptron(library, size):
    X, y = classification(size)
    model = library.linear_model.Perceptron(max_iter=5, tol=None, random_state=0)
    return lambda: float(model.fit(X, y).score(X, y))


@benchmark(*SIZES)
def logistic(library, size):
    """The log loss and |w|²/2; scikit-learn's own tolerance at which it gets as far."""
    X, y = classification(size)
    model = library.linear_model.LogisticRegression(tol=_TOL[library.name], max_iter=1000)
    return _fit(model, X, y, lambda: _log_loss(model, X, y) + 0.5 * np.sum(model.coef_**2))


@benchmark("100000x100")
def logistic_multinomial(library, size):
    """Five classes."""
    X, y = classification(size, classes=5)
    model = library.linear_model.LogisticRegression(tol=_TOL[library.name], max_iter=1000)
    return _fit(model, X, y, lambda: _log_loss(model, X, y) + 0.5 * np.sum(model.coef_**2))


@benchmark("100000x100", "2000x5000")
def logistic_l1(library, size):
    """The log loss and |w|₁, without intercept, which liblinear would penalise."""
    X, y = classification(size)
    model = library.linear_model.LogisticRegression(
        l1_ratio=1, solver="liblinear", fit_intercept=False, tol=_TOL[library.name], max_iter=1000
    )
    return _fit(model, X, y, lambda: _log_loss(model, X, y) + np.sum(np.abs(model.coef_)))


@benchmark("1000000x20")
def logistic_predict_proba(library, size):
    X, y = classification(size)
    model = library.linear_model.LogisticRegression().fit(X[:10000], y[:10000])
    return lambda: float(model.predict_proba(X)[:, 1].mean())


@benchmark("1000000x20")
def poisson(library, size):
    """The mean half deviance, but for what y alone decides, and its penalty."""
    X, scores = regression(size)
    y = np.random.default_rng(0).poisson(np.exp(0.5 * scores / scores.std())).astype(float)
    model = library.linear_model.PoissonRegressor(alpha=1e-3, tol=_TOL[library.name])

    def objective():
        eta = X @ model.coef_ + model.intercept_
        return np.mean(np.exp(eta) - y * eta) + 5e-4 * np.sum(model.coef_**2)

    return _fit(model, X, y, objective)


@benchmark("1000000x20")
def gamma(library, size):
    """As for Poisson's."""
    X, scores = regression(size)
    y = np.random.default_rng(0).gamma(2, np.exp(0.5 * scores / scores.std()) / 2)
    model = library.linear_model.GammaRegressor(alpha=1e-3, tol=_TOL[library.name])

    def objective():
        eta = X @ model.coef_ + model.intercept_
        return np.mean(eta + y * np.exp(-eta)) + 5e-4 * np.sum(model.coef_**2)

    return _fit(model, X, y, objective)


# Newton's promise and the largest gradient are not the same thing: these reach the same objective.
_TOL = {"pellucid": 1e-4, "sklearn": 1e-6}


def _fit(model, X, y, objective):
    """Fit, and return the objective: found in the first call, which is not timed."""
    reached = []

    def fit():
        model.fit(X, y)
        if not reached:
            reached.append(float(objective()))
        return reached[0]

    return fit


def _log_loss(model, X, y):
    scores = model.decision_function(X)
    if scores.ndim == 1:
        return float(np.logaddexp(0, np.where(y == 1, -scores, scores)).sum())
    return float(np.sum(np.logaddexp.reduce(scores, axis=1) - scores[np.arange(len(y)), y]))
