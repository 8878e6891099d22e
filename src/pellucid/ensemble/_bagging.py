"""What bagged classifiers and regressors share: the draws, the fits, and who has not seen what."""

import warnings
from numbers import Integral
from typing import ClassVar

import numpy as np
from sklearn.utils import _safe_indexing, check_random_state
from sklearn.utils._param_validation import HasMethods, Interval, RealNotInt
from sklearn.utils.validation import (
    _check_method_params,
    _check_sample_weight,
    check_is_fitted,
    validate_data,
)

from pellucid.base import validate_parameters_only
from pellucid.callbacks import steps
from pellucid.ensemble._members import Copies, fitter, in_parallel, seeded
from pellucid.ensemble._routing import routed, router, takes_weights
from pellucid.ensemble._sampling import draw, new_seeds
from pellucid.tree._base import part_of
from pellucid.tree._walk import add_trees

__all__ = ["Bagging"]

FEW = 10  # examples: a share of the weights that comes to less is likely a mistake


class Bagging(Copies):
    """Base of both: the draws, the fits and the mean."""

    _parameter_constraints: ClassVar[dict] = {
        "estimator": [HasMethods(["fit", "predict"]), None],
        "n_estimators": [Interval(Integral, 1, None, closed="left")],
        "max_samples": [
            None,
            Interval(Integral, 1, None, closed="left"),
            Interval(RealNotInt, 0, 1, closed="right"),
        ],
        "max_features": [
            Interval(Integral, 1, None, closed="left"),
            Interval(RealNotInt, 0, 1, closed="right"),
        ],
        "bootstrap": ["boolean"],
        "bootstrap_features": ["boolean"],
        "oob_score": ["boolean"],
        "warm_start": ["boolean"],
        "n_jobs": [None, Integral],
        "random_state": ["random_state"],
        "verbose": ["verbose"],
    }

    def __init__(
        self,
        estimator=None,
        n_estimators=10,
        *,
        max_samples=None,
        max_features=1.0,
        bootstrap=True,
        bootstrap_features=False,
        oob_score=False,
        warm_start=False,
        n_jobs=None,
        random_state=None,
        verbose=0,
    ):
        self.estimator = estimator
        self.n_estimators = n_estimators
        self.max_samples = max_samples
        self.max_features = max_features
        self.bootstrap = bootstrap
        self.bootstrap_features = bootstrap_features
        self.oob_score = oob_score
        self.warm_start = warm_start
        self.n_jobs = n_jobs
        self.random_state = random_state
        self.verbose = verbose

    @validate_parameters_only
    def fit(self, X, y, sample_weight=None, **fit_params):
        """Fit to the rows of X (N, D) and y; examples are drawn in proportion to their weights.

        ``fit_params`` go to the members as they have requested (``get_metadata_routing``).
        """
        params = routed(self, "fit", fit_params).estimator.fit
        X, y = validate_data(
            self, X, y, multi_output=True, accept_sparse=["csr", "csc"], dtype=None,
            ensure_all_finite=False,
        )  # fmt: skip
        if sample_weight is not None:
            sample_weight = _check_sample_weight(
                sample_weight, X, dtype=np.float64, ensure_non_negative=True
            )
        y = self._learn_target(y)
        self._check_sizes(X, sample_weight)
        fresh = not (self.warm_start and hasattr(self, "estimators_"))
        self.estimator_ = self._template()
        if fresh:
            self.estimators_, self.estimators_features_ = [], []
            self._seeds = np.empty(0, np.int64)
        seeds = new_seeds(self, len(self.estimators_))
        if not len(seeds):
            return self
        self._seeds = np.append(self._seeds, seeds)
        self._grow(X, y, seeds, params)
        if self.oob_score:
            self._score_out_of_bag(X, y)
        elif hasattr(self, "oob_score_"):
            del self.oob_score_
        return self

    def get_metadata_routing(self):
        """Which arguments of our methods go to which of the members'."""
        return router(self, [("estimator", self._template())], **self._calls())

    @property
    def estimators_samples_(self):
        """The examples that each member was fitted to: drawn again, from the seeds."""
        check_is_fitted(self)
        return [self._draw(seed)[1] for seed in self._seeds]

    def _grow(self, X, y, seeds, params):
        self.estimators_features_ += [self._draw(seed)[0] for seed in seeds]
        kept = self._features()[-len(seeds) :]
        weighted = takes_weights(self.estimator_)
        fit = fitter(self.estimator_, X, y) if weighted and kept[0] is None else None
        tasks = (
            (self.estimator_, seed, X, y, features, self._draw(seed)[1], weighted, fit, params)
            for seed, features in zip(seeds, kept, strict=True)
        )
        members = in_parallel(self, _fit_to_sample, tasks, [self.estimator_])
        count = steps(self, len(seeds), "estimator")
        self.estimators_ += [member for _, member in zip(count, members, strict=True)]

    def _draw(self, seed):
        """The features and the examples of the member with this seed."""
        random = check_random_state(seed)
        features = draw(random, self.n_features_in_, self._max_features, self.bootstrap_features)
        samples = draw(
            random, self._n_samples, self._max_samples, self.bootstrap, self._sample_weight
        )
        return features, samples

    def _check_sizes(self, X, sample_weight):
        """How many examples and features there are to be drawn, and from what."""
        N, D = X.shape
        if self.oob_score and not self.bootstrap:
            raise ValueError("Out of bag estimation only available if bootstrap=True")
        if self.oob_score and self.warm_start:
            raise ValueError("Out of bag estimate only available if warm_start=False")
        if sample_weight is not None and not self.bootstrap:
            warnings.warn(
                f"When fitting {type(self).__name__} with sample_weight it is recommended to use "
                "bootstrap=True: without, heavy examples are drawn less often than they weigh."
            )
        self._n_samples, self._sample_weight = N, sample_weight
        self._max_samples = self._samples_wanted(N, sample_weight)
        room = N if sample_weight is None else np.count_nonzero(sample_weight)
        if not self.bootstrap and self._max_samples > room:
            raise ValueError(
                f"Effective max_samples={self._max_samples} must be <= n_samples={room} to be "
                "able to sample without replacement."
            )
        self._max_features = part_of(D, self.max_features)
        if self._max_features > D:
            raise ValueError("max_features must be <= n_features")

    def _samples_wanted(self, N, sample_weight):
        share = self.max_samples
        if share is None:
            return N
        total = N if sample_weight is None else sample_weight.sum()
        wanted = part_of(total, share)
        if wanted < FEW and not isinstance(share, Integral):
            of = "number of samples" if sample_weight is None else "total sum of sample weights"
            warnings.warn(
                f"Using the fractional value max_samples={share} when the {of} is {total} results "
                f"in a low number ({wanted}) of bootstrap samples. We recommend passing "
                "`max_samples` as an integer instead."
            )
        return wanted

    def _checked(self, X):
        check_is_fitted(self)
        return validate_data(
            self, X, reset=False, accept_sparse=["csr", "csc"], dtype=None,
            ensure_all_finite=False,
        )  # fmt: skip

    def _has_trees(self):
        """Trees of ours, that see all features."""
        return super()._has_trees() and self._features()[0] is None

    def _sum_of_trees(self):
        """``trees, scale, offset``: the mean is offset (R,) + scale Σ_t value_t(leaf of x)."""
        check_is_fitted(self)
        if not self._has_trees():
            raise TypeError(
                f"the members of this {type(self).__name__} are not trees over all, ordered, "
                "columns"
            )
        trees = [member.tree_ for member in self.estimators_]
        return trees, 1 / len(trees), np.zeros(trees[0].value[0].size)

    def _leaf_values(self, X):
        """The mean of the values of the trees' leaves (N, O, K)."""
        trees, scale, _ = self._sum_of_trees()
        shape = trees[0].value.shape[1:]
        total = np.zeros((X.shape[0], shape[0] * shape[1]))
        return (scale * add_trees(trees, X, total)).reshape(-1, *shape)

    def _answers(self, X, method, params):
        """What each member says of its own features of X, in their order."""
        pairs = zip(self.estimators_, self._features(), strict=True)
        tasks = ((member, method, X, features, params) for member, features in pairs)
        return in_parallel(self, _ask, tasks, self.estimators_)

    def _answers_out_of_bag(self, X, method):
        """The rows of X that a member was not fitted to (N,), and what it says of them."""
        drawn = map(self._draw, self._seeds)
        seen_by_none = np.ones(X.shape[0], bool)
        for member, features, (_, samples) in zip(
            self.estimators_, self._features(), drawn, strict=True
        ):
            unseen = np.ones(len(seen_by_none), bool)
            unseen[samples] = False
            seen_by_none &= ~unseen
            if unseen.any():
                said = _ask(member, method, _safe_indexing(X, unseen), features, {})
                yield member, unseen, said
        if seen_by_none.any():
            warnings.warn(
                "Some inputs do not have OOB scores. This probably means too few estimators were "
                "used to compute any reliable oob estimates."
            )

    def _features(self):
        """The features of each member; None where it has all of them in their order."""
        if self._max_features == self.n_features_in_ and not self.bootstrap_features:
            return [None] * len(self._seeds)
        return self.estimators_features_


def _fit_to_sample(estimator, seed, X, y, features, samples, weighted, fit, params):
    """A member, fitted to how often each example was drawn, or if it cannot be, to those drawn."""
    member = seeded(estimator, check_random_state(seed))
    X = X if features is None else X[:, features]
    if weighted:
        counts = np.bincount(samples, minlength=len(y)).astype(np.float64)
        (fit or fitter(estimator, X, y))(member, counts, **params)
    else:
        params = _check_method_params(X, params, samples)
        member.fit(_safe_indexing(X, samples), y[samples], **params)
    return member


def _ask(member, method, X, features, params):
    return getattr(member, method)(X if features is None else X[:, features], **params)
