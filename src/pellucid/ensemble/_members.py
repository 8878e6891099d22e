"""What ensembles share: members that are copies of one model, and members that have names."""

from sklearn.base import clone, is_classifier, is_regressor
from sklearn.exceptions import NotFittedError
from sklearn.utils import Bunch, get_tags
from sklearn.utils.metaestimators import _BaseComposition
from sklearn.utils.multiclass import check_classification_targets
from sklearn.utils.parallel import Parallel, delayed
from sklearn.utils.validation import _check_y, check_is_fitted

from pellucid.base import Estimator
from pellucid.callbacks import steps
from pellucid.ensemble._routing import routed, router, routing_enabled
from pellucid.tree import DecisionTreeClassifier, DecisionTreeRegressor
from pellucid.tree._base import SEEDS

__all__ = ["Copies", "NamedMembers", "fit_member", "fitter", "in_parallel", "seeded"]

TREES = (DecisionTreeClassifier, DecisionTreeRegressor)


def seeded(estimator, random):
    """A fresh copy of an estimator; every ``random_state`` within it is drawn from ``random``."""
    member = clone(estimator)
    names = [n for n in sorted(member.get_params()) if n.rpartition("__")[2] == "random_state"]
    return member.set_params(**{name: random.randint(SEEDS) for name in names})


def in_parallel(ensemble, function, tasks, models):
    """``function(*task)`` for each task, in order, one at a time as they are done, by joblib.

    Threads serve where all models are ours, whose kernels let go of the interpreter's lock.
    """
    ours = all(isinstance(model, Estimator) for model in models)
    pool = Parallel(
        n_jobs=ensemble.n_jobs, prefer="threads" if ours else None, return_as="generator"
    )
    return pool(delayed(function)(*task) for task in tasks)


def fitter(estimator, X, y):
    """``fit(member, w)`` for copies of an estimator and weights w; trees rank the columns once."""
    if type(estimator) not in TREES:
        return lambda member, w, **params: member.fit(X, y, sample_weight=w, **params)
    estimator._validate_params()
    table = clone(estimator)
    given = set(vars(table))
    X, y, _ = table._read(X, y, None)
    columns = table._columns(X)
    learned = {name: value for name, value in vars(table).items() if name not in given}

    def fit(member, w):
        vars(member).update(learned)
        member._grow(X, columns, *member._learn_targets(y, w))

    return fit


def fit_member(member, X, y, params):
    """The model, fitted, with the weights if there are any, and what else it has requested."""
    try:
        member.fit(X, y, **params)
    except TypeError as error:
        if "unexpected keyword argument 'sample_weight'" not in str(error):
            raise
        name = type(member).__name__
        raise TypeError(f"Underlying estimator {name} does not support sample weights.") from error
    return member


class Copies(Estimator):
    """Base of ensembles whose members, ``estimators_``, are copies of one ``estimator``."""

    def __sklearn_tags__(self):
        return _inherited(super().__sklearn_tags__(), [self._template()])

    def __len__(self):
        return len(self.estimators_)

    def __getitem__(self, index):
        return self.estimators_[index]

    def __iter__(self):
        return iter(self.estimators_)

    def _template(self):
        """What the members are copies of."""
        return self._default() if self.estimator is None else self.estimator

    def _table(self, X):
        """X checked; and as the first of the members reads it, if they are trees of ours."""
        X = self._checked(X)
        return self.estimators_[0]._table(X) if self._has_trees() else X

    def _has_trees(self):
        """Whether the members are trees of ours, without categories, which each codes anew."""
        members = getattr(self, "estimators_", [])
        return bool(members) and all(type(m) in TREES and not m._categories for m in members)

    def _check_state(self):
        """All trees walk through X as the first one reads it: they must be of one form."""
        for member in self.estimators_ if self._has_trees() else ():
            categories = member.tree_.categories
            if categories.any() or len(categories) != self.estimators_[0].n_features_in_:
                raise ValueError(f"the trees of a {type(self).__name__} are not of one form")


class NamedMembers(_BaseComposition, Estimator):
    """Base of ensembles of ``estimators``, a list of names and models; 'drop' leaves one out."""

    def __sklearn_tags__(self):
        given = [model for _, model in self._pairs() if model != "drop"]
        return _inherited(super().__sklearn_tags__(), given)

    @property
    def named_estimators(self):
        """The models that were given, by their names."""
        return Bunch(**dict(self.estimators))

    @property
    def named_estimators_(self):
        """The fitted models, by their names."""
        check_is_fitted(self)
        fitted = iter(self.estimators_)
        return Bunch(**{n: m if m == "drop" else next(fitted) for n, m in self.estimators})

    @property
    def n_features_in_(self):
        """The number of columns that the first model saw."""
        try:
            check_is_fitted(self)
        except NotFittedError as error:
            name = type(self).__name__
            raise AttributeError(f"{name} object has no attribute n_features_in_") from error
        return self.estimators_[0].n_features_in_

    def get_params(self, deep=True):
        """The arguments; where ``deep``, also the models by name, and their own arguments."""
        return self._get_params("estimators", deep=deep)

    def set_params(self, **params):
        """Set arguments; ``name=model`` or ``name='drop'`` replaces one of the models."""
        self._set_params("estimators", **params)
        return self

    def get_metadata_routing(self):
        """Which arguments of ``fit`` go to which of the models."""
        return router(self, self._pairs(), fit="fit")

    def _pairs(self):
        """The names and models, as far as they are such."""
        return [e for e in self.estimators if isinstance(e, tuple | list) and len(e) == 2]

    def _checked(self, must_match=True):
        """The names and models that are not dropped, which are all classifiers, or regressors."""
        pairs = self._pairs()
        well_formed = len(pairs) == len(self.estimators) > 0
        if not well_formed or not all(isinstance(name, str) for name, _ in pairs):
            raise ValueError(
                "Invalid 'estimators' attribute, 'estimators' should be a non-empty list of "
                "(string, estimator) tuples."
            )
        self._validate_names([name for name, _ in pairs])
        kept = [(name, model) for name, model in pairs if model != "drop"]
        if not kept:
            raise ValueError(
                "All estimators are dropped. At least one is required to be an estimator."
            )
        for _, model in kept if must_match else ():
            check_kind(self, model, f"The estimator {type(model).__name__} should be a {{}}.")
        return kept

    def _sent_on(self, sample_weight, params):
        """The arguments of ``fit`` for each model, by name: the weights for all, or by routing."""
        weights = {} if sample_weight is None else {"sample_weight": sample_weight}
        if not routing_enabled():
            routed(self, "fit", params)  # refuses any
            return {name: weights for name, _ in self._pairs()}
        each = routed(self, "fit", weights | params)
        return {name: each[name].fit for name, _ in self._pairs()}

    def _fit_members(self, kept, X, y, params):
        models = [model for _, model in kept]
        tasks = [(clone(model), X, y, params[name]) for name, model in kept]
        fitted = in_parallel(self, fit_member, tasks, models)
        count = steps(self, len(models), "model")
        self.estimators_ = [model for _, model in zip(count, fitted, strict=True)]

    def _take_names(self):
        """The names of the columns, where the first model has learned them."""
        vars(self).pop("feature_names_in_", None)
        if hasattr(self.estimators_[0], "feature_names_in_"):
            self.feature_names_in_ = self.estimators_[0].feature_names_in_


def check_classes(ensemble, y):
    """y as an array of finite numbers, or of names, that can be classes."""
    if y is None:
        name = type(ensemble).__name__
        raise ValueError(f"{name} requires y to be passed, but the target y is None")
    y = _check_y(y, multi_output=True)
    check_classification_targets(y)
    return y


def check_kind(ensemble, model, error):
    """Raise where the model is not a classifier, or regressor, as the ensemble is."""
    wanted = "classifier" if is_classifier(ensemble) else "regressor"
    if not (is_classifier if is_classifier(ensemble) else is_regressor)(model):
        raise ValueError(error.format(wanted))


def _inherited(tags, models):
    """An ensemble takes what all of its models take."""
    inputs = [get_tags(model).input_tags for model in models]
    tags.input_tags.sparse = all(each.sparse for each in inputs)
    tags.input_tags.allow_nan = all(each.allow_nan for each in inputs)
    return tags
