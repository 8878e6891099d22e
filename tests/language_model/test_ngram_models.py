"""What must be true of every n-gram model, whatever the text, and whoever comes from nltk."""

import random
import subprocess
import sys

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.base import clone
from sklearn.exceptions import NotFittedError

import pellucid
from pellucid import language_model
from pellucid.callbacks import listen
from pellucid.conformance.language_model import continuation, counts, everything, sentences
from pellucid.language_model import (
    MLE,
    KneserNeyInterpolated,
    Laplace,
    Lidstone,
    ModifiedKneserNeyInterpolated,
    SimpleGoodTuring,
    StupidBackoff,
    Vocabulary,
    WittenBellInterpolated,
    padded_everygram_pipeline,
    padded_everygrams,
)
from pellucid.language_model.good_turing import _frequencies
from pellucid.persistence import LoadError

PROPER = [
    "AbsoluteDiscountingInterpolated",
    "KneserNeyInterpolated",
    "Laplace",
    "Lidstone",
    "ModifiedKneserNeyInterpolated",
    "SimpleGoodTuring",
    "WittenBellInterpolated",
]
ALL = [*PROPER, "MLE", "StupidBackoff"]
TEXT = sentences(200)
words = st.sampled_from("abcde")
texts = st.lists(st.lists(words, max_size=8), min_size=1, max_size=8).filter(any)


def make(name, order=3, **arguments):
    return getattr(language_model, name)(order=order, **arguments)


@pytest.mark.parametrize("name", PROPER)
@settings(deadline=None, max_examples=40)
@given(text=texts, order=st.integers(1, 4), cutoff=st.integers(1, 2))
def test_probabilities_sum_to_one_after_any_context(name, text, order, cutoff):
    model = make(name, order, vocabulary=Vocabulary(unk_cutoff=cutoff)).fit(text)
    contexts = [gram[:-1] for gram in counts(text, order + 1, order - 1)]
    for context in {*contexts, ("never", "seen"), ("a", "never"), ("never", "a"), tuple("abcdea")}:
        p = model.scores([(*context, word) for word in model.ids_])
        assert np.all(p >= 0)
        assert p.sum() == pytest.approx(1, abs=1e-12), context


def test_relative_frequencies_sum_to_one_where_there_are_any():
    model = MLE(3).fit(TEXT)
    sums = [
        model.scores([(*context, word) for word in model.vocab]).sum()
        for context in [(), ("of",), ("of", "the"), ("\u2603",), ("the", "\u2603")]
    ]
    np.testing.assert_allclose(sums, [1, 1, 1, 0, 0], atol=1e-12)


@pytest.mark.parametrize("name", ALL)
def test_a_score_is_the_same_by_every_door(name):
    model = make(name).fit(TEXT[:150])
    asked = everything(model.vocab, 3, 50)
    many = model.scores(asked)
    assert many.tolist() == [model.score(g[-1], g[:-1]) for g in asked]
    assert model.perplexity(asked[:3] * 2) == pytest.approx(model.perplexity(asked[:3]))
    with np.errstate(divide="ignore"):
        assert model.logscore("the", ["of"]) == np.log2(model.score("the", ["of"]))
    held = TEXT[150:160]
    pads = 1 if name.startswith("Modified") else 2
    grams = [
        tuple(padded[max(0, i - 2) : i + 1])
        for s in held
        for padded in [["<s>"] * pads + s + ["</s>"] * pads]
        for i in range(pads, len(padded))
    ]
    assert model.entropy(held) == model.entropy(grams)
    assert model.entropy(map(" ".join, held)) == model.entropy(iter(held))


@pytest.mark.parametrize("name", ALL)
def test_the_three_doors_of_fit_learn_the_same(name):
    order, asked = 3, everything({w for s in TEXT for w in s}, 3, 200)
    pads = 1 if name.startswith("Modified") else 2
    grams, vocabulary = padded_everygram_pipeline(order, TEXT)
    by_pipeline = make(name, order).fit(grams, vocabulary)
    by_tuples = make(name, order).fit([list(s) for s in grams], list(vocabulary))
    assert by_tuples.scores(asked).tolist() == pytest.approx(
        by_pipeline.scores(asked).tolist(), rel=1e-12
    )
    plain = make(name, order).fit(TEXT)
    as_strings = make(name, order).fit(map(" ".join, TEXT))
    assert as_strings.scores(asked).tolist() == plain.scores(asked).tolist()
    if pads == 2:
        assert plain.scores(asked).tolist() == by_pipeline.scores(asked).tolist()
        assert plain.vocab == by_pipeline.vocab


@pytest.mark.parametrize("name", ALL)
def test_fits_add_up(name):
    vocabulary, asked = Vocabulary(w for s in TEXT for w in s), everything(TEXT[0], 3, 100)
    at_once = make(name, vocabulary=vocabulary).fit(TEXT)
    in_parts = make(name, vocabulary=vocabulary).fit(TEXT[:70]).fit(TEXT[70:])
    assert in_parts.scores(asked).tolist() == at_once.scores(asked).tolist()
    assert in_parts.counts.N() == at_once.counts.N()
    assert len(vocabulary) == len(at_once.vocab)  # the user's own is left as it was


def test_twice_the_text_is_the_same_relative_frequencies():
    asked = everything(TEXT[0], 3, 100)
    once, twice = MLE(3).fit(TEXT), MLE(3).fit(TEXT + TEXT)
    np.testing.assert_allclose(once.scores(asked), twice.scores(asked), rtol=1e-15)


def test_katz_takes_what_good_turing_says_and_gives_it_to_the_unseen():
    model = SimpleGoodTuring(2).fit(TEXT)
    c = counts(TEXT, 2, 1)
    frequencies = sorted({n for g, n in c.items() if len(g) == 2})
    n_r = [sum(len(g) == 2 and n == r for g, n in c.items()) for r in frequencies]
    star, line = _frequencies(np.array(frequencies, float), np.array(n_r, float))
    star = [s if s < r else l for s, l, r in zip(star, line, frequencies, strict=True)]
    after = {g: n for g, n in c.items() if len(g) == 2 and g[0] == "the"}
    total = sum(after.values())
    seen = {g: star[frequencies.index(n)] / total for g, n in after.items()}
    left = 1 - sum(seen.values())
    asked = 1 - sum(model.score(word) for _, word in seen)
    for word in ["of", "<s>", "never", *(w for _, w in seen)]:
        expected = seen.get(("the", word), left / asked * model.score(word))
        assert model.score(word, ["the"]) == pytest.approx(expected, rel=1e-12)


def test_katz_leaves_something_to_the_unseen_where_text_was_copied():
    """There are more trigrams seen six times than five times: Turing would raise the five."""
    times = [1] * 60 + [2] * 25 + [3] * 12 + [4] * 7 + [5] * 4 + [6] * 9
    text = [[f"{i}", f"{i} then", f"{i} last"] for i, n in enumerate(times) for _ in range(n)]
    model = SimpleGoodTuring(3).fit(text)
    for i in range(len(times) - 1):
        assert 0 < model.score("116", [f"{i}", f"{i} then"]) < 0.1
        assert 0.3 < model.score(f"{i} last", [f"{i}", f"{i} then"]) < 1


def test_kneser_ney_sums_to_one_where_a_sentence_begins_and_nltk_does_not():
    theirs = pytest.importorskip("nltk.lm")
    text = TEXT[:40]
    ours = KneserNeyInterpolated(3).fit(text)
    nltk_model = theirs.KneserNeyInterpolated(3)
    nltk_model.fit(*theirs.preprocessing.padded_everygram_pipeline(3, text))
    words = list(nltk_model.vocab)
    assert sum(nltk_model.score(w, ["<s>"]) for w in words) > 1.001
    assert sum(ours.score(w, ["<s>"]) for w in words) == pytest.approx(1)
    a = continuation(counts(text, 3, 2), 3)
    types = sum(n > 0 for g, n in a.items() if g[:-1] == ("<s>",) and len(g) == 2)
    total = sum(n for g, n in a.items() if g[:-1] == ("<s>",) and len(g) == 2)
    assert ours.score("never", ["<s>"]) == ours.score("zz", ["<s>"]) == 0
    seen = ours.score("of", ["<s>"])
    assert seen == pytest.approx(0.1 * types / total * ours.score("of"), rel=1e-12)


def test_modified_kneser_ney_by_hand():
    """Of "a b", twice, and "a c": too few counts for discounts to be learned."""
    model = ModifiedKneserNeyInterpolated(2).fit(["a b", "a b", "a c"])
    np.testing.assert_array_equal(model.discounts_, [[0.5, 1, 1.5]] * 2)
    # after nothing: a, b, c before one word each; </s> before two.  V = a b c </s> <UNK>
    taken = 0.5 * 3 + 1
    p = {w: (n - d + taken / 5) / 5 for w, n, d in [("a", 1, 0.5), ("b", 1, 0.5), ("</s>", 2, 1)]}
    p["never"] = taken / 5 / 5
    for word, expected in p.items():
        assert model.score(word) == pytest.approx(expected, rel=1e-14)
    assert model.score("<s>") == 0
    # after a: b twice, c once
    assert model.score("b", ["a"]) == pytest.approx((2 - 1 + 1.5 * p["b"]) / 3, rel=1e-14)
    assert model.score("c", ["a"]) == pytest.approx((1 - 0.5 + 1.5 * p["b"]) / 3, rel=1e-14)
    assert model.score("a", ["a"]) == pytest.approx(1.5 * p["a"] / 3, rel=1e-14)


def test_what_an_n_gram_is_made_of_does_not_count():
    """Of x b d, its beginning x b and its ending b d are in the trie, but were not counted."""
    grams = [("x", "b", "d"), ("b", "c"), ("x",), ("b",), ("c",), ("d",)]
    model = WittenBellInterpolated(3).fit([grams], "xbcd")
    assert model.score("c", ["b"]) == (1 + 1 / 4) / 2 and model.score("d", ["b"]) == 1 / 4 / 2
    assert model.score("b", ["x"]) == 1 / 4
    model = StupidBackoff(0.4, 3).fit([grams], "xbcd")
    assert model.score("d", ["b"]) == 0.4 / 4
    model = KneserNeyInterpolated(2, discount=0.5).fit([[("b", "c"), ("b",), ("c",)]], "bc")
    assert model.score("c") == 1 and model.score("b") == 0
    model = KneserNeyInterpolated(3, discount=0.5).fit([grams], "xbcd")
    assert model.score("c") == 1 and model.score("d") == 0
    assert model.score("d", ["b"]) == model.score("c", ["b"]) == 0.5  # by x b d alone


def test_stupid_backoff_by_hand():
    model = StupidBackoff(order=2).fit(["a b"])  # <s> a b </s>
    assert model.score("b", ["a"]) == 1
    assert model.score("a", ["a"]) == model.score("a", ["never"]) == 0.4 / 4
    assert model.score("a", ["b", "b", "a"]) == 0.4 / 4  # of one word at most


def test_lidstone_counts_the_unknown_word_once():
    """nltk counts the label twice where the text contains it: its scores sum to 4/5."""
    model = Lidstone(1, 1).fit([["a", "<UNK>"]])
    assert model.score("a") == model.score("<UNK>") == model.score("never") == 1 / 2
    assert sorted(model.vocab) == ["<UNK>", "a"]


@pytest.mark.parametrize("name", ALL)
def test_words_below_the_cutoff_are_the_unknown_word(name):
    text = [["a", "a", "b", "c"], ["a", "b", "d"]]
    masked = [[w if w in "ab" else "<UNK>" for w in s] for s in text]
    model = make(name, vocabulary=Vocabulary(unk_cutoff=2)).fit(text)
    assert sorted(model.vocab) == ["</s>", "<UNK>", "<s>", "a", "b"]
    asked = everything("abcdz", 3, 200)
    told = [tuple("<UNK>" if w in ("c", "d", "z", "never seen") else w for w in g) for g in asked]
    expected = make(name).fit(masked).scores(told)
    np.testing.assert_allclose(model.scores(asked), expected, rtol=1e-12)


def test_unmasked_scores_are_of_words_as_they_are():
    model = Laplace(2, vocabulary=Vocabulary("aab", unk_cutoff=2)).fit([["a", "b"]])
    assert model.score("b") == model.score("<UNK>")
    V, total = len(model.vocab), 4  # <s> and </s> are unknown here
    assert model.unmasked_score("b") == 1 / (total + V)
    assert model.score("b") == (1 + 3) / (total + V)


def test_generation_is_seeded_and_follows_what_was_seen():
    model = WittenBellInterpolated(3).fit(TEXT)
    a = model.generate(40, random_seed=4)
    assert a == model.generate(40, random_seed=random.Random(4)) != model.generate(40, None, 5)
    assert isinstance(model.generate(random_seed=1), str)
    assert model.generate(3, ["never", "seen"], 0) == model.generate(3, None, 0)
    seen = counts(TEXT, 3, 2)
    for i in range(2, len(a)):
        known = any(len(g) == 3 and g[:2] == tuple(a[i - 2 : i]) for g in seen)
        assert not known or seen[tuple(a[i - 2 : i + 1])]


@pytest.mark.parametrize("name", ALL)
def test_a_model_is_saved_and_cloned(name, tmp_path):
    model = make(name).fit(TEXT)
    pellucid.save(model, tmp_path / "model")
    loaded = pellucid.load(tmp_path / "model")
    assert loaded.scores(TEXT).tobytes() == model.scores(TEXT).tobytes()
    assert loaded.generate(9, None, 1) == model.generate(9, None, 1)
    assert loaded.vocab == model.vocab
    assert loaded.fit(TEXT[:9]).counts.N() > model.counts.N()
    with pytest.raises(NotFittedError, match="not fitted yet"):
        clone(model).score("a")


def test_loading_runs_no_code_but_pellucids(tmp_path):
    pellucid.save(MLE(2).fit(TEXT), tmp_path / "model")
    program = f"import pellucid; print(pellucid.load({str(tmp_path / 'model')!r}).score('the'))"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert float(done.stdout) == MLE(2).fit(TEXT).score("the")


def _change(part, name, value):
    return lambda model: setattr(getattr(model, part) if part else model, name, value)


@pytest.mark.parametrize(
    "spoil",
    [
        lambda m: m.trie_.word.__setitem__(-1, 10**6),
        lambda m: m.trie_.word.__setitem__(0, 1),
        lambda m: m.trie_.first.__setitem__(3, 10**9),
        lambda m: m.trie_.first.__setitem__(-1, 10**9),
        _change("trie_", "ends", (5, 9)),
        _change("", "prob_", np.zeros(3)),
        _change("", "weight_", np.zeros(3)),
        _change("", "unknown_", 10**6),
        lambda m: m.ids_.update(a=10**6),
    ],
)
def test_a_file_whose_numbers_point_nowhere_is_refused(spoil, tmp_path):
    model = MLE(2).fit(["a b", "b a c"])
    spoil(model)
    pellucid.save(model, tmp_path / "model")
    with pytest.raises(LoadError, match="sound"):
        pellucid.load(tmp_path / "model")


def test_a_fit_tells_of_its_blocks():
    seen = []
    with listen(seen.append):
        MLE(2).fit(TEXT)
    assert seen and seen[-1].finished and seen[0].unit == "block of text"


def test_nltks_pipeline_can_be_walked():
    grams, vocabulary = padded_everygram_pipeline(2, ["ab", "c"])
    assert [list(s) for s in grams] == [list(padded_everygrams(2, s)) for s in ("ab", "c")]
    assert list(vocabulary) == ["<s>", "a", "b", "</s>", "<s>", "c", "</s>"]
    assert MLE(2).fit(grams, vocabulary).score("b", ["a"]) == 1  # characters, as in nltk


@pytest.mark.parametrize(
    ("name", "arguments"),
    [
        ("StupidBackoff", (0.4,)),
        ("WittenBellInterpolated", ()),
        ("AbsoluteDiscountingInterpolated", ()),
        ("KneserNeyInterpolated", ()),
    ],
)
def test_of_a_longer_n_gram_its_end_is_asked_as_in_nltk(name, arguments):
    """Trained on n-grams of up to three words, those of two; a context of any length."""
    theirs = pytest.importorskip("nltk.lm")
    text = [list("abc"), list("acba")]
    a = getattr(language_model, name)(*arguments, 2)
    a.fit(*language_model.padded_everygram_pipeline(3, text))
    b = getattr(theirs, name)(*arguments, 2)
    b.fit(*theirs.preprocessing.padded_everygram_pipeline(3, text))
    for context in (["a"], ["b", "a"], ["<s>", "b", "a"], ["c"] * 9):
        for word in "abcz":
            assert a.score(word, context) == pytest.approx(b.score(word, context), rel=1e-12)
            assert a.scores([(*context, word)])[0] == a.score(word, context)
    given = [(w,) for s in text for w in s], [("a", "b", "c"), ("b", "a"), ("b", "a")]
    longer = MLE(2).fit(given, "abc")
    assert longer.score("a", ["b"]) == 1 and longer.counts.N() == len(given[0]) + 2
