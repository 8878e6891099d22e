"""ARPA files: by hand, there and back, and not as they should be."""

import gzip

import numpy as np
import pytest

import pellucid
from pellucid.conformance.language_model import everything, sentences
from pellucid.language_model import (
    MLE,
    ModifiedKneserNeyInterpolated,
    StupidBackoff,
    WittenBellInterpolated,
    read_arpa,
    write_arpa,
)

BY_HAND = r"""Some words that say where this comes from.

\data\
ngram 1=5
ngram 2=3
ngram 3=1

\1-grams:
-1.0	<unk>
-99	<s>	-0.5
-0.7	</s>
-0.4	a	-0.25
-0.9	b	-0.125

\2-grams:
-0.2	<s> a	-0.0625
-0.3	a b
-0.6	b </s>

\3-grams:
-0.1	<s> a b

\end\
"""


@pytest.fixture
def by_hand(tmp_path):
    (tmp_path / "hand.arpa").write_text(BY_HAND)
    return read_arpa(tmp_path / "hand.arpa")


@pytest.mark.parametrize(
    ("gram", "log10"),
    [
        ("a", -0.4),
        ("zebra", -1.0),
        ("<s> a", -0.2),
        ("<s> a b", -0.1),
        ("a a", -0.25 - 0.4),
        ("a a b", -0.3),  # a a was never seen: no price
        ("<s> a a", -0.0625 - 0.25 - 0.4),
        ("a b </s>", -0.6),  # a b has no weight: no price
        ("b b a", -0.125 - 0.4),
        ("zebra b </s>", -0.6),
        ("<s> zebra a", -0.4),
    ],
)
def test_by_hand(by_hand, gram, log10):
    *context, word = gram.split()
    assert by_hand.score(word, context) == pytest.approx(10**log10, rel=1e-14)


def test_a_sentence_has_one_padding_at_either_end(by_hand):
    log10 = -0.2 - 0.1 - 0.6  # <s> a, <s> a b, then b </s>
    assert by_hand.entropy(["a b"]) == pytest.approx(-log10 / 3 * np.log2(10), rel=1e-14)
    assert by_hand.score("<s>") == 0
    assert by_hand.generate(2, ["<s>"], 0) == ["a", "b"]


def test_there_and_back_nothing_changes(by_hand, tmp_path):
    first, second = tmp_path / "first.arpa", tmp_path / "second.arpa.gz"
    write_arpa(by_hand, first)
    again = read_arpa(first)
    assert again.prob_.tobytes() == by_hand.prob_.tobytes()
    assert again.weight_.tobytes() == by_hand.weight_.tobytes()
    write_arpa(again, second)
    assert gzip.decompress(second.read_bytes()) == first.read_bytes()
    pellucid.save(again, tmp_path / "model")
    assert pellucid.load(tmp_path / "model").score("b", ["a"]) == by_hand.score("b", ["a"])


@pytest.mark.parametrize("order", [1, 2, 4])
def test_a_model_is_what_its_file_says(order, tmp_path):
    text = [*sentences(60), ["ῥόδον", "\U0001f339"]]
    asked = everything({w for s in text for w in s}, order + 1, 300)
    for model in (WittenBellInterpolated(order), ModifiedKneserNeyInterpolated(order)):
        write_arpa(model.fit(text), tmp_path / "model.arpa")
        loaded = read_arpa(tmp_path / "model.arpa")
        np.testing.assert_allclose(loaded.scores(asked), model.scores(asked), rtol=1e-12)
        assert loaded.order == order


def test_without_an_unknown_word_the_unknown_is_impossible(tmp_path):
    text = BY_HAND.replace("-1.0\t<unk>\n", "").replace("1=5", "1=4")
    (tmp_path / "model.arpa").write_text(text)
    model = read_arpa(tmp_path / "model.arpa")
    assert model.score("zebra") == 0 and model.score("a", ["zebra"]) == model.score("a")


@pytest.mark.parametrize(
    ("old", "new", "why"),
    [
        ("\\data\\", "data", "no ARPA file"),
        ("ngram 2=3", "ngram 3=3", "no ARPA file"),
        ("ngram 2=3", "ngram 2=4", "does not have the 4 n-grams of 2 words"),
        ("ngram 2=3", "ngram 2=2", "does not have the 2 n-grams of 2 words"),
        ("\\end\\", "", "does not have the 1 n-grams of 3 words"),
        ("-0.3\ta b", "-0.3\ta b c d", "is none"),
        ("-0.3\ta b", "-0.3\ta zebra", "no n-gram of one word 'zebra'"),
        ("-0.3\ta b", "much\ta b", "could not convert"),
        ("<s> a b", "b a b", "without the one that it begins with"),
        ("-0.6\tb </s>", "-0.6\ta b", "n-gram of 2 words twice"),
        ("-0.9\tb\t", "-0.9\ta\t", "n-gram of 1 words twice"),
    ],
)
def test_a_file_that_is_not_as_it_should_be(old, new, why, tmp_path):
    (tmp_path / "bad.arpa").write_text(BY_HAND.replace(old, new, 1))
    with pytest.raises(ValueError, match=why):
        read_arpa(tmp_path / "bad.arpa")


def test_what_an_arpa_file_cannot_say_is_refused(tmp_path):
    for model in (MLE(2), StupidBackoff(order=2)):
        with pytest.raises(ValueError, match="no back-off model"):
            write_arpa(model.fit(["a b"]), tmp_path / "model.arpa")
    for text in ([["a b", "c"]], [[1, 2]]):
        with pytest.raises(ValueError, match="without white space"):
            write_arpa(WittenBellInterpolated(2).fit(text), tmp_path / "model.arpa")
