"""The compact counts equal a dictionary's, however the text is cut and the numbers are wide."""

from collections import Counter

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pellucid.conformance.language_model import counts, sentences
from pellucid.language_model import MLE, NgramCounter, _counting
from pellucid.language_model._counting import count_ngrams, union
from pellucid.language_model._encoding import pad
from pellucid.language_model._trie import Trie, child


def as_dictionary(trie):
    """{n-gram of word numbers: count}, by walking down."""
    found = {(w,): n for w, n in enumerate(trie.count[: trie.ends[0]].tolist())}
    grams = list(found)
    for k in range(2, trie.order + 1):
        parents = trie.parents(k) + trie.level(k - 1).start
        for node, parent in zip(range(*trie.level(k).indices(10**9)), parents, strict=True):
            grams.append((*grams[parent], int(trie.word[node])))
            found[grams[node]] = int(trie.count[node])
    return found


@settings(deadline=None, max_examples=60)
@given(
    text=st.lists(st.lists(st.integers(0, 4), max_size=7), max_size=7),
    order=st.integers(1, 5),
    block=st.integers(1, 16),
)
def test_counts_in_blocks_of_any_size_are_those_of_a_dictionary(text, order, block):
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(_counting, "BLOCK", block)
        levels = count_ngrams(None, *flat(text), 5, order)
    expected = {(w,): 0 for w in range(5)} | counts(text, order, 0)
    trie = Trie.from_levels(levels)
    trie._check_state()
    assert as_dictionary(trie) == expected


@settings(deadline=None, max_examples=60)
@given(
    texts=st.lists(
        st.lists(st.lists(st.integers(0, 4), max_size=6), max_size=5), min_size=2, max_size=2
    ),
    orders=st.tuples(st.integers(1, 4), st.integers(1, 4)),
    factor=st.sampled_from([1, 2**20, 2**40]),
)
def test_the_union_of_two_texts_is_the_sum_of_their_dictionaries(texts, orders, factor):
    """Of another order each, and with counts beyond 32 bits."""
    both, total = [], Counter()
    for text, order in zip(texts, orders, strict=True):
        levels = count_ngrams(None, *flat(text), 5, order)
        both.append([(w, c.astype(np.int64) * factor, first) for w, c, first in levels])
        total.update({g: n * factor for g, n in counts(text, order, 0).items()})
    trie = Trie.from_levels(union(*both))
    trie._check_state()
    assert as_dictionary(trie) == {(w,): 0 for w in range(5)} | total
    assert as_dictionary(Trie.from_levels(trie.levels())) == as_dictionary(trie)


def flat(text):
    words = np.array([w for s in text for w in s], np.int32)
    return words, np.array([len(s) for s in text], np.int64)


@pytest.mark.parametrize(("times", "dtype"), [(2**20, np.int32), (2**30, np.int64)])
def test_counts_go_beyond_32_bits_where_they_must(times, dtype):
    model = MLE(2).fit([["a", "b"]])
    levels = [(w, c * np.int32(times // 2), first) for w, c, first in model.trie_.levels()]
    trie = Trie.from_levels(union(list(levels), list(levels)))
    assert trie.count.dtype == dtype
    assert trie.count.tolist() == (model.trie_.count.astype(np.int64) * times).tolist()
    trie.count = trie.count.astype(np.int64)
    trie.count[:] = 2**40
    prob, _, _ = model._smooth(trie)
    assert prob[: trie.ends[0]].tolist() == [1 / len(model.ids_)] * trie.ends[0]


def test_children_are_found_where_they_are():
    trie = MLE(3).fit(sentences(50)).trie_
    for node in range(trie.n_contexts):
        start, stop = trie.first[node : node + 2]
        children = {int(w): n for n, w in enumerate(trie.word[start:stop], start)}
        for w in [*children, 0, trie.ends[0] - 1]:
            assert child(trie.word, trie.first, node, w) == children.get(w, -1)
    assert child(trie.word, trie.first, -1, 0) == child(trie.word, trie.first, 10**9, 0) == -1


def test_n_grams_without_their_beginnings_are_counted_as_they_are():
    counter = NgramCounter([[("a", "b", "c"), ("b",)]])
    counter.update([[("b", "c")]])
    assert (counter["a"], counter["b"], counter[["a"]]["b"], counter[["b"]]["c"]) == (0, 1, 0, 1)
    assert counter[3][("a", "b")] == {"c": 1}
    assert counter.N() == 3 and len(counter) == 3
    assert list(counter[2]) == [("b",)] and list(counter[3]) == [("a", "b")]
    assert counter.unigrams.freq("b") == 1 and counter[["zz"]].freq("b") == 0


@pytest.mark.parametrize("pads", [0, 1, 2])
def test_padding_stands_at_both_ends_of_every_sentence(pads):
    sentences = [[3, 4, 5, 6], [], [7], [8, 9]]
    sizes = np.array([len(s) for s in sentences])
    ids = pad(np.concatenate(sentences).astype(np.int32), sizes, pads, 1, 2)
    assert ids.tolist() == [w for s in sentences for w in [1] * pads + s + [2] * pads]


def test_counts_can_be_asked_and_walked_as_nltk_s_can():
    """``2 in counts`` once walked the orders 0, 1, 2 ... without end."""
    counter = NgramCounter([[("a", "b"), ("c", "d"), ("e", "f", "g"), ("h",)]])
    assert 2 in counter and 3 in counter and 4 not in counter
    assert "h" in counter and "z" not in counter and ["e", "f"] in counter
    assert list(counter) == [1, 2, 3]
    assert sorted(counter[2].conditions()) == [("a",), ("c",)]
    assert 2 not in NgramCounter() and list(NgramCounter()) == [1]


@pytest.mark.parametrize("ngrams", [["Check", "this"], [("a", "b"), ["c", "d"]]])
def test_an_n_gram_that_is_no_tuple_is_refused(ngrams):
    """A string would be read letter by letter."""
    with pytest.raises(TypeError, match="an n-gram is a tuple of words"):
        NgramCounter([ngrams])
