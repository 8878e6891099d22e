"""The simple recurrent network of Elman: what was seen is mixed with what was thought before.

    h_t = tanh(W_ih x_t + b_ih + W_hh h_{t-1} + b_hh)

J. L. Elman, *Finding Structure in Time*, Cognitive Science 14 (1990).
"""

import numpy as np

from pellucid._compile import kernel
from pellucid.autograd import op
from pellucid.nn.functional._exponential import ONE, tanhs
from pellucid.nn.functional._panels import add_product, panels_of, rows_for
from pellucid.nn.functional._sequences import (
    affine,
    before,
    few,
    gradients,
    here,
    in_time,
    laid_out,
    look_ahead,
    map_sequences,
    put,
    scratch,
    shared_product,
    sizes_of,
    steps,
    table,
)

__all__ = ["rnn_layer"]


@op
def rnn_layer(
    x,
    h,
    w_ih,
    w_hh,
    b_ih=None,
    b_hh=None,
    batch_sizes: tuple | None = None,
    reverse=False,
    nonlinearity="tanh",
):
    """h_1 ... h_T and h_T of x (T, N, I) from h (N, H), with W (H, I) and (H, H).

    With ``batch_sizes``, x (M, I) holds packed sequences.  In ``reverse`` time runs backward.  The
    ``nonlinearity`` may be "relu" instead of "tanh".
    """
    order = steps(sizes_of(x, batch_sizes), reverse)
    from_x = affine(np.reshape(x, (-1, x.shape[-1])), w_ih, b_ih, b_hh)  # (M, H)
    shown, seen = [], []
    for rows, n in order:
        a = from_x[rows] + h[:n] @ w_hh.T
        seen.append(h[:n])
        shown.append(np.tanh(a) if nonlinearity == "tanh" else np.maximum(a, 0))
        h = np.concatenate([shown[-1], h[n:]])

    def vjp(dy, dh):
        dy, da = np.reshape(dy, (-1, w_hh.shape[1])), []
        for (rows, n), h_t in zip(order[::-1], shown[::-1], strict=True):
            slope = 1 - h_t**2 if nonlinearity == "tanh" else h_t > 0
            da.append((dy[rows] + dh[:n]) * slope)
            dh = np.concatenate([da[-1] @ w_hh, dh[n:]])
        da = in_time(da, not reverse)  # (M, H)
        dx, *weights = gradients(x, w_ih, in_time(seen, reverse), da, da)
        return dx, dh, *weights

    y = np.reshape(in_time(shown, reverse), (*x.shape[:-1], w_hh.shape[1]))
    return (y, h), vjp


@rnn_layer.kernel
def rnn_compiled(
    x,
    h,
    w_ih,
    w_hh,
    b_ih=None,
    b_hh=None,
    batch_sizes: tuple | None = None,
    reverse=False,
    nonlinearity="tanh",
):
    """The same: a few sequences on each core through all times, with W_ih x some steps ahead."""
    if few(x, batch_sizes):
        return rnn_layer.body(x, h, w_ih, w_hh, b_ih, b_hh, batch_sizes, reverse, nonlinearity)
    (N, H), relu = h.shape, nonlinearity == "relu"
    order = table(sizes_of(x, batch_sizes), reverse)
    flat = np.reshape(np.ascontiguousarray(x), (-1, x.shape[-1]))  # (M, I)
    bias = np.zeros(H, x.dtype) + sum(b for b in (b_ih, b_hh) if b is not None)
    weights, y = laid_out(w_ih, w_hh, N), np.empty((len(flat), H), x.dtype)
    h_last = np.array(h, order="C")

    def forward(first, last):
        through_time(first, last, order, *weights, bias, flat, h_last, y, relu)

    map_sequences(forward, N)

    def vjp(dy, dh):
        da = np.array(np.reshape(dy, y.shape), order="C")
        dh, panels = np.array(dh, order="C"), panels_of(w_hh, N)

        def backward(first, last):
            back_through_time(first, last, order, panels, y, dh, da, relu)

        map_sequences(backward, N)
        states = before(y, h, order)
        dx, *weights = gradients(x, w_ih, states, da, da, shared_product)
        return dx, dh, *weights

    return (np.reshape(y, (*x.shape[:-1], H)), h_last), vjp


@kernel(error_model="numpy", fastmath={"contract"})
def through_time(first, last, order, w_ih, w_hh, bias, x, h, y, relu):
    """Sequences first ... last: y, and of h the last state."""
    n_all, H = last - first, h.shape[1]
    state = np.zeros((rows_for(n_all, w_hh), H), h.dtype)
    state[:n_all] = h[first:last]
    inputs, products = scratch(len(state), w_ih, w_hh)
    for t in range(len(order)):
        row, n = here(order, t, first, last)
        z = look_ahead(t, order, first, last, x, w_ih, bias, inputs, products)
        add_product(state, w_hh, z, n)
        for b in range(n):
            z_b = z[b, :H]
            if relu:
                for j in range(H):
                    z_b[j] = max(z_b[j], 0)
            else:
                tanhs(z_b)
            put(z_b, y[row + b])
            put(z_b, state[b])
    h[first:last] = state[:n_all]


@kernel(error_model="numpy", fastmath={"contract"})
def back_through_time(first, last, order, panels, y, dh, da, relu):
    """dy in ``da`` becomes the gradient before the nonlinearity, and dh that at the start."""
    n_all, H = last - first, dh.shape[1]
    dh_all = np.zeros((rows_for(n_all, panels), panels.shape[0] * panels.shape[2]), dh.dtype)
    dh_all[:n_all, :H] = dh[first:last]
    da_all = np.zeros((len(dh_all), H), dh.dtype)
    for t in range(len(order) - 1, -1, -1):
        row, n = here(order, t, first, last)
        for b in range(n):
            y_b, da_b, dh_b = y[row + b], da[row + b], dh_all[b]
            if relu:
                for j in range(H):
                    da_b[j] = da_b[j] + dh_b[j] if y_b[j] > 0 else 0
            else:
                for j in range(H):
                    da_b[j] = (da_b[j] + dh_b[j]) * (ONE - y_b[j] * y_b[j])
            put(da_b, da_all[b])
            dh_b[:] = 0
        da_all[n:] = 0  # of those that wait
        add_product(da_all, panels, dh_all, n)
    dh[first:last] = dh_all[:n_all, :H]
