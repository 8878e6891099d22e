"""n-gram models of language: counts, smoothed."""

from pellucid.language_model.absolute_discounting import AbsoluteDiscountingInterpolated
from pellucid.language_model.arpa import ArpaModel, read_arpa, write_arpa
from pellucid.language_model.counter import NgramCounter
from pellucid.language_model.good_turing import SimpleGoodTuring, simple_good_turing
from pellucid.language_model.kneser_ney import KneserNeyInterpolated
from pellucid.language_model.mle import MLE, Laplace, Lidstone
from pellucid.language_model.modified_kneser_ney import ModifiedKneserNeyInterpolated
from pellucid.language_model.preprocessing import (
    everygrams,
    flatten,
    pad_both_ends,
    pad_sequence,
    padded_everygram_pipeline,
    padded_everygrams,
)
from pellucid.language_model.stupid_backoff import StupidBackoff
from pellucid.language_model.witten_bell import WittenBellInterpolated
from pellucid.language_model.words import Vocabulary

__all__ = [
    "MLE",
    "AbsoluteDiscountingInterpolated",
    "ArpaModel",
    "KneserNeyInterpolated",
    "Laplace",
    "Lidstone",
    "ModifiedKneserNeyInterpolated",
    "NgramCounter",
    "SimpleGoodTuring",
    "StupidBackoff",
    "Vocabulary",
    "WittenBellInterpolated",
    "everygrams",
    "flatten",
    "pad_both_ends",
    "pad_sequence",
    "padded_everygram_pipeline",
    "padded_everygrams",
    "read_arpa",
    "simple_good_turing",
    "write_arpa",
]
