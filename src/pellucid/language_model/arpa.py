r"""ARPA files: the text in which back-off models are exchanged (Paul & Baker 1992).

    \data\
    ngram 1=3                 how many n-grams of each order
    \1-grams:
    -0.5 <s> -0.3             log₁₀ prob, the n-gram, log₁₀ weight (0 if left out)
    \2-grams:
    -0.2 <s> a
    \end\
"""

import gzip
import re
from itertools import chain, islice, pairwise

import numpy as np

from pellucid.language_model._base import NgramModel
from pellucid.language_model._trie import Trie

__all__ = ["ArpaModel", "read_arpa", "write_arpa"]

NEVER = -99.0  # what stands for the logarithm of zero


class ArpaModel(NgramModel):
    """A back-off model as an ARPA file states it; ``read_arpa`` makes one.

        p(w | h) = prob(hw) if it is in the file, else weight(h) · p(w | h without its first word)

    A sentence gets one padding at either end, "<s>" and "</s>".

    Parameters
    ----------
    order : int
        The most words of an n-gram.
    """

    def __init__(self, order):
        self.order = order

    @property
    def _pads(self):
        return min(1, self.order - 1)


def read_arpa(path):
    """The model in an ARPA file, compressed if its name ends in .gz.

    The unknown word is the one that is called <unk> or <UNK>; without it, words that are not in
    the file have probability zero.
    """
    with _open(path, "rt") as file:
        lines = filter(None, map(str.strip, file))
        sizes = _read_sizes(lines, path)
        levels, probs, weights, ids = [], [], [], {}
        for k, size in enumerate(sizes, 1):
            grams, logs = _read_section(lines, k, size, path)
            if k == 1:
                ids = {word: i for i, (word,) in enumerate(grams)}
            keys = _keys(grams, ids, levels, path)
            place = np.argsort(keys)
            if np.any(np.diff(keys[place]) == 0) or len(ids) != sizes[0]:
                raise ValueError(f"{path} has an n-gram of {k} words twice")
            levels.append(keys[place])
            prob, weight = np.where(logs <= NEVER, 0, 10.0**logs)[place].T
            probs.append(prob)
            weights.append(weight)
    model = ArpaModel(order=len(sizes))
    model.trie_ = Trie.from_levels(
        [_level(keys, len(shorter), len(ids)) for shorter, keys in pairwise([[0], *levels])]
    )
    model.ids_, model.unseen_ = ids, (0.0, 1.0)
    model.unknown_ = next((i for word, i in ids.items() if word.lower() == "<unk>"), -1)
    model.prob_ = np.concatenate(probs)
    model.weight_ = np.concatenate([np.zeros(0), *weights[:-1]])
    return model


def write_arpa(model, path):
    """Write a back-off model to an ARPA file, compressed if its name ends in .gz.

    Fifteen digits are written.  Interpolated models are back-off models: what a word that was seen
    gets from the shorter context is part of its probability.  MLE, Lidstone, Laplace and
    StupidBackoff are none, and refused.
    """
    model._check_is_fitted()
    if not model._chain or model.unseen_[1] != 1:
        raise ValueError(
            f"a {type(model).__name__} is no back-off model; an ARPA file cannot say it"
        )
    words, trie = list(model.ids_), model.trie_
    if bad := [w for w in words if not isinstance(w, str) or w.split() != [w]]:
        raise ValueError(f"a word of an ARPA file is a string without white space, not {bad[0]!r}")
    sizes = np.diff((0, *trie.ends)).tolist()
    while len(sizes) > 1 and not sizes[-1]:
        sizes.pop()
    with np.errstate(divide="ignore"):
        prob = np.maximum(np.log10(model.prob_), NEVER)
        weight = np.maximum(np.log10(model.weight_), NEVER)
    with _open(path, "wt") as file:
        file.write("\\data\\\n")
        file.writelines(f"ngram {k}={size}\n" for k, size in enumerate(sizes, 1))
        for k in range(1, len(sizes) + 1):
            file.write(f"\n\\{k}-grams:\n")
            nodes = trie.level(k)
            texts = map(" ".join, zip(*_columns(trie, words, k), strict=True))
            rows = zip(prob[nodes].tolist(), texts, strict=True)
            if k < len(sizes):
                ends = (f"\t{w:.15g}\n" for w in weight[nodes].tolist())
            else:
                ends = ("\n" for _ in range(sizes[k - 1]))
            file.writelines(f"{p:.15g}\t{t}{end}" for (p, t), end in zip(rows, ends, strict=True))
        file.write("\n\\end\\\n")


def _open(path, mode):
    opener = gzip.open if str(path).endswith(".gz") else open
    return opener(path, mode, encoding="utf-8", newline="\n")


def _columns(trie, words, k):
    """The first, second ... k-th words of the n-grams of k words."""
    node, columns = np.arange(trie.ends[k - 1] - trie.level(k).start), []
    for j in range(k, 0, -1):
        columns.append([words[w] for w in trie.word[trie.level(j)][node].tolist()])
        node = trie.parents(j)[node] if j > 1 else node
    return columns[::-1]


def _read_sizes(lines, path):
    sizes, header = [], False
    for line in lines:
        if line == "\\1-grams:" and sizes:
            return sizes
        found = re.fullmatch(r"ngram\s+(\d+)\s*=\s*(\d+)", line)
        if header and found and int(found[1]) == len(sizes) + 1:
            sizes.append(int(found[2]))
        elif header:
            break
        header = header or line == "\\data\\"
    raise ValueError(f"{path} is no ARPA file: the sizes after \\data\\ are not as they should be")


def _read_section(lines, k, size, path):
    """The words of the n-grams of k words, and the logarithms of prob and weight (size, 2)."""
    rows = [line.split() for line in islice(lines, size)]
    end = next(lines, None)
    if len(rows) < size or end not in (f"\\{k + 1}-grams:", "\\end\\"):
        raise ValueError(f"{path} does not have the {size} n-grams of {k} words that it announces")
    if set(map(len, rows)) - {k + 1, k + 2}:
        raise ValueError(f"{path} has a line among the n-grams of {k} words that is none")
    logs = np.array([(row[0], row[k + 1] if len(row) > k + 1 else 0) for row in rows], np.float64)
    return [tuple(row[1 : k + 1]) for row in rows], logs.reshape(size, 2)


def _keys(grams, ids, levels, path):
    """context · V + word of each n-gram, the context being numbered within its order."""
    try:
        numbers = np.fromiter(map(ids.__getitem__, chain.from_iterable(grams)), np.int64)
    except KeyError as error:
        raise ValueError(f"{path} has no n-gram of one word {error}") from error
    numbers = numbers.reshape(len(grams), -1 if grams else len(levels) + 1)  # (n, k)
    keys = numbers[:, 0]
    for column, shorter in zip(numbers.T[1:], levels, strict=True):
        place = np.searchsorted(shorter, keys)
        if np.any(shorter[np.minimum(place, len(shorter) - 1)] != keys):
            raise ValueError(f"{path} has an n-gram without the one that it begins with")
        keys = place * len(ids) + column
    return keys


def _level(keys, n_contexts, V):
    """A level (see ``_counting``) of sorted keys."""
    first = np.searchsorted(keys, np.arange(n_contexts + 1) * V)
    return (keys % V).astype(np.int32), np.ones(len(keys), np.int32), first
