"""Texts that are empty, tiny, strange or wrong: a right answer, or an error that says why."""

import numpy as np
import pytest

from pellucid import language_model
from pellucid.language_model import MLE, Laplace, Lidstone, Vocabulary

ALL = [
    "AbsoluteDiscountingInterpolated",
    "KneserNeyInterpolated",
    "Laplace",
    "Lidstone",
    "MLE",
    "ModifiedKneserNeyInterpolated",
    "SimpleGoodTuring",
    "StupidBackoff",
    "WittenBellInterpolated",
]


def make(name, order=3, **arguments):
    return getattr(language_model, name)(order=order, **arguments)


@pytest.mark.parametrize("name", ALL)
@pytest.mark.parametrize(
    "text",
    [
        [["a"]],
        [["a"], []],
        [[], ["a"]],
        [["a"] * 50],
        [["a", "b"]] * 40,
        [["<s>", "a", "</s>", "<UNK>"]],
        [["ῥόδον", "\U0001f339", "\x00", "a b", "\n", ""]],
        [[1, 2, 3], [2, 2]],
        [np.array([1, 2, 3]), np.array([2])],
        [("a", "b"), ("c",)],
        pytest.param([iter("abc")], id="an iterator"),
        ["a b", ["c", "d"]],
    ],
    ids=str,
)
@pytest.mark.parametrize("order", [1, 2, 5])
def test_small_and_strange_texts(name, text, order):
    if any(hasattr(s, "__next__") for s in text):
        text = [list("abc")]
        model = make(name, order).fit(iter([iter("abc")]))
        assert model.counts.N() == make(name, order).fit(text).counts.N()
    model = make(name, order).fit(text)
    held = [list(s) if isinstance(s, tuple) else s for s in text]
    p = model.scores(held)
    assert np.all((p > 0) & (p <= 1 + 1e-12)) or name == "SimpleGoodTuring"
    assert model.perplexity(held) >= 1 - 1e-12
    assert len(model.generate(5, random_seed=0)) == 5
    assert np.all(model.scores([("never", "seen", "at all")]) >= 0)


@pytest.mark.parametrize("name", ALL)
def test_a_text_of_no_words_is_refused(name):
    for text in ([], iter([])):
        with pytest.raises(ValueError, match="the text holds no words"):
            make(name).fit(text)
    with pytest.raises(ValueError, match="the text holds no words"):
        make(name, 1).fit([[], []])


def test_unknown_words_alone():
    model = Lidstone(0.5, 2, vocabulary=Vocabulary("ab")).fit([["x", "y", "z"]])
    assert model.counts["<UNK>"] == 5  # the padding is not of this vocabulary either
    assert model.score("q", ["r"]) == (4 + 0.5) / (4 + 0.5 * 3)


def test_numbers_are_words_however_they_are_stored():
    a = Laplace(2).fit([[1, 2, 3], [2]])
    b = Laplace(2).fit([np.array([1, 2, 3]), np.array([2], np.int16)])
    assert a.vocab == b.vocab and a.score(2, [1]) == b.score(np.int64(2), [np.int64(1)])
    assert a.vocab.lookup([1, 9]) == (1, "<UNK>") and a.vocab.lookup(2) == 2


def test_an_order_beyond_every_sentence():
    model = MLE(20).fit([["a", "b"]])
    assert model.score("b", ["<s>", "a"]) == 1
    assert model.score("b", ["a"] * 30) == 0
    assert model.perplexity([["a", "b"]]) == 1


@pytest.mark.parametrize(
    ("call", "error", "why"),
    [
        (lambda: MLE(0).fit(["a"]), ValueError, "'order' parameter of MLE must be an int"),
        (lambda: Lidstone(-1).fit(["a"]), ValueError, "'gamma' parameter"),
        (lambda: make("KneserNeyInterpolated", discount=2).fit(["a"]), ValueError, "'discount'"),
        (lambda: MLE(2).fit("a b c"), TypeError, "not one string"),
        (lambda: MLE(2).fit(["a"]).perplexity("a b"), TypeError, "not one string"),
        (lambda: MLE(2).fit(["a"]).score("a", "b"), TypeError, "not one string"),
        (lambda: MLE(2).fit(["a"]).perplexity([]), ValueError, "no words"),
        (lambda: MLE(2).fit(["a"]).perplexity([("a",), ()]), ValueError, "no words"),
        (lambda: MLE(2).fit(["a"]).perplexity([[("a",)]]), TypeError, "flatten"),
        (lambda: MLE(2).fit([[("a",)]]), ValueError, "Cannot fit without a vocabulary"),
        (lambda: MLE(2).fit([[("a", "b", "c")]], "abc"), ValueError, "no words"),
        (lambda: Vocabulary(unk_cutoff=0), ValueError, "less than 1"),
    ],
)
def test_what_is_wrong_is_said(call, error, why):
    with pytest.raises(error, match=why):
        call()
