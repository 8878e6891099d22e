"""Hidden Markov models by their definition: the sum over every path of states."""

import itertools

import numpy as np


def enumerate_paths(start, transitions, log_density):
    """log p(x), posteriors, expected transitions, the best path and its log p; filtered too."""
    T, K = log_density.shape
    with np.errstate(divide="ignore"):
        log_start, log_transitions = np.log(start), np.log(transitions)
    paths = np.array(list(itertools.product(range(K), repeat=T)))
    log_joint = log_start[paths[:, 0]] + log_density[np.arange(T), paths].sum(axis=1)
    log_joint += log_transitions[paths[:, :-1], paths[:, 1:]].sum(axis=1)
    log_prob = np.logaddexp.reduce(log_joint)
    share = np.exp(log_joint - log_prob)
    posterior = np.stack([share @ (paths == k) for k in range(K)], axis=1)
    xi = np.array(
        [
            [share @ ((paths[:, :-1] == i) & (paths[:, 1:] == j)).sum(axis=1) for j in range(K)]
            for i in range(K)
        ]
    )
    best = log_joint.argmax()
    return log_prob, posterior, xi, paths[best], log_joint[best]


def simple_forward_backward(start, transitions, log_density):
    """By loops over logarithms, in long doubles: log p(x), posteriors, expected transitions."""
    T, K = log_density.shape
    with np.errstate(divide="ignore"):
        A = np.log(transitions.astype(np.longdouble))
        alpha = np.empty((T, K), dtype=np.longdouble)
        alpha[0] = np.log(start.astype(np.longdouble)) + log_density[0]
    beta = np.zeros((T, K), dtype=np.longdouble)
    for t in range(1, T):
        alpha[t] = log_density[t] + np.logaddexp.reduce(alpha[t - 1][:, None] + A, axis=0)
    for t in range(T - 2, -1, -1):
        beta[t] = np.logaddexp.reduce(A + log_density[t + 1] + beta[t + 1], axis=1)
    log_prob = np.logaddexp.reduce(alpha[-1])
    xi = sum(
        np.exp(alpha[t - 1][:, None] + A + log_density[t] + beta[t] - log_prob) for t in range(1, T)
    )
    return float(log_prob), np.exp(alpha + beta - log_prob).astype(float), np.asarray(xi, float)
