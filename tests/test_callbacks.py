"""Steps are a plain range to whom nobody listens, and tell all to whom somebody does."""

import contextvars
import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

from pellucid.base import Estimator
from pellucid.callbacks import Step, listen, progress_bar, steps


class Loop(Estimator):
    def __init__(self, n=3, inner=None, verbose=0, fail_at=None, stop_at=None):
        self.n = n
        self.inner = inner
        self.verbose = verbose
        self.fail_at = fail_at
        self.stop_at = stop_at

    def fit(self):
        self.seen_ = []
        for i in steps(self, self.n, "epoch"):
            if i == self.fail_at:
                raise RuntimeError("the loop broke")
            if i == self.stop_at:
                break
            self.seen_.append(i)
            if self.inner is not None:
                self.inner.fit()
        return self


def record(model):
    """(who, how much is done, is it the end) of every step of a fit."""
    told = []
    with listen(told.append):
        model.fit()
    return [(step.estimator, step.done, step.finished) for step in told]


@pytest.fixture
def terminal(monkeypatch):
    """What is drawn is drawn as on a terminal."""
    monkeypatch.setenv("FORCE_COLOR", "1")
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.setenv("COLUMNS", "80")
    for name in ("NO_COLOR", "TTY_COMPATIBLE", "TTY_INTERACTIVE"):
        monkeypatch.delenv(name, raising=False)


def test_without_listeners_steps_are_a_range(capsys):
    assert list(steps(object(), 4)) == [0, 1, 2, 3]
    assert list(steps(object(), 0)) == []
    assert Loop().fit().seen_ == [0, 1, 2]
    assert capsys.readouterr() == ("", "")


def test_a_listener_hears_each_step_and_the_end():
    model, told = Loop(n=2), []
    with listen(told.append) as listener:
        assert listener == told.append
        model.fit()
    assert told == [
        Step(model, "epoch", 0, 2, False),
        Step(model, "epoch", 1, 2, False),
        Step(model, "epoch", 2, 2, True),
    ]
    assert model.seen_ == [0, 1]
    told.clear()
    model.fit()
    assert told == [], "nobody listens any more"


def test_the_end_is_told_however_the_loop_is_left():
    model = Loop(stop_at=1)
    assert record(model) == [(model, 0, False), (model, 1, False), (model, 1, True)]
    model = Loop(n=0)
    assert record(model) == [(model, 0, True)]
    model, told = Loop(fail_at=1), []
    with pytest.raises(RuntimeError, match="the loop broke"), listen(told.append):
        model.fit()
    assert [step.finished for step in told] == [False, False, True]


def test_a_fit_within_a_fit_tells_its_own_steps():
    inner = Loop(n=1)
    outer = Loop(n=2, inner=inner)
    once = [(inner, 0, False), (inner, 1, True)]
    assert record(outer) == [
        (outer, 0, False), *once, (outer, 1, False), *once, (outer, 2, True),
    ]  # fmt: skip


def test_two_listeners_both_hear():
    first, second = [], []
    with listen(first.append), listen(second.append):
        Loop(n=1).fit()
    assert first == second and len(first) == 2


@pytest.mark.parametrize("number", range(3))
def test_what_a_listener_does_not_change_is_the_fit(number):
    assert Loop(n=number).fit().seen_ == list(range(number))
    with listen(lambda step: None):
        assert Loop(n=number).fit().seen_ == list(range(number))


def test_a_bar_is_drawn_on_the_error_stream_and_names_the_model(terminal, capsys):
    with progress_bar():
        Loop(n=2, inner=Loop(n=1)).fit()
    out, err = capsys.readouterr()
    assert out == ""
    assert "Loop, epoch" in err and "/2" in err


def test_verbose_draws_and_silence_does_not(terminal, capsys):
    Loop(verbose=1).fit()
    out, err = capsys.readouterr()
    assert out == "" and "Loop, epoch" in err
    Loop().fit()
    assert capsys.readouterr() == ("", "")


def test_a_verbose_fit_inside_a_bar_is_drawn_by_that_bar(terminal, capsys):
    with progress_bar():
        outer = Loop(n=2, verbose=1, inner=Loop(n=1, verbose=1))
        told = record(outer)
    assert len(told) == 3 + 2 * 2
    cursor_hidden = capsys.readouterr().err.count("\x1b[?25l")
    assert cursor_hidden == 1, "one bar, not one in another"


@pytest.mark.parametrize("outer", [0, 1])
def test_an_exception_closes_the_bar(outer, terminal, capsys):
    with pytest.raises(RuntimeError, match="the loop broke"):
        Loop(verbose=1, inner=Loop(verbose=outer, fail_at=1)).fit()
    err = capsys.readouterr().err
    assert err.count("\x1b[?25l") == err.count("\x1b[?25h") == 1, "the cursor is shown again"
    assert record(Loop(n=1))[-1][2], "and no listener is left behind"


def test_each_thread_has_its_own_listeners():
    together = threading.Barrier(4)

    def run(n):
        model = Loop(n=n)
        together.wait(10)
        return record(model) == [(model, done, done == n) for done in range(n + 1)]

    with ThreadPoolExecutor(4) as pool:
        assert list(pool.map(run, [1, 2, 50, 50])) == [True] * 4


def test_one_bar_may_follow_fits_in_many_threads(terminal, capsys):
    with progress_bar():
        fits = [contextvars.copy_context() for _ in range(8)]
        with ThreadPoolExecutor(4) as pool:
            models = list(pool.map(lambda context: context.run(Loop(n=20).fit), fits))
    assert all(model.seen_ == list(range(20)) for model in models)
    assert capsys.readouterr().err.count("\x1b[?25l") == 1


def test_what_is_compiled_has_a_line_of_its_own(terminal, capsys):
    import numba

    @numba.njit
    def inner(x):
        return x + 1

    @numba.njit
    def outer(x):
        return inner(x) * 2

    with progress_bar():
        assert outer(1) == 4
        Loop(n=1).fit()
    assert "compiling, once for this machine" in capsys.readouterr().err


def test_nested_compilations_begin_and_end_once():
    import numba

    from pellucid._compile import watch_compiling

    @numba.njit
    def inner(x):
        return x + 1

    @numba.njit
    def outer(x):
        return inner(x) * 2

    told = []
    with watch_compiling(lambda: told.append("begin"), lambda: told.append("end")):
        outer(1), outer(2)
    assert told == ["begin", "end"]
    outer(1.0)
    assert told == ["begin", "end"], "nobody watches any more"
