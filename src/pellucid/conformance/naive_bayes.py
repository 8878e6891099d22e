"""Conformance of the naive Bayes classifiers."""

import numpy as np

from pellucid.conformance.rows import agrees, equals, holds


def _data():
    rng = np.random.default_rng(0)
    X = rng.poisson([1, 2, 5, 0.5, 1], (200, 5))
    y = (X[:, 0] + rng.poisson(1, 200)).clip(max=2)
    return X, y, rng.random(200)


def _real_data():
    X, y, weights = _data()
    return X + np.random.default_rng(1).normal(size=X.shape), y, weights


def _compare(name, X, attributes, options):
    import sklearn.naive_bayes as theirs

    import pellucid.naive_bayes as ours

    _, y, weights = _data()
    for option in [{}, *options]:
        for weighted, w in {"": None, "weighted": weights}.items():
            a, b = (getattr(m, name)(**option).fit(X, y, w) for m in (ours, theirs))
            for attribute in attributes:
                what = f"{attribute}, {option}, {weighted}"
                yield what, getattr(a, attribute), getattr(b, attribute)
            what = f"log p(k | x), {option}, {weighted}"
            yield what, a.predict_log_proba(X), b.predict_log_proba(X)


SMOOTHING = [{"alpha": 0.1}, {"fit_prior": False}, {"class_prior": [0.2, 0.3, 0.5]}]
COUNTS = ["class_count_", "class_log_prior_", "feature_count_", "feature_log_prob_"]


@agrees("naive_bayes.GaussianNB", library="sklearn", rtol=1e-8)
def gaussian():
    attributes = ["theta_", "var_", "class_prior_", "class_count_"]
    yield from _compare("GaussianNB", _real_data()[0], attributes, [{"priors": [0.2, 0.3, 0.5]}])


@agrees("naive_bayes.MultinomialNB", library="sklearn", rtol=1e-12)
def multinomial():
    yield from _compare("MultinomialNB", _data()[0], COUNTS, SMOOTHING)


@agrees("naive_bayes.ComplementNB", library="sklearn", rtol=1e-12)
def complement():
    yield from _compare("ComplementNB", _data()[0], COUNTS, [*SMOOTHING, {"norm": True}])


@agrees("naive_bayes.BernoulliNB", library="sklearn", rtol=1e-12)
def bernoulli():
    yield from _compare("BernoulliNB", _data()[0], COUNTS, [*SMOOTHING, {"binarize": 1.0}])


@agrees("naive_bayes.CategoricalNB", library="sklearn", rtol=1e-12)
def categorical():
    options = [*SMOOTHING, {"min_categories": 20}]
    yield from _compare("CategoricalNB", _data()[0], ["class_log_prior_", "n_categories_"], options)


@equals("naive_bayes.GaussianNB", definition="scipy's normal density, class by class", rtol=1e-9)
def normal_densities():
    from scipy.stats import norm

    from pellucid.naive_bayes import GaussianNB

    X, y, _ = _real_data()
    joint = [
        np.log(np.mean(y == k)) + norm.logpdf(X, X[y == k].mean(0), X[y == k].std(0)).sum(axis=1)
        for k in range(3)
    ]
    model = GaussianNB(var_smoothing=0).fit(X, y)
    yield "log p(x, k)", model.predict_joint_log_proba(X), np.transpose(joint)


@holds("naive_bayes.GaussianNB", that="data moved by 1e8 give the same variances", rtol=1e-6)
def far_from_zero():
    from pellucid.naive_bayes import GaussianNB

    X, y, _ = _data()
    yield "variances", GaussianNB().fit(X + 1e8, y).var_, GaussianNB().fit(X, y).var_


@holds(
    "naive_bayes.BernoulliNB",
    "naive_bayes.CategoricalNB",
    "naive_bayes.ComplementNB",
    "naive_bayes.GaussianNB",
    "naive_bayes.MultinomialNB",
    that="batches give what all rows at once give",
    rtol=1e-12,
)
def batches():
    import pellucid.naive_bayes as family

    X, y, w = _data()
    for name in family.__all__:
        whole = getattr(family, name)().fit(X, y, w)
        parts = getattr(family, name)()
        for rows in np.split(np.arange(len(X)), [50, 51, 120]):
            parts.partial_fit(X[rows], y[rows], classes=[0, 1, 2], sample_weight=w[rows])
        yield name, parts.predict_joint_log_proba(X), whole.predict_joint_log_proba(X)
