"""Threads that share the pieces of one task after the other, and values in order by their bits."""

import threading

import numba
import numpy as np
import pytest
from numpy.testing import assert_array_equal

from pellucid._atomic import pause
from pellucid._team import NONE, announce, assemble, close, finish, follow, linger, take, wait
from pellucid.ensemble._sort import sort

TASKS, PIECES = 5_000, 7


@numba.njit(nogil=True)  # not kept on disk, where a change of the team would go unseen
def lead(team, done, before):
    """Tasks of one piece up to seven; what a task finds is what the one before left."""
    for task in range(TASKS):
        pieces = 1 + task % PIECES
        for k in range(PIECES):
            before[task, k] = done[k]
        announce(team, pieces)
        piece = 0
        while piece != NONE:
            for _ in range(40):
                pause()  # for the others, who shall have some
            done[piece] += 1
            finish(team)
            piece = take(team)
        wait(team)
    close(team)


@numba.njit(nogil=True)
def help_out(team, done):
    piece = follow(team)
    while piece != NONE:
        for _ in range(50):
            pause()  # for the leader, who has to wait
        done[piece] += 1
        finish(team)
        piece = follow(team)


@pytest.mark.parametrize("followers", [0, 1, 3])
def test_each_piece_is_done_once_and_before_the_next_task(followers):
    team, done, before = assemble(), np.zeros(PIECES, np.int64), np.zeros((TASKS, PIECES), np.int64)
    threads = [threading.Thread(target=help_out, args=(team, done)) for _ in range(followers)]
    for thread in threads:
        thread.start()
    lead(team, done, before)
    for thread in threads:
        thread.join()
    asked = 1 + np.arange(TASKS)[:, None] % PIECES > np.arange(PIECES)
    assert_array_equal(done, asked.sum(0))
    assert_array_equal(before[1:], asked.cumsum(0)[:-1])


def test_a_follower_of_nobody_leaves():
    team = assemble()
    help_out(team, np.zeros(PIECES, np.int64))  # before anything is announced
    announce(team, 2)
    finish(team)
    done = np.zeros(PIECES, np.int64)
    help_out(team, done)  # with nothing more to come
    assert_array_equal(done, [0, 1, 0, 0, 0, 0, 0])
    wait(team)
    close(team)
    help_out(team, done)  # and after the end


def test_who_lingers_leaves_for_the_next_task_or_when_none_comes():
    offers = np.array([3])
    linger(offers, 2)  # there has been one meanwhile
    linger(offers, 3)
    thread = threading.Thread(target=linger, args=(offers, 3))
    thread.start()
    offers[0] += 1
    thread.join(60)
    assert not thread.is_alive()


@pytest.mark.parametrize("n", [0, 1, 2, 1000, 70_000])
def test_sorted_by_their_bits(n):
    rng = np.random.default_rng(n)
    for x in (
        rng.normal(size=n) * 10.0 ** rng.integers(-300, 300, n),
        rng.integers(-3, 4, n).astype(float),
        rng.choice([np.inf, -np.inf, 0.0, -0.0, 5e-324, -5e-324], n),
        np.full(n, -7.5),
    ):
        assert_array_equal(sort(x), np.sort(x))
