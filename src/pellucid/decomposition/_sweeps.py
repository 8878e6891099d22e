"""A block of a sweep of collapsed Gibbs sampling for topics, word by word.

    p(z = k | all other z) ∝ (α + n_dk) q_k,     q_k = (β + n_kw) / (Vβ + n_k),    without z itself

Of few topics all K terms are added up, whole vectors at a time.  Of many, the sum is taken in two
parts, α q and n_d q.  The first is kept in a binary tree of partial sums: a token changes two
leaves and so 2 log₂ K of its nodes, and a draw goes down it in log₂ K steps (Yu et al. 2015).  The
second has no more terms than the document has topics.  So a token costs log K and the few topics
of its document, not K.  Between two words the leaves of the first word's topics alone change.
"""

import numpy as np

from pellucid._compile import kernel

__all__ = ["put", "sweep_by_lists", "sweep_by_table"]


@kernel(fastmath={"reassoc", "contract"})
def sweep_by_table(
    document,
    topic,
    starts,
    table,
    sizes,
    first_word,
    last_word,
    part,
    draws,
    alpha,
    beta,
):
    """Draw z of the tokens of one block; ``table`` (N, K) is n_dk."""
    K, smooth = len(sizes), beta * len(starts)
    of_word = np.empty(K, np.int32)  # n_kw
    q, p = np.empty(K), np.empty(K)
    for w in range(first_word, last_word):
        of_word[:] = 0
        for t in range(starts[w, 0], starts[w, -1]):
            of_word[topic[t]] += 1
        for k in range(K):
            q[k] = (beta + of_word[k]) / (smooth + sizes[k])
        for t in range(starts[w, part], starts[w, part + 1]):
            own, k = table[document[t]], topic[t]
            _change(k, -1, own, of_word, sizes, q, beta, smooth)
            total = 0.0
            for j in range(K):
                p[j] = (alpha + own[j]) * q[j]
                total += p[j]
            topic[t] = _choose(p, draws[t] * total)
            _change(topic[t], 1, own, of_word, sizes, q, beta, smooth)


@kernel(borrows=True)
def _change(k, by, own, of_word, sizes, q, beta, smooth):
    """A token more, or less, of topic k."""
    own[k] += by
    of_word[k] += by
    sizes[k] += by
    q[k] = (beta + of_word[k]) / (smooth + sizes[k])


@kernel(borrows=True)
def _choose(p, u):
    """The place at which the sum of p passes u: by eights, then one by one."""
    k = 0
    while k < len(p) - 8:
        eight = ((p[k] + p[k + 1]) + (p[k + 2] + p[k + 3])) + (
            (p[k + 4] + p[k + 5]) + (p[k + 6] + p[k + 7])
        )
        if u < eight:
            break
        u -= eight
        k += 8
    while k < len(p) - 1 and u >= p[k]:
        u -= p[k]
        k += 1
    return k


@kernel(fastmath={"reassoc", "contract"})
def sweep_by_lists(
    document,
    topic,
    starts,
    lists,
    used,
    topics,
    counts,
    sizes,
    first_word,
    last_word,
    part,
    draws,
    alpha,
    beta,
):
    """Draw z of the tokens of one block; ``lists`` and the next three are ``Mixtures``."""
    K, smooth = len(sizes), beta * len(starts)
    leaves = 1
    while leaves < K:
        leaves *= 2
    tree = np.zeros(2 * leaves)
    for k in range(K):
        tree[leaves + k] = beta / (smooth + sizes[k])
    for node in range(leaves - 1, 0, -1):
        tree[node] = tree[2 * node] + tree[2 * node + 1]
    of_word = np.zeros(K, np.int32)  # n_kw
    met = np.empty(K, np.int32)  # the topics that the word has, or had
    is_met = np.zeros(K, np.bool_)
    for w in range(first_word, last_word):
        n_met = 0
        for t in range(starts[w, 0], starts[w, -1]):
            n_met = _meet(met, n_met, is_met, topic[t])
            of_word[topic[t]] += 1
        for k in met[:n_met]:
            _set(tree, leaves + k, (beta + of_word[k]) / (smooth + sizes[k]))
        for t in range(starts[w, part], starts[w, part + 1]):
            d, k = document[t], topic[t]
            of_word[k] -= 1
            sizes[k] -= 1
            _set(tree, leaves + k, (beta + of_word[k]) / (smooth + sizes[k]))
            start, end = lists[d], lists[d] + used[d]
            own = 0.0  # Σ_k n_dk q_k
            place = start
            for j in range(start, end):
                if topics[j] == k:
                    counts[j] -= 1
                    place = j
                own += counts[j] * tree[leaves + topics[j]]
            u = draws[t] * (own + alpha * tree[1])
            new = start
            if u < own:
                u -= counts[new] * tree[leaves + topics[new]]
                while u >= 0 and new < end - 1:
                    new += 1
                    u -= counts[new] * tree[leaves + topics[new]]
                k = topics[new]
            else:
                k = _find(tree, leaves, (u - own) / alpha)
                while new < end and topics[new] != k:
                    new += 1
            if new == end:  # new to the document: it takes the place that came free, or one more
                if counts[place] == 0:
                    new = place
                else:
                    used[d] += 1
                topics[new], counts[new] = k, 0
            counts[new] += 1
            if counts[place] == 0:  # the last of the list takes an empty place
                used[d] -= 1
                topics[place], counts[place] = (
                    topics[lists[d] + used[d]],
                    counts[lists[d] + used[d]],
                )
            topic[t] = k
            n_met = _meet(met, n_met, is_met, k)
            of_word[k] += 1
            sizes[k] += 1
            _set(tree, leaves + k, (beta + of_word[k]) / (smooth + sizes[k]))
        for k in met[:n_met]:
            of_word[k], is_met[k] = 0, False
            _set(tree, leaves + k, beta / (smooth + sizes[k]))


@kernel(borrows=True)
def _meet(met, n_met, is_met, k):
    """Put k into the list unless it is there; how long the list is then."""
    if is_met[k]:
        return n_met
    is_met[k], met[n_met] = True, k
    return n_met + 1


@kernel(borrows=True)
def _set(tree, node, value):
    tree[node] = value
    while node > 1:
        value += tree[node ^ 1]  # the other child of the same parent
        node >>= 1
        tree[node] = value


@kernel(borrows=True)
def _find(tree, leaves, u):
    """The leaf at which the sum of the leaves from the left passes u."""
    node = 1
    while node < leaves:
        node *= 2
        if u >= tree[node] and tree[node + 1] > 0:
            u -= tree[node]
            node += 1
    return node - leaves


@kernel(borrows=True)
def put(topics, counts, start, used, d, k):
    """One token more of topic k in document d."""
    for j in range(start, start + used[d]):
        if topics[j] == k:
            counts[j] += 1
            return
    topics[start + used[d]], counts[start + used[d]] = k, 1
    used[d] += 1
