"""Linear models: least squares, penalised, robust, Bayesian, generalised, and online."""

from pellucid.linear_model.adaline import AdalineGD, AdalineSGD
from pellucid.linear_model.bayesian_linear_regression import BayesianLinearRegression
from pellucid.linear_model.elastic_net import ElasticNet, Lasso
from pellucid.linear_model.generalized_linear import GeneralizedLinearRegressor
from pellucid.linear_model.huber import HuberRegressor
from pellucid.linear_model.linear_regression import LinearRegression
from pellucid.linear_model.logistic_regression import LogisticRegression
from pellucid.linear_model.paths import enet_path, lasso_path
from pellucid.linear_model.perceptron import Perceptron
from pellucid.linear_model.ransac import RANSACRegressor
from pellucid.linear_model.ridge import Ridge
from pellucid.linear_model.ridge_classifier import RidgeClassifier
from pellucid.linear_model.sgd_classifier import SGDClassifier
from pellucid.linear_model.sgd_regressor import SGDRegressor
from pellucid.linear_model.tweedie import GammaRegressor, PoissonRegressor, TweedieRegressor

__all__ = [
    "AdalineGD",
    "AdalineSGD",
    "BayesianLinearRegression",
    "ElasticNet",
    "GammaRegressor",
    "GeneralizedLinearRegressor",
    "HuberRegressor",
    "Lasso",
    "LinearRegression",
    "LogisticRegression",
    "Perceptron",
    "PoissonRegressor",
    "RANSACRegressor",
    "Ridge",
    "RidgeClassifier",
    "SGDClassifier",
    "SGDRegressor",
    "TweedieRegressor",
    "enet_path",
    "lasso_path",
]
