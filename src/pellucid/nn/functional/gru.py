"""Gated recurrent unit: one gate says how much of the past a proposal sees, one how much stays.

    r = σ(W_ir x_t + b_ir + W_hr h_{t-1} + b_hr)
    z = σ(W_iz x_t + b_iz + W_hz h_{t-1} + b_hz)
    n = tanh(W_in x_t + b_in + r (W_hn h_{t-1} + b_hn))
    h_t = (1 - z) n + z h_{t-1}

K. Cho et al., *Learning Phrase Representations using RNN Encoder-Decoder for Statistical Machine
Translation* (2014); with the reset gate after the product, as PyTorch has it.
"""

import numpy as np

from pellucid._compile import kernel
from pellucid.autograd import op
from pellucid.nn.functional._exponential import ONE, sigmoids, tanh
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

__all__ = ["gru_layer"]


@op
def gru_layer(
    x, h, w_ih, w_hh, b_ih=None, b_hh=None, batch_sizes: tuple | None = None, reverse=False
):
    """h_1 ... h_T and h_T of x (T, N, I) from h (N, H), with W (3 H, I) and (3 H, H).

    With ``batch_sizes``, x (M, I) holds packed sequences.  In ``reverse`` time runs backward.
    """
    H = w_hh.shape[1]
    order = steps(sizes_of(x, batch_sizes), reverse)
    from_x = affine(np.reshape(x, (-1, x.shape[-1])), w_ih, b_ih)  # (M, 3 H)
    shown, seen, kept = [], [], []
    for rows, n_t in order:
        a, b = from_x[rows], affine(h[:n_t], w_hh, b_hh)  # (n_t, 3 H)
        r, z = squash(a[:, :H] + b[:, :H]), squash(a[:, H : 2 * H] + b[:, H : 2 * H])
        n = np.tanh(a[:, 2 * H :] + r * b[:, 2 * H :])
        seen.append(h[:n_t])
        kept.append((r, z, n, b[:, 2 * H :]))
        shown.append((1 - z) * n + z * h[:n_t])
        h = np.concatenate([shown[-1], h[n_t:]])

    def vjp(dy, dh):
        dy, into_x, into_h = np.reshape(dy, (-1, H)), [], []
        backward = zip(order[::-1], kept[::-1], seen[::-1], strict=True)
        for (rows, n_t), (r, z, n, from_h), h_before in backward:
            dh_t = dy[rows] + dh[:n_t]
            dn = dh_t * (1 - z) * (1 - n**2)
            dz = dh_t * (h_before - n) * z * (1 - z)
            dr = dn * from_h * r * (1 - r)
            into_x.append(np.concatenate([dr, dz, dn], 1))
            into_h.append(np.concatenate([dr, dz, dn * r], 1))
            dh = np.concatenate([dh_t * z + into_h[-1] @ w_hh, dh[n_t:]])
        d_input, d_state = in_time(into_x, not reverse), in_time(into_h, not reverse)
        dx, *weights = gradients(x, w_ih, in_time(seen, reverse), d_input, d_state)
        return dx, dh, *weights

    y = np.reshape(in_time(shown, reverse), (*x.shape[:-1], H))
    return (y, h), vjp


@gru_layer.kernel
def gru_compiled(
    x, h, w_ih, w_hh, b_ih=None, b_hh=None, batch_sizes: tuple | None = None, reverse=False
):
    """The same: a few sequences on each core through all times, with W_ih x some steps ahead."""
    if few(x, batch_sizes):
        return gru_layer.body(x, h, w_ih, w_hh, b_ih, b_hh, batch_sizes, reverse)
    N, H = h.shape
    order = table(sizes_of(x, batch_sizes), reverse)
    flat = np.reshape(np.ascontiguousarray(x), (-1, x.shape[-1]))  # (M, I)
    biases = [np.zeros(3 * H, x.dtype) if b is None else np.array(b) for b in (b_ih, b_hh)]
    weights, y = laid_out(w_ih, w_hh, N), np.empty((len(flat), H), x.dtype)
    gates, from_h = kept(len(flat), 3 * H), kept(len(flat), H)
    h_last = np.array(h, order="C")

    def forward(first, last):
        through_time(first, last, order, *weights, *biases, flat, h_last, y, gates, from_h)

    map_sequences(forward, N)

    def vjp(dy, dh):
        dy = np.ascontiguousarray(np.reshape(dy, y.shape))
        d_input, d_state = np.empty_like(gates), np.empty_like(gates)
        dh, panels, states = np.array(dh, order="C"), panels_of(w_hh, N), before(y, h, order)

        def backward(first, last):
            kept = gates, states, from_h
            back_through_time(first, last, order, panels, *kept, dy, dh, d_input, d_state)

        map_sequences(backward, N)
        dx, *weights = gradients(x, w_ih, states, d_input, d_state, shared_product)
        return dx, dh, *weights

    return (np.reshape(y, (*x.shape[:-1], H)), h_last), vjp


@kernel(error_model="numpy", fastmath={"contract"})
def through_time(first, last, order, w_ih, w_hh, b_ih, b_hh, x, h, y, gates, from_h):
    """Sequences first ... last: y, of h the last state, and what is kept for the way back."""
    n_all, H = last - first, h.shape[1]
    state = np.zeros((rows_for(n_all, w_hh), H), h.dtype)
    state[:n_all] = h[first:last]
    out = np.zeros((len(state), w_hh.shape[0] * w_hh.shape[2]), h.dtype)
    inputs, products = scratch(len(state), w_ih, w_hh)
    for t in range(len(order)):
        row, n_t = here(order, t, first, last)
        from_x = look_ahead(t, order, first, last, x, w_ih, b_ih, inputs, products)
        for b in range(n_t):
            put(b_hh, out[b])
        add_product(state, w_hh, out, n_t)
        for b in range(n_t):
            gate, out_b, h_b = from_x[b], out[b], state[b]
            r, z, n, h_n = gate[:H], gate[H : 2 * H], gate[2 * H : 3 * H], out_b[2 * H : 3 * H]
            for j in range(2 * H):
                gate[j] += out_b[j]
            sigmoids(gate[: 2 * H])
            for j in range(H):
                n[j] = tanh(n[j] + r[j] * h_n[j])
            for j in range(H):
                h_b[j] = (ONE - z[j]) * n[j] + z[j] * h_b[j]
            if len(gates):
                put(gate[: 3 * H], gates[row + b])
                put(h_n, from_h[row + b])
            put(h_b, y[row + b])
    h[first:last] = state[:n_all]


@kernel(error_model="numpy", fastmath={"contract"})
def back_through_time(first, last, order, panels, gates, states, from_h, dy, dh, d_input, d_state):
    """The equations of ``vjp`` above; of dh at the end that at the start."""
    n_all, H = last - first, dh.shape[1]
    dh_all = np.zeros((rows_for(n_all, panels), panels.shape[0] * panels.shape[2]), dh.dtype)
    dh_all[:n_all, :H] = dh[first:last]
    into_h = np.zeros((len(dh_all), 3 * H), dh.dtype)
    for t in range(len(order) - 1, -1, -1):
        row, n_t = here(order, t, first, last)
        for b in range(n_t):
            gate, dy_b, dh_b, from_h_b = gates[row + b], dy[row + b], dh_all[b], from_h[row + b]
            h_before, into_x = states[row + b], d_input[row + b]
            r, z, n = gate[:H], gate[H : 2 * H], gate[2 * H :]
            dr, dz, dn = into_x[:H], into_x[H : 2 * H], into_x[2 * H :]
            dn_r = into_h[b, 2 * H :]
            for j in range(H):
                dh_b[j] += dy_b[j]
            for j in range(H):
                dn[j] = dh_b[j] * (ONE - z[j]) * (ONE - n[j] * n[j])
            for j in range(H):
                dz[j] = dh_b[j] * (h_before[j] - n[j]) * z[j] * (ONE - z[j])
            for j in range(H):
                dr[j] = dn[j] * from_h_b[j] * r[j] * (ONE - r[j])
            put(into_x[: 2 * H], into_h[b])
            for j in range(H):
                dn_r[j] = dn[j] * r[j]
            for j in range(H):
                dh_b[j] *= z[j]
            put(into_h[b], d_state[row + b])
        into_h[n_t:] = 0  # of those that wait
        add_product(into_h, panels, dh_all, n_t)
    dh[first:last] = dh_all[:n_all, :H]
