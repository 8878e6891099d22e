"""Words are numbered alike by the dictionary and by the table in arrays."""

import gc

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pellucid.language_model import Lidstone, StupidBackoff
from pellucid.language_model._lexicon import Lexicon, _lexicons, as_bytes, looked_up

words = st.text(st.characters(exclude_characters="\0"), max_size=4)  # surrogates and all


@settings(deadline=None)  # the first call compiles
@given(st.lists(words, unique=True), st.lists(st.lists(words)))
def test_the_table_is_the_dictionary(known, lists):
    """Whatever the words: empty, of any script, beginnings of one another."""
    lists.append(known)
    n, ids = sum(map(len, lists)), {word: v for v, word in enumerate(known)}
    lexicon = Lexicon.of(known) if known else Lexicon(np.zeros(0, np.uint8), 0)
    if n:
        found = lexicon.numbers(as_bytes(lists, n), n, -1)
        assert found.tolist() == [ids.get(word, -1) for some in lists for word in some]


@pytest.mark.parametrize("odd", [7, None, b"a", "a\0b", ("a",)])
def test_what_is_no_plain_word_is_left_to_the_dictionary(odd):
    assert as_bytes([["a", odd]], 2) is None and Lexicon.of(["a", odd]) is None


@pytest.mark.parametrize("model", [Lidstone(0.1, order=3), StupidBackoff(order=4)])
@pytest.mark.parametrize("alphabet", [list("abcd"), [1, 2, "a"], ["a", "a\0b", "b"]])
def test_a_long_text_is_scored_as_its_parts_are(model, alphabet):
    """The first blocks are looked up in the dictionary, the later ones in the table."""
    rng = np.random.default_rng(0)
    text = [
        [alphabet[i] for i in rng.integers(len(alphabet), size=n)]
        for n in rng.integers(0, 5, size=3000)
    ]
    model.fit(text[:500])
    text[2500] = ["new", *text[2500], "é"]
    alone = [model.scores([sentence]) for sentence in text]
    np.testing.assert_array_equal(model.scores(text), np.concatenate(alone))
    grams = [tuple(s[i : i + 2]) for s in text for i in range(len(s))] * 5
    one = np.array([model.score(g[-1], g[:-1]) for g in grams[: len(grams) // 5]])
    np.testing.assert_array_equal(model.scores(grams), np.tile(one, 5))


def test_a_table_lives_as_long_as_its_model():
    model = Lidstone(0.1, order=2).fit(["a b c"])
    before = len(_lexicons)
    batches = [[["a", "b", "zz"]]] * 3
    found = [
        (make().tolist(), sizes.tolist())
        for make, sizes in looked_up(batches, {"a": 0, "b": 1}, 9, model.trie_)
    ]
    assert found == [([0, 1, 9], [3])] * 3 and len(_lexicons) == before + 1
    del model
    gc.collect()
    assert len(_lexicons) == before
