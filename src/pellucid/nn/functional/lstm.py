"""Long short-term memory: gates say what of a cell is forgotten, written and shown.

    (i, f, g, o) = W_ih x_t + b_ih + W_hh h_{t-1} + b_hh
    c_t = σ(f) c_{t-1} + σ(i) tanh(g)
    h_t = σ(o) tanh(c_t), or W_hr σ(o) tanh(c_t)

S. Hochreiter and J. Schmidhuber, *Long Short-Term Memory*, Neural Computation 9 (1997); the forget
gate is that of F. A. Gers, J. Schmidhuber and F. Cummins (2000), the projection W_hr of H. Sak,
A. Senior and F. Beaufays (2014).
"""

import numpy as np

from pellucid._compile import kernel
from pellucid.autograd import op
from pellucid.nn.functional._exponential import ONE, sigmoids, tanh, tanhs
from pellucid.nn.functional._panels import add_product, panels_of, rows_for
from pellucid.nn.functional._sequences import (
    affine,
    before,
    few,
    gradients,
    here,
    in_time,
    kept,
    laid_out,
    look_ahead,
    map_sequences,
    put,
    scratch,
    shared_product,
    sizes_of,
    squash,
    steps,
    table,
)

__all__ = ["lstm_layer"]


@op
def lstm_layer(
    x,
    h,
    c,
    w_ih,
    w_hh,
    b_ih=None,
    b_hh=None,
    w_hr=None,
    batch_sizes: tuple | None = None,
    reverse=False,
):
    """h_1 ... h_T, h_T and c_T of x (T, N, I) from h (N, P), c (N, H) with W (4 H, I), (4 H, P).

    Without W_hr (P, H), P is H.  With ``batch_sizes``, x (M, I) holds packed sequences.  In
    ``reverse`` time runs backward.
    """
    H, P = c.shape[1], h.shape[1]
    order = steps(sizes_of(x, batch_sizes), reverse)
    flat = np.reshape(x, (-1, x.shape[-1]))  # (M, I)
    z = affine(flat, w_ih, b_ih, b_hh)  # (M, 4 H)
    shown, seen, kept, whole = [], [], [], []
    for rows, n in order:
        z_t = z[rows] + h[:n] @ w_hh.T
        i, f, g, o = (z_t[:, k * H : k * H + H] for k in range(4))
        i, f, g, o = squash(i), squash(f), np.tanh(g), squash(o)
        c_t = f * c[:n] + i * g
        seen.append(h[:n])
        kept.append((i, f, g, o, c[:n], np.tanh(c_t)))
        whole.append(o * np.tanh(c_t))
        shown.append(whole[-1] if w_hr is None else whole[-1] @ w_hr.T)
        h, c = np.concatenate([shown[-1], h[n:]]), np.concatenate([c_t, c[n:]])

    def vjp(dy, dh, dc):
        dy, dz, dr = np.reshape(dy, (-1, P)), [], []
        for (rows, n), (i, f, g, o, c_before, tanh_c) in zip(order[::-1], kept[::-1], strict=True):
            dr.append(dy[rows] + dh[:n])
            dh_t = dr[-1] if w_hr is None else dr[-1] @ w_hr
            dc_t = dc[:n] + dh_t * o * (1 - tanh_c**2)
            di = dc_t * g * i * (1 - i)
            df = dc_t * c_before * f * (1 - f)
            dg = dc_t * i * (1 - g**2)
            do = dh_t * tanh_c * o * (1 - o)
            dz.append(np.concatenate([di, df, dg, do], 1))
            dh = np.concatenate([dz[-1] @ w_hh, dh[n:]])
            dc = np.concatenate([dc_t * f, dc[n:]])
        dz = in_time(dz, not reverse)  # (M, 4 H)
        dx, *weights = gradients(x, w_ih, in_time(seen, reverse), dz, dz)
        if w_hr is None:
            return dx, dh, dc, *weights, None
        return dx, dh, dc, *weights, lambda: in_time(dr, not reverse).T @ in_time(whole, reverse)

    y = np.reshape(in_time(shown, reverse), (*x.shape[:-1], P))
    return (y, h, c), vjp


@lstm_layer.kernel
def lstm_compiled(
    x,
    h,
    c,
    w_ih,
    w_hh,
    b_ih=None,
    b_hh=None,
    w_hr=None,
    batch_sizes: tuple | None = None,
    reverse=False,
):
    """The same: a few sequences on each core through all times, with W_ih x some steps ahead."""
    if w_hr is not None or few(x, batch_sizes):
        return lstm_layer.body(x, h, c, w_ih, w_hh, b_ih, b_hh, w_hr, batch_sizes, reverse)
    N, H = h.shape
    order = table(sizes_of(x, batch_sizes), reverse)
    flat = np.reshape(np.ascontiguousarray(x), (-1, x.shape[-1]))  # (M, I)
    bias = np.zeros(4 * H, x.dtype) + sum(b for b in (b_ih, b_hh) if b is not None)
    weights, y = laid_out(w_ih, w_hh, N), np.empty((len(flat), H), x.dtype)
    gates, c_before = kept(len(flat), 4 * H), kept(len(flat), H)
    h_last, c_last = np.array(h, order="C"), np.array(c, order="C")

    def forward(first, last):
        states = h_last, c_last, y, gates, c_before
        through_time(first, last, order, *weights, bias, flat, *states)

    map_sequences(forward, N)

    def vjp(dy, dh, dc):
        dy = np.ascontiguousarray(np.reshape(dy, y.shape))
        dz, dh, dc = np.empty_like(gates), np.array(dh, order="C"), np.array(dc, order="C")
        panels = panels_of(w_hh, N)

        def backward(first, last):
            back_through_time(first, last, order, panels, gates, c_before, dy, dh, dc, dz)

        map_sequences(backward, N)
        states = before(y, h, order)
        dx, *weights = gradients(x, w_ih, states, dz, dz, shared_product)
        return dx, dh, dc, *weights, None

    return (np.reshape(y, (*x.shape[:-1], H)), h_last, c_last), vjp


@kernel(error_model="numpy", fastmath={"contract"})
def through_time(first, last, order, w_ih, w_hh, bias, x, h, c, y, gates, c_before):
    """Sequences first ... last: y, of h and c the last states, and what is kept of the others."""
    n_all, H = last - first, h.shape[1]
    state = np.zeros((rows_for(n_all, w_hh), H), h.dtype)
    state[:n_all] = h[first:last]
    inputs, products = scratch(len(state), w_ih, w_hh)
    for t in range(len(order)):
        row, n = here(order, t, first, last)
        z = look_ahead(t, order, first, last, x, w_ih, bias, inputs, products)
        add_product(state, w_hh, z, n)
        for b in range(n):
            z_b, c_b, h_b = z[b], c[first + b], state[b]
            if len(gates):
                put(c_b, c_before[row + b])
            sigmoids(z_b[: 2 * H])
            tanhs(z_b[2 * H : 3 * H])
            sigmoids(z_b[3 * H : 4 * H])
            i, f, g, o = z_b[:H], z_b[H : 2 * H], z_b[2 * H : 3 * H], z_b[3 * H : 4 * H]
            for j in range(H):
                c_b[j] = f[j] * c_b[j] + i[j] * g[j]
            for j in range(H):
                h_b[j] = o[j] * tanh(c_b[j])
            if len(gates):
                put(z_b[: 4 * H], gates[row + b])
            put(h_b, y[row + b])
    h[first:last] = state[:n_all]


@kernel(error_model="numpy", fastmath={"contract"})
def back_through_time(first, last, order, panels, gates, c_before, dy, dh, dc, dz):
    """dz, and of dh and dc at the end those at the start; the equations of ``vjp`` above."""
    n_all, H = last - first, dh.shape[1]
    d_state = np.zeros((rows_for(n_all, panels), panels.shape[0] * panels.shape[2]), dh.dtype)
    d_state[:n_all, :H] = dh[first:last]
    d_gates = np.zeros((len(d_state), 4 * H), dh.dtype)
    tanh_c = np.empty(H, dh.dtype)
    for t in range(len(order) - 1, -1, -1):
        row, n = here(order, t, first, last)
        for b in range(n):
            gate, c_b, dz_b = gates[row + b], c_before[row + b], d_gates[b]
            dy_b, dh_b, dc_b = dy[row + b], d_state[b], dc[first + b]
            i, f, g, o = gate[:H], gate[H : 2 * H], gate[2 * H : 3 * H], gate[3 * H :]
            di, df, dg, do = dz_b[:H], dz_b[H : 2 * H], dz_b[2 * H : 3 * H], dz_b[3 * H :]
            for j in range(H):
                tanh_c[j] = tanh(f[j] * c_b[j] + i[j] * g[j])
            for j in range(H):
                dh_b[j] += dy_b[j]
            for j in range(H):
                dc_b[j] += dh_b[j] * o[j] * (ONE - tanh_c[j] * tanh_c[j])
            for j in range(H):
                di[j] = dc_b[j] * g[j] * i[j] * (ONE - i[j])
            for j in range(H):
                df[j] = dc_b[j] * c_b[j] * f[j] * (ONE - f[j])
            for j in range(H):
                dg[j] = dc_b[j] * i[j] * (ONE - g[j] * g[j])
            for j in range(H):
                do[j] = dh_b[j] * tanh_c[j] * o[j] * (ONE - o[j])
            for j in range(H):
                dc_b[j] *= f[j]
            put(dz_b, dz[row + b])
            dh_b[:] = 0
        d_gates[n:] = 0  # of those that wait
        add_product(d_gates, panels, d_state, n)
    dh[first:last] = d_state[:n_all, :H]
