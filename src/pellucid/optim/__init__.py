"""Optimisers: each an equation, how it begins and one step."""

from pellucid.optim import lr_scheduler, swa_utils
from pellucid.optim.adadelta import Adadelta
from pellucid.optim.adagrad import Adagrad
from pellucid.optim.adam import Adam, AdamW
from pellucid.optim.adamax import Adamax
from pellucid.optim.asgd import ASGD
from pellucid.optim.lbfgs import LBFGS
from pellucid.optim.lion import Lion
from pellucid.optim.muon import Muon
from pellucid.optim.nadam import NAdam
from pellucid.optim.optimizer import Optimizer
from pellucid.optim.radam import RAdam
from pellucid.optim.rmsprop import RMSprop
from pellucid.optim.rprop import Rprop
from pellucid.optim.sgd import SGD

__all__ = [
    "ASGD",
    "LBFGS",
    "SGD",
    "Adadelta",
    "Adagrad",
    "Adam",
    "AdamW",
    "Adamax",
    "Lion",
    "Muon",
    "NAdam",
    "Optimizer",
    "RAdam",
    "RMSprop",
    "Rprop",
    "lr_scheduler",
]
