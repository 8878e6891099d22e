"""Kernel regression: statsmodels' values, the definition, and bandwidths that leave one out."""

import tracemalloc

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.testing import assert_allclose, assert_array_equal
from sklearn.exceptions import NotFittedError

import pellucid
from pellucid import reduction
from pellucid.neighbors import KernelRegression
from pellucid.neighbors._smoothing import kernel_sums

KERNELS = {
    "gaussian": lambda u: np.exp(-(u**2) / 2),
    "tophat": lambda u: (u < 1).astype(float),
    "epanechnikov": lambda u: np.maximum(1 - u**2, 0),
    "exponential": lambda u: np.exp(-u),
    "linear": lambda u: np.maximum(1 - u, 0),
    "cosine": lambda u: np.where(u < 1, np.cos(np.pi * u / 2), 0),
}


def _data(n=80, d=2, seed=0):
    rng = np.random.default_rng(seed)
    X = rng.normal(size=(n, d))
    return X, np.sin(2 * X[:, 0]) + rng.normal(scale=0.2, size=n)


def _distances(A, B):
    return np.sqrt(((A[:, None] - B) ** 2).sum(axis=2))


def _by_definition(k, h, X, y, s, T):
    """Σ s k y / Σ s k, and the mean of the nearest targets where that is 0/0."""
    d = _distances(T, X)
    w = s * k(d / h)  # (M, N)
    nearest = s * (d == d.min(axis=1, keepdims=True))
    w = np.where(w.sum(axis=1, keepdims=True) > 0, w, nearest)
    return (w / w.sum(axis=1, keepdims=True)) @ y


# -- agreement ---------------------------------------------------------------------------------


@pytest.mark.parametrize("d", [1, 3])
@pytest.mark.parametrize("h", [0.2, 1.0])
def test_gaussian_equals_statsmodels(d, h):
    from statsmodels.nonparametric.kernel_regression import KernelReg

    X, y = _data(d=d)
    T = np.random.default_rng(1).normal(size=(30, d))
    theirs = KernelReg(y, X, "c" * d, reg_type="lc", bw=[h] * d, rng=np.random.default_rng(0))
    ours = KernelRegression(bandwidth=h).fit(X, y)
    assert_allclose(ours.predict(T), theirs.fit(T)[0], rtol=1e-9)
    error = ours._leave_one_out_error(h)
    assert_allclose(error, theirs.cv_loo(np.full(d, h), theirs.est["lc"]).item(), rtol=1e-9)


def test_the_bandwidth_is_statsmodels_least_squares_one():
    from statsmodels.nonparametric.kernel_regression import KernelReg

    X, y = _data(d=1)
    theirs = KernelReg(y, X, "c", reg_type="lc", bw="cv_ls", rng=np.random.default_rng(0))
    ours = KernelRegression(bandwidth="leave-one-out").fit(X, y)
    assert_allclose(ours.bandwidth_, theirs.bw.item(), rtol=5e-3)
    at_theirs = theirs.cv_loo(theirs.bw, theirs.est["lc"]).item()
    assert_allclose(ours.leave_one_out_error_, at_theirs, rtol=1e-4)


@pytest.mark.parametrize("kernel", KERNELS)
@pytest.mark.parametrize("h", [0.05, 0.5, 30.0])
def test_every_kernel_equals_the_definition(kernel, h):
    X, y = _data()
    s = np.random.default_rng(2).integers(0, 4, len(X)).astype(float)
    T = np.vstack([X, np.random.default_rng(1).normal(size=(40, 2)) * 3])
    expected = _by_definition(KERNELS[kernel], h, X[s > 0], y[s > 0], s[s > 0], T)
    if kernel == "gaussian" and h == 0.05:  # 40 bandwidths off, the definition is 0/0
        near = _distances(T, X[s > 0]).min(axis=1) < 1
        T, expected = T[near], expected[near]
    model = KernelRegression(kernel, bandwidth=h).fit(X, y, sample_weight=s)
    assert_allclose(model.predict(T), expected, rtol=1e-9, atol=1e-12)


def test_blocks_and_tiles_do_not_show():
    rng = np.random.default_rng(0)
    X, T = rng.normal(size=(1500, 3)), rng.normal(size=(700, 3))
    y = rng.normal(size=1500)
    for kernel, k in KERNELS.items():
        model = KernelRegression(kernel, bandwidth=0.4).fit(X, y)
        expected = _by_definition(k, 0.4, X, y, np.ones(1500), T)
        assert_allclose(model.predict(T), expected, rtol=1e-9, atol=1e-12, err_msg=kernel)


@pytest.mark.parametrize("kernel", ["gaussian", "exponential"])
def test_the_largest_term_may_come_last(kernel):
    """The sums are taken about the largest so far: examples that come nearer with each tile."""
    E = np.linspace(200, 1, 2000)[:, None]
    top, sums = kernel_sums(np.zeros((1, 1)), E, np.ones((2000, 1)), kernel)
    logs = -(E**2) / 2 if kernel == "gaussian" else -E
    assert_allclose(top + np.log(sums), np.logaddexp.reduce(logs, keepdims=True), rtol=1e-12)


# -- what must be true -------------------------------------------------------------------------


@pytest.mark.parametrize("kernel", [*KERNELS, KERNELS["gaussian"]])
def test_leave_one_out_is_a_fit_without_that_row(kernel):
    X, y = _data(40)
    s = np.random.default_rng(2).uniform(0.5, 2, 40)
    model = KernelRegression(kernel, bandwidth=0.3).fit(X, y, sample_weight=s)
    left_out = model._averages(model.X_fit_, 0.3, np.arange(40))[:, 0]
    for n in range(40):
        rest = np.arange(40) != n
        without = KernelRegression(kernel, bandwidth=0.3).fit(X[rest], y[rest], s[rest])
        assert_allclose(left_out[n], without.predict(X[[n]])[0], rtol=1e-9)


@pytest.mark.parametrize("kernel", ["gaussian", "exponential"])
def test_leave_one_out_residuals_follow_from_the_hat_matrix(kernel):
    X, y = _data(60)
    model = KernelRegression(kernel, bandwidth=0.5).fit(X, y)
    H = KernelRegression(kernel, bandwidth=0.5).fit(X, np.eye(60)).predict(X)
    short_cut = (y - H @ y) / (1 - np.diag(H))
    left_out = model._averages(model.X_fit_, 0.5, np.arange(60))[:, 0]
    assert_allclose(y - left_out, short_cut, rtol=1e-8)
    assert_allclose(model._leave_one_out_error(0.5), np.mean(short_cut**2), rtol=1e-9)


@pytest.mark.parametrize("kernel", KERNELS)
def test_no_bandwidth_of_a_fine_grid_is_better_than_the_chosen(kernel):
    X, y = _data(100, 1)
    model = KernelRegression(kernel, bandwidth="leave-one-out").fit(X, y)
    at_its_own = model._leave_one_out_error(model.bandwidth_)
    assert_allclose(model.leave_one_out_error_, at_its_own, rtol=1e-12)
    errors = [model._leave_one_out_error(h) for h in np.geomspace(1e-3, 10, 400)]
    # jagged for a compact kernel, and smooth for an endless one
    slack = 1e-4 if kernel in ("gaussian", "exponential") else 0.05
    assert model.leave_one_out_error_ <= min(errors) * (1 + slack)


@pytest.mark.parametrize("kernel", KERNELS)
def test_weighting_a_row_twice_equals_repeating_it(kernel):
    X, y = _data()
    s = np.random.default_rng(3).integers(0, 4, len(X))
    T = np.random.default_rng(1).normal(size=(30, 2)) * 2
    weighted = KernelRegression(kernel, bandwidth=0.3).fit(X, y, sample_weight=s)
    repeated = KernelRegression(kernel, bandwidth=0.3).fit(X.repeat(s, axis=0), y.repeat(s))
    assert_allclose(weighted.predict(T), repeated.predict(T), rtol=1e-9)
    scaled = KernelRegression(kernel, bandwidth=0.3).fit(X, y, sample_weight=s * 1e-200)
    assert_allclose(scaled.predict(T), weighted.predict(T), rtol=1e-12)


@settings(max_examples=30, deadline=None)
@given(
    kernel=st.sampled_from(sorted(KERNELS)),
    log_h=st.floats(-12, 12),
    shift=st.floats(-1e6, 1e6),
)
def test_predictions_are_averages_wherever_the_table_lies(kernel, log_h, shift):
    """Between the least and the largest target, exact for a constant, unmoved by a shift of X."""
    X, y = _data(50)
    X, T = np.round(X * 1024) / 1024, np.round(_data(20, seed=5)[0] * 4096) / 1024
    shift = np.round(shift)
    h = float(np.exp(log_h))
    predicted = KernelRegression(kernel, bandwidth=h).fit(X, y).predict(T)
    assert predicted.min() >= y.min() - 1e-9 and predicted.max() <= y.max() + 1e-9
    moved = KernelRegression(kernel, bandwidth=h).fit(X + shift, y).predict(T + shift)
    assert_allclose(moved, predicted, atol=1e-5)
    constant = KernelRegression(kernel, bandwidth=h).fit(X, np.full(50, 7.0)).predict(T)
    assert_allclose(constant, 7.0, rtol=1e-12)


@pytest.mark.parametrize("kernel", KERNELS)
@pytest.mark.parametrize("bandwidth", ["scott", "silverman", "leave-one-out"])
def test_a_chosen_bandwidth_scales_with_the_table(kernel, bandwidth):
    X, y = _data()
    small, large = (
        KernelRegression(kernel, bandwidth=bandwidth).fit(X * unit, y) for unit in (1, 1024)
    )
    assert_allclose(large.bandwidth_, 1024 * small.bandwidth_, rtol=1e-9)
    assert_allclose(large.predict(X * 1024), small.predict(X), rtol=1e-7)


def test_several_outputs_are_those_of_one_at_a_time():
    X, y = _data()
    Y = np.column_stack([y, -2 * y, X[:, 1]])
    together = KernelRegression("epanechnikov", bandwidth=0.3).fit(X, Y)
    assert together.predict(X).shape == (80, 3)
    for k in range(3):
        alone = KernelRegression("epanechnikov", bandwidth=0.3).fit(X, Y[:, k])
        assert_allclose(together.predict(X)[:, k], alone.predict(X), rtol=1e-12)


def test_the_number_of_threads_does_not_show(monkeypatch):
    X, y = _data(900)
    on_all = KernelRegression(bandwidth="leave-one-out").fit(X, y)
    monkeypatch.setattr(reduction.threads, "_cores", lambda: 1)
    on_one = KernelRegression(bandwidth="leave-one-out").fit(X, y)
    assert on_one.bandwidth_ == on_all.bandwidth_
    assert_array_equal(on_one.predict(X), on_all.predict(X))


@pytest.mark.parametrize("kernel", KERNELS)
def test_no_matrix_of_all_pairs_stands_in_memory(kernel):
    X, y = _data(4000)  # whose pairs take 128 MB
    tracemalloc.start()
    try:
        KernelRegression(kernel, bandwidth=0.1).fit(X, y).predict(X)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert peak < 5e6 * (2 + reduction.threads._cores())


@pytest.mark.parametrize("bandwidth", [0.3, "leave-one-out"])
def test_a_saved_model_predicts_the_same(bandwidth, tmp_path):
    X, y = _data()
    model = KernelRegression("cosine", bandwidth=bandwidth).fit(X, y)
    pellucid.save(model, tmp_path / "model")
    assert_array_equal(pellucid.load(tmp_path / "model").predict(X), model.predict(X))


def test_an_unsound_file_is_refused():
    X, y = _data()
    model = KernelRegression().fit(X, y)
    model.y_fit_ = model.y_fit_[1:]
    with pytest.raises(ValueError, match="79 targets"):
        model._check_state()


# -- known answers -----------------------------------------------------------------------------


def test_two_examples_by_hand():
    X, y = [[0.0], [1.0]], [0.0, 1.0]
    T = [[0.0], [0.25], [0.5]]
    e = np.exp([-0.5, -0.25])
    gaussian = KernelRegression(bandwidth=1.0).fit(X, y).predict(T)
    assert_allclose(gaussian, [e[0] / (1 + e[0]), e[1] / (1 + e[1]), 0.5], rtol=1e-12)
    linear = KernelRegression("linear", bandwidth=1.0).fit(X, y).predict(T)
    assert_allclose(linear, [0, 0.25, 0.5], rtol=1e-12)  # interpolates
    epanechnikov = KernelRegression("epanechnikov", bandwidth=2.0).fit(X, y).predict(T)
    assert_allclose(epanechnikov[0], 0.75 / 1.75, rtol=1e-12)


def test_the_edge_of_a_tophat_is_outside():
    model = KernelRegression("tophat", bandwidth=1.0).fit([[0.0], [1.0], [3.0]], [0, 10, 20])
    assert_allclose(model.predict([[0.0], [2.0], [0.5]]), [0, 15, 5])


def test_a_wide_bandwidth_gives_the_mean_and_a_narrow_one_the_nearest():
    X, y = _data()
    for kernel in KERNELS:
        wide = KernelRegression(kernel, bandwidth=1e9).fit(X, y).predict(X)
        assert_allclose(wide, y.mean(), rtol=1e-6)
        narrow = KernelRegression(kernel, bandwidth=1e-6).fit(X, y)
        T = X + 1e-3 * np.random.default_rng(0).normal(size=X.shape)
        nearest = y[_distances(T, X).argmin(axis=1)]
        assert_allclose(narrow.predict(T), nearest, rtol=1e-12)


def test_rules_of_thumb():
    X, y = _data(100, 3)
    sigma = np.sqrt(X.var(axis=0).mean())
    scott = KernelRegression(bandwidth="scott").fit(X, y).bandwidth_
    silverman = KernelRegression(bandwidth="silverman").fit(X, y).bandwidth_
    assert_allclose([scott, silverman], [sigma * 100 ** (-1 / 7), sigma * 125 ** (-1 / 7)])


# -- bad and extreme input ---------------------------------------------------------------------


@pytest.mark.parametrize("kernel", KERNELS)
def test_far_points_are_not_zero_over_zero(kernel):
    X, y = [[0.0], [1.0], [2.0]], [5.0, 6.0, 8.0]
    model = KernelRegression(kernel, bandwidth=0.01).fit(X, y)
    assert_allclose(model.predict([[1e6], [-1e6], [1.01e3]]), [8, 5, 8])
    assert_allclose(model.predict([[0.5]]), [5.5])  # two are nearest
    weighted = KernelRegression(kernel, bandwidth=0.01).fit(X, y, sample_weight=[3, 1, 0])
    assert_allclose(weighted.predict([[0.5], [1e6]]), [5.25, 6])


def test_a_bandwidth_far_smaller_than_the_table():
    """Products of coordinates would leave nothing of distances of 1e-9 of the table's size."""
    rng = np.random.default_rng(0)
    X = np.concatenate([rng.normal(size=(30, 2)) * 2.0**-10, [[2.0**20, 0.0]]])
    y = rng.normal(size=31)
    model = KernelRegression(bandwidth=2.0**-10).fit(X, y)
    expected = _by_definition(KERNELS["gaussian"], 2.0**-10, X, y, np.ones(31), X)
    assert_allclose(model.predict(X), expected, rtol=1e-9)


@pytest.mark.parametrize("kernel", KERNELS)
def test_an_outlier_does_not_spoil_the_leave_one_out_bandwidth(kernel):
    X, y = _data(50, 1)
    X[0] = 1e4
    model = KernelRegression(kernel, bandwidth="leave-one-out").fit(X, y)
    assert 0 < model.bandwidth_ < 1e4
    assert np.isfinite(model.leave_one_out_error_)
    assert np.isfinite(model.predict(X)).all()


@pytest.mark.parametrize("kernel", KERNELS)
@pytest.mark.parametrize("unit", [1e-150, 1e150])
def test_extreme_units(kernel, unit):
    X, y = _data()
    for bandwidth in ("scott", "leave-one-out"):
        model = KernelRegression(kernel, bandwidth=bandwidth).fit(X * unit, y)
        plain = KernelRegression(kernel, bandwidth=bandwidth).fit(X, y)
        assert_allclose(model.predict(X * unit), plain.predict(X), rtol=1e-4, atol=1e-4)
    model = KernelRegression(kernel, bandwidth=0.3).fit(X, y * unit)
    plain = KernelRegression(kernel, bandwidth=0.3).fit(X, y)
    assert_allclose(model.predict(X) / unit, plain.predict(X), rtol=1e-9)


@pytest.mark.parametrize("kernel", KERNELS)
def test_distances_past_the_largest_float_are_an_error(kernel):
    model = KernelRegression(kernel, bandwidth=1e-3).fit([[0.0], [1.0]], [0, 1])
    with pytest.raises(ValueError, match="rescale X"):
        model.predict([[1e200]])


@pytest.mark.parametrize("kernel", KERNELS)
def test_duplicates_and_constant_columns(kernel):
    X = np.column_stack([np.repeat([0.0, 1.0], 10), np.full(20, 3.0)])
    y = np.arange(20.0)
    model = KernelRegression(kernel, bandwidth="leave-one-out").fit(X, y)
    assert np.isfinite(model.bandwidth_) and np.isfinite(model.predict(X)).all()
    one_place = KernelRegression(kernel, bandwidth="leave-one-out").fit(np.ones((20, 2)), y)
    assert_allclose(one_place.predict(np.ones((1, 2))), y.mean())
    for rule in ("scott", "silverman"):
        model = KernelRegression(kernel, bandwidth=rule).fit(np.ones((20, 2)), y)
        assert_allclose(model.predict(np.ones((1, 2))), y.mean())


def test_one_row():
    for bandwidth in (1.0, "scott", "silverman"):
        model = KernelRegression(bandwidth=bandwidth).fit([[1.0]], [2.0])
        assert_allclose(model.predict([[1.0], [-50.0]]), 2)
    with pytest.raises(ValueError, match="two examples or more"):
        KernelRegression(bandwidth="leave-one-out").fit([[1.0]], [2.0])


def test_a_kernel_of_ones_own():
    X, y = _data()
    own = KernelRegression(lambda u: 1 / (1 + u**2), bandwidth=0.3).fit(X, y)
    expected = _by_definition(lambda u: 1 / (1 + u**2), 0.3, X, y, np.ones(80), X)
    assert_allclose(own.predict(X), expected, rtol=1e-9)
    for bad in (lambda u: -u, lambda u: u[0], lambda u: u * np.nan, lambda u: np.inf + u):
        with pytest.raises(ValueError, match="finite weight k ≥ 0 for each distance"):
            KernelRegression(bad).fit(X, y).predict(X)


@pytest.mark.parametrize(
    "options",
    [{"kernel": "linea"}, {"kernel": "nearest"}, {"bandwidth": 0}, {"bandwidth": "cv"}],
)
def test_bad_parameters(options):
    with pytest.raises(ValueError, match="parameter of KernelRegression must be"):
        KernelRegression(**options).fit([[1.0]], [1.0])


@pytest.mark.parametrize("bad", [np.nan, np.inf])
def test_bad_numbers(bad):
    X, y = _data(10)
    X_bad, y_bad = X.copy(), y.copy()
    X_bad[3, 1] = y_bad[3] = bad
    for arguments in ((X_bad, y), (X, y_bad), (X, y, y_bad)):
        with pytest.raises(ValueError, match=r"NaN|infinity"):
            KernelRegression().fit(*arguments)
    model = KernelRegression().fit(X, y)
    with pytest.raises(ValueError, match=r"NaN|infinity"):
        model.predict(X_bad)
    with pytest.raises(ValueError, match="features"):
        model.predict(X[:, :1])
    with pytest.raises(ValueError, match="at least one non-zero"):
        KernelRegression().fit(X, y, sample_weight=np.zeros(10))
    with pytest.raises(NotFittedError):
        KernelRegression().predict(X)


def test_numpy_mls_faults():
    """It took any shape, gave 0/0 far away, returned None from fit, and knew no bandwidth."""
    X, y = _data()
    model = KernelRegression()
    assert model.fit(X, y) is model
    assert model.get_params() == {"kernel": "gaussian", "bandwidth": 1.0}
    assert np.isfinite(model.predict(X + 1e3)).all()
    with pytest.raises(ValueError, match="inconsistent numbers of samples"):
        model.fit(X, y[:-1])
    X.setflags(write=False)
    assert model.fit(X.astype(np.float32), y.astype(np.float32)).predict(X).dtype == np.float32


def test_none_among_targets_is_missing_and_is_refused():
    with pytest.raises(ValueError, match="Input y contains NaN"):
        KernelRegression().fit([[0.0], [1.0]], np.array([None, 1.0], object))
