"""The compact counts equal a dictionary's, however the text is cut and the numbers are wide."""

from collections import Counter

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pellucid.conformance.language_model import counts, sentences
from pellucid.language_model import MLE, NgramCounter, _counting
from pellucid.language_model._counting import _merge, count_ngrams, union
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
    bits=st.integers(1, 4),
)
def test_counts_in_blocks_of_any_size_are_those_of_a_dictionary(text, order, bits):
    ids = np.array([w for s in text for w in s], np.int32)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(_counting, "BLOCK_BITS", bits)
        levels = count_ngrams(None, ids, np.array([len(s) for s in text], np.int64), 5, order)
    expected = {(w,): 0 for w in range(5)} | counts(text, order, 0)
    trie = Trie.from_levels(levels)
    trie._check_state()
    assert as_dictionary(trie) == expected


@given(
    a=st.dictionaries(st.integers(0, 40), st.integers(0, 2**40), max_size=20),
    b=st.dictionaries(st.integers(0, 40), st.integers(0, 2**40), max_size=20),
)
@settings(deadline=None)
def test_the_merge_equals_its_twin(a, b):
    V, same = 7, np.arange(6)
    lists = [
        (np.array(sorted(d), np.int64), np.array([d[k] for k in sorted(d)], np.int64))
        for d in (a, b)
    ]
    (ka, ca), (kb, cb) = lists
    keys, count = np.empty(len(a) + len(b), np.int64), np.empty(len(a) + len(b), np.int64)
    new_a, new_b = np.empty_like(ka), np.empty_like(kb)
    n = _merge(ka, ca, same, new_a, kb, cb, same, new_b, V, keys, count)
    expected = np.union1d(ka, kb)
    total = Counter(a)
    total.update(b)
    np.testing.assert_array_equal(keys[:n], expected)
    np.testing.assert_array_equal(count[:n], [total[k] for k in expected])
    np.testing.assert_array_equal(new_a, np.searchsorted(expected, ka))
    np.testing.assert_array_equal(new_b, np.searchsorted(expected, kb))


def test_counts_go_beyond_32_bits():
    levels = [(np.arange(2), np.array([2**40, 3])), (np.array([1]), np.array([2**33]))]
    both = union(list(levels), list(levels), 2)
    assert [c.tolist() for _, c in both] == [[2**41, 6], [2**34]]
    trie = Trie.from_levels(both)
    assert trie.count.dtype == np.int64
    model = MLE(2).fit([["a", "b"]])
    model.trie_.count[:] = 2**40
    prob, _, _ = model._smooth(model.trie_)
    assert prob[: trie.ends[0]].tolist() == [1 / len(model.ids_)] * trie.ends[0]


@pytest.mark.parametrize("V", [5, 2**20, 2**31 - 1])
def test_the_keys_of_a_block_fit_64_bits_with_their_positions(V, monkeypatch):
    seen = []

    def watch(ids, at, begin, stop, V, order, bits):
        seen.append((len(at), bits))
        return [(np.zeros(0, np.int64), np.zeros(0, np.int64))] * order

    monkeypatch.setattr(_counting, "_count_block", watch)
    count_ngrams(None, np.zeros(10**5, np.int32), np.array([10**5]), V, 2)
    assert sum(n for n, _ in seen) == 10**5
    assert all(n <= 2**bits and 2 * bits + V.bit_length() <= 64 for n, bits in seen)


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
