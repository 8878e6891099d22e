"""L-BFGS: Newton's direction from the last few steps, and how far to go along it."""

import numpy as np

from pellucid.autograd import enable_grad
from pellucid.optim.line_search import strong_wolfe
from pellucid.optim.optimizer import Optimizer, arrays, not_negative, tensors

__all__ = ["LBFGS"]


class LBFGS(Optimizer):
    """θ ← θ + t d,  d = -H g, H the inverse Hessian that explains the last steps s = Δθ, y = Δg.

    One call of ``step(closure)`` does up to ``max_iter`` of these, and calls the closure, which
    gives the loss and its gradients, as often as that takes.

    Parameters
    ----------
    params : iterable
        θ, as in ``Optimizer``, but in one group.
    lr : float
        t; before the first step it is divided by Σ|g|, if that is above one.
    max_iter : int
        The most iterations of a call.
    max_eval : int or None
        The most evaluations of a call; None is 5/4 of ``max_iter``.
    tolerance_grad : float
        It ends at max |g| below this.
    tolerance_change : float
        It ends where the loss, all of θ, or what the direction promises change by less than this.
    history_size : int
        How many steps are remembered.
    line_search_fn : {None, "strong_wolfe"}
        Whether t is searched for, from where it is without.

    References
    ----------
    Nocedal, Wright, "Numerical optimization", 2006, algorithms 7.4 and 7.5.
    """

    def __init__(
        self,
        params,
        lr=1,
        max_iter=20,
        max_eval=None,
        tolerance_grad=1e-7,
        tolerance_change=1e-9,
        history_size=100,
        line_search_fn=None,
    ):
        not_negative(lr=lr)
        if line_search_fn not in (None, "strong_wolfe"):
            raise RuntimeError(f"only 'strong_wolfe' is supported, not {line_search_fn!r}")
        defaults = {"lr": lr, "max_iter": max_iter, "tolerance_grad": tolerance_grad}
        defaults |= {"max_eval": max_iter * 5 // 4 if max_eval is None else max_eval}
        defaults |= {"tolerance_change": tolerance_change, "history_size": history_size}
        super().__init__(params, {**defaults, "line_search_fn": line_search_fn})
        if len(self.param_groups) != 1:
            raise ValueError("LBFGS doesn't support per-parameter options (parameter groups)")

    def step(self, closure):
        """Up to ``max_iter`` iterations; the loss before them is returned."""
        group = self.param_groups[0]
        past = self.state[group["params"][0]]
        state = arrays(past) or {"func_evals": 0, "n_iter": 0}
        with enable_grad():
            first = closure()
        with np.errstate(all="ignore"):
            evaluations = 1 + self._iterate(closure, float(first), self._gradient(), state, group)
        state["func_evals"] += evaluations
        past.update(tensors(state))
        return first

    def _iterate(self, closure, loss, gradient, state, group):
        """Returns how often the loss was evaluated."""
        evaluations, least = 0, group["tolerance_change"]
        if not np.max(np.abs(gradient)) > group["tolerance_grad"]:
            return evaluations
        for iteration in range(1, group["max_iter"] + 1):
            state["n_iter"] += 1
            self._remember(gradient, state, group)
            d, t = state["d"], float(group["lr"])
            if state["n_iter"] == 1:
                t *= min(1.0, float(1 / np.sum(np.abs(gradient))))
            before, slope = loss, float(np.dot(gradient, d))
            if slope > -least:
                break
            if group["line_search_fn"]:
                start = self._place()

                def at(t, start=start, d=d):
                    self._move_to(start + t * d)
                    with enable_grad():
                        return float(closure()), self._gradient()

                most = min(25, group["max_eval"] - 1 - evaluations)
                found = strong_wolfe(at, t, d, loss, gradient, slope, least, most)
                loss, gradient, t, calls = found
                self._move_to(start + t * d)
                evaluations += calls
            else:
                self._move_to(self._place() + t * d)
                if iteration < group["max_iter"]:  # or nobody would ask
                    with enable_grad():
                        loss, gradient = float(closure()), self._gradient()
                    evaluations += 1
            state["t"] = t
            if (
                1 + evaluations >= group["max_eval"]
                or not np.max(np.abs(gradient)) > group["tolerance_grad"]
                or np.max(np.abs(t * d)) <= least
                or abs(loss - before) < least
            ):
                break
        return evaluations

    def _remember(self, gradient, state, group):
        """Add the last step to the history, and find the next direction."""
        if state["n_iter"] == 1:
            state.update({"old_dirs": [], "old_stps": [], "ro": [], "H_diag": 1.0})
        else:
            y, s = gradient - state["prev_flat_grad"], state["t"] * state["d"]
            curvature = float(np.dot(y, s))
            if curvature > 1e-10:  # or H would not be positive
                for name, new in (("old_dirs", y), ("old_stps", s), ("ro", 1 / curvature)):
                    state[name] = [*state[name], new][-group["history_size"] :]
                state["H_diag"] = curvature / float(np.dot(y, y))
        pairs = list(zip(state["old_stps"], state["old_dirs"], state["ro"], strict=True))
        state["d"] = -inverse_hessian(gradient, pairs, state["H_diag"])
        state["prev_flat_grad"] = gradient

    def _gradient(self):
        return self._flat(
            [np.zeros_like(p._array) if p.grad is None else p.grad._array for p in self._all()]
        )

    def _place(self):
        return self._flat([p._array for p in self._all()])

    @staticmethod
    def _flat(arrays):
        """One line of real numbers."""
        lines = [np.reshape(a, -1) for a in arrays]
        return np.concatenate([x.view(x.real.dtype) for x in lines])

    def _move_to(self, place):
        start = 0
        for p in self._all():
            stop = start + p._array.size * (1 + p.is_complex())
            line = place[start:stop].astype(p._array.real.dtype).view(p._array.dtype)
            p._array[...] = np.reshape(line, p._array.shape)
            p._bump()
            start = stop


def inverse_hessian(g, pairs, scale):
    """H g by two loops over the history of (s, y, ρ = 1 / y·s), H₀ = scale · I."""
    g, weights = np.copy(g), []
    for s, y, rho in reversed(pairs):
        weights.append(rho * np.dot(s, g))
        g -= weights[-1] * y
    g *= scale
    for (s, y, rho), weight in zip(pairs, reversed(weights), strict=True):
        g += (weight - rho * np.dot(y, g)) * s
    return g
