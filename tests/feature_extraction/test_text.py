"""Text vectorizers: what must be true of them, known answers, and bad input."""

import pickle
import re
from io import StringIO

import numpy as np
import pytest
import scipy.sparse as sp
import sklearn.feature_extraction.text as theirs
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.exceptions import NotFittedError
from sklearn.utils import murmurhash3_32

import pellucid
import pellucid.feature_extraction.text as ours
from pellucid.feature_extraction.text import (
    CountVectorizer,
    HashingVectorizer,
    TfidfTransformer,
    TfidfVectorizer,
)
from pellucid.feature_extraction.text import _counting as counting
from pellucid.feature_extraction.text._murmur import murmur3
from pellucid.feature_extraction.text._ngrams import (
    WORDS,
    CharNgrams,
    WordBoundaryNgrams,
    WordNgrams,
)
from pellucid.feature_extraction.text._numbers import count_pairs, number_keys, number_words

BOOK = [
    "The sun is shining",
    "The weather is sweet",
    "The sun is shining, the weather is sweet, and one and one is two",
]
texts = st.lists(st.text(st.sampled_from("ab_é中1 .\n\t\U0001d7d8\u0301٣\ud800"), max_size=40))
ngram_ranges = st.tuples(st.integers(1, 3), st.integers(0, 2)).map(lambda t: (t[0], t[0] + t[1]))


def same(a, b):
    assert a.shape == b.shape
    assert a.dtype == b.dtype
    for name in ("indptr", "indices", "data"):
        np.testing.assert_array_equal(getattr(a, name), getattr(b, name))


# --- known answers ------------------------------------------------------------------------------


def test_tfidf_of_the_book():
    """Raschka, Liu & Mirjalili (2022), chapter 8."""
    counts = CountVectorizer().fit(BOOK)
    words = ["and", "is", "one", "shining", "sun", "sweet", "the", "two", "weather"]
    assert list(counts.get_feature_names_out()) == words
    met = ["the", "sun", "is", "shining", "weather", "sweet", "and", "one", "two"]
    assert list(counts.vocabulary_) == met  # so it is printed
    assert [counts.vocabulary_[word] for word in met] == [6, 4, 1, 3, 8, 5, 0, 2, 7]
    fewer = CountVectorizer(min_df=2, max_features=3).fit(BOOK).vocabulary_
    assert list(fewer.items()) == [("the", 2), ("sun", 1), ("is", 0)]
    assert counts.transform(BOOK).toarray()[2].tolist() == [2, 3, 2, 1, 1, 1, 2, 1, 1]
    raw = TfidfTransformer(norm=None).fit_transform(counts.transform(BOOK)).toarray()[2]
    assert raw.round(2).tolist() == [3.39, 3.0, 3.39, 1.29, 1.29, 1.29, 2.0, 1.69, 1.29]
    tfidf = TfidfTransformer().fit_transform(counts.transform(BOOK)).toarray()[2]
    assert tfidf.round(2).tolist() == [0.5, 0.45, 0.5, 0.19, 0.19, 0.19, 0.3, 0.25, 0.19]


@pytest.mark.parametrize(
    ("key", "seed", "value"),  # from the author's own test program and widely used vectors
    [
        ("", 0, 0),
        ("", 1, 0x514E28B7),
        ("\0\0\0\0", 0, 0x2362F9DE),
        ("aaaa", 0x9747B28C, 0x5A97808A),
    ],
)
def test_murmur_hash(key, seed, value):
    assert murmur3([key], seed).view(np.uint32) == value


# --- compiled against plain ---------------------------------------------------------------------


@given(st.lists(st.binary(max_size=20), max_size=20), st.integers(0, 2**32 - 1))
def test_murmur_equals_scikit_learns(tokens, seed):
    assert murmur3(tokens, seed).tolist() == [murmurhash3_32(t, seed) for t in tokens]


@given(texts)
@settings(deadline=None)
def test_words_are_those_of_the_pattern(texts):
    words, rows, numbers = number_words(texts)
    assert len(set(words)) == len(words)
    for n, text in enumerate(texts):
        found = [words[number] for number in numbers[rows == n]]
        assert found == re.findall(r"(?u)\b\w\w+\b", text)


def test_word_characters_are_those_of_re():
    every = "".join(map(chr, range(0x110000)))
    words, _, _ = number_words([re.sub(r"(?s)(.)", r" \1\1", every)])
    assert "".join(word[0] for word in words) == "".join(re.findall(r"\w", every))


@pytest.mark.parametrize(
    "build",
    [
        lambda r: WordNgrams(r, WORDS.findall, None),
        lambda r: WordNgrams(r, WORDS.findall, frozenset(["ab", "aé"])),
        CharNgrams,
        WordBoundaryNgrams,
    ],
)
@given(texts, ngram_ranges)
@settings(deadline=None, max_examples=50)
def test_ngrams_of_a_batch_are_those_of_each_text(build, texts, ngram_range):
    ngrams = build(ngram_range)
    found = [[] for _ in texts]
    for names, rows, numbers, times in ngrams.of_batch(texts):
        assert len(set(names)) == len(names)
        for row, number, n in zip(rows, numbers, times, strict=True):
            found[row] += [names[number]] * n
    assert list(map(sorted, found)) == [sorted(ngrams.tokens(text)) for text in texts]


@given(st.lists(st.integers(-3, 10**12)))
def test_numbers_of_keys(keys):
    keys = np.array(keys, np.int64)
    distinct, numbers = number_keys(keys)
    np.testing.assert_array_equal(distinct[numbers], keys)
    assert sorted(distinct) == np.unique(keys).tolist()
    assert np.all(np.diff(np.unique(numbers, return_index=True)[1]) > 0)  # as they come


@given(st.lists(st.tuples(st.integers(0, 4), st.integers(0, 3))))
def test_counts_of_pairs(pairs):
    rows, numbers = np.array(sorted(pairs), np.int32).reshape(-1, 2).T
    found = np.transpose(count_pairs(rows, numbers, 4)).tolist()
    assert sorted(found) == [[*pair, pairs.count(pair)] for pair in sorted(set(pairs))]


@pytest.mark.parametrize(
    "options",
    [{}, {"ngram_range": (1, 2)}, {"analyzer": "char", "ngram_range": (2, 3)}, {"min_df": 2}],
)
def test_batches_of_any_size_give_the_same(monkeypatch, options):
    rng = np.random.default_rng(0)
    documents = [" ".join(rng.choice(["sun", "moon", "ῥόδον", "x"], 9)) for _ in range(40)]
    for build in (CountVectorizer, TfidfVectorizer, HashingVectorizer):
        options = {k: v for k, v in options.items() if k != "min_df" or build != HashingVectorizer}
        expected = build(**options).fit_transform(documents)
        for batch, small in [(1, 0), (100, 0), (1 << 20, 0), (100, 1000)]:
            monkeypatch.setattr(counting, "BATCH", batch)
            monkeypatch.setattr(counting, "SMALL", small)
            same(build(**options).fit_transform(documents), expected)
        monkeypatch.undo()


# --- what must be true --------------------------------------------------------------------------


@given(texts.filter(any), ngram_ranges, st.sampled_from(["word", "char", "char_wb"]))
@settings(deadline=None, max_examples=50)
def test_counts_equal_scikit_learns(texts, ngram_range, analyzer):
    a, b = (m.CountVectorizer(analyzer=analyzer, ngram_range=ngram_range) for m in (ours, theirs))
    try:
        expected = b.fit_transform(texts)
    except ValueError as error:
        with pytest.raises(ValueError, match=str(error)):
            a.fit_transform(texts)
        return
    for X in (expected, there := b.transform(texts[::-1])):
        X.sort_indices()
    same(a.fit_transform(texts), expected)
    assert a.vocabulary_ == b.vocabulary_
    same(a.transform(texts[::-1]), there)


def test_a_subclass_may_replace_a_step():
    class Stemming(CountVectorizer):
        def build_analyzer(self):
            analyze = super().build_analyzer()
            return lambda document: [word[:3] for word in analyze(document)]

    class Splitting(TfidfVectorizer):
        def build_tokenizer(self):
            return str.split

    assert list(Stemming().fit(BOOK).get_feature_names_out())[-2:] == ["two", "wea"]
    assert "shining," in Splitting().fit(BOOK).vocabulary_


def test_rows_have_norm_one_and_empty_documents_none():
    for norm, p in (("l1", 1), ("l2", 2)):
        for vectorizer in (TfidfVectorizer(norm=norm), HashingVectorizer(norm=norm)):
            X = vectorizer.fit_transform([*BOOK, ""]).toarray()
            np.testing.assert_allclose((np.abs(X) ** p).sum(axis=1), [1, 1, 1, 0], rtol=1e-15)


def test_the_hash_of_the_least_number_has_a_column():
    X = HashingVectorizer(n_features=1_000_000, ngram_range=(2, 2), norm=None).transform(
        ["22pcs efuture"]  # hashes to -2³¹
    )
    assert (X.indices.tolist(), X.data.tolist()) == ([2**31 % 1_000_000], [-1.0])


def test_tfidf_transforms_every_container():
    X = CountVectorizer().fit_transform(BOOK)
    expected = TfidfTransformer().fit_transform(X).toarray()
    for container in (sp.csr_matrix, sp.csr_array, sp.csc_matrix, sp.csc_array, np.asarray):
        Z = X.toarray() if container is np.asarray else container(X)
        out = TfidfTransformer().fit(Z).transform(Z)
        assert out.format == "csr"
        np.testing.assert_array_equal(out.toarray(), expected)


def test_float32_stays_float32():
    assert TfidfVectorizer(dtype=np.float32).fit_transform(BOOK).dtype == np.float32
    assert HashingVectorizer(dtype=np.float32).fit_transform(BOOK).dtype == np.float32
    with pytest.warns(UserWarning, match="converted to np.float64"):
        assert TfidfVectorizer(dtype=np.int64).fit_transform(BOOK).dtype == np.float64


def test_input_from_files(tmp_path):
    path = tmp_path / "poem.txt"
    path.write_bytes("ῥόδον ῥόδον".encode())
    for kind, document in {"filename": path, "file": StringIO("ῥόδον ῥόδον")}.items():
        assert CountVectorizer(input=kind).fit_transform([document]).toarray().tolist() == [[2]]
    assert CountVectorizer().fit(["ῥόδον".encode()]).vocabulary_ == {"ῥόδον": 0}
    latin = "caffè".encode("latin1")
    assert CountVectorizer(decode_error="ignore").fit([latin]).vocabulary_ == {"caff": 0}
    with pytest.raises(UnicodeDecodeError):
        CountVectorizer().fit([latin])


@pytest.mark.parametrize("options", [{}, {"ngram_range": (1, 2)}, {"analyzer": "char_wb"}])
def test_saved_and_pickled(tmp_path, options):
    for vectorizer in (CountVectorizer, HashingVectorizer, TfidfVectorizer):
        fitted = vectorizer(**options).fit(BOOK)
        pellucid.save(fitted, tmp_path / "v")
        for copy in (pellucid.load(tmp_path / "v"), pickle.loads(pickle.dumps(fitted))):
            same(copy.transform(BOOK), fitted.transform(BOOK))
            assert copy.get_params() == fitted.get_params()
        analyze = pickle.loads(pickle.dumps(fitted.build_analyzer()))
        assert analyze(BOOK[0]) == fitted.build_analyzer()(BOOK[0])


# --- bad and extreme input ----------------------------------------------------------------------


@pytest.mark.parametrize("build", [CountVectorizer, TfidfVectorizer, HashingVectorizer])
def test_what_is_no_document(build):
    with pytest.raises(ValueError, match="Iterable over raw text documents expected"):
        build().fit("one document")
    with pytest.raises(ValueError, match=r"np\.nan is an invalid document"):
        build().fit_transform(["a document", float("nan")])
    with pytest.raises(ValueError, match="lower boundary larger"):
        build(ngram_range=(2, 1)).fit(BOOK)


def test_no_documents_and_empty_ones():
    with pytest.raises(ValueError, match="empty vocabulary"):
        CountVectorizer().fit([])
    with pytest.raises(ValueError, match="empty vocabulary"):
        CountVectorizer().fit(["", "a b"])
    assert HashingVectorizer().transform([]).shape == (0, 2**20)
    assert CountVectorizer().fit(BOOK).transform([]).shape == (0, 9)
    assert CountVectorizer().fit(BOOK).transform(["", "moon"]).nnz == 0


@pytest.mark.parametrize(
    ("vocabulary", "message"),
    [
        ({}, "empty vocabulary passed to fit"),
        ({"a": 1}, "doesn't contain index 0"),
        ({"a": 0, "b": 0}, "repeated indices"),
        (["a", "b", "a"], "Duplicate term in vocabulary: 'a'"),
    ],
)
def test_a_vocabulary_that_is_none(vocabulary, message):
    with pytest.raises(ValueError, match=message):
        CountVectorizer(vocabulary=vocabulary).fit(BOOK)


def test_unfitted():
    for model, method in [
        (CountVectorizer(), "transform"),
        (TfidfVectorizer(), "transform"),
        (CountVectorizer(), "inverse_transform"),
        (TfidfTransformer(), "transform"),
    ]:
        with pytest.raises(NotFittedError):
            getattr(model, method)(np.ones((1, 1)))


def test_pruning():
    with pytest.raises(ValueError, match="max_df corresponds to < documents than min_df"):
        CountVectorizer(min_df=3, max_df=2).fit(BOOK)
    with pytest.raises(ValueError, match="no terms remain"):
        CountVectorizer(min_df=4, max_df=5).fit(BOOK)
    words = CountVectorizer(max_df=0.7).fit(BOOK).get_feature_names_out()
    assert list(words) == ["and", "one", "shining", "sun", "sweet", "two", "weather"]


def test_idf_of_extreme_counts():
    X = sp.csr_array(np.array([[1e150, 0], [1e-150, 0]]))
    for smooth in (True, False):
        model = TfidfTransformer(norm="l1", smooth_idf=smooth)
        if smooth:
            np.testing.assert_array_equal(model.fit_transform(X).toarray(), [[1, 0], [1, 0]])
        else:
            with pytest.warns(RuntimeWarning, match="divide by zero"):
                model.fit(X)
