"""The layers of a model as a table: what each gives, and how many parameters it has."""

import html
from dataclasses import dataclass

from pellucid.autograd import Tensor, no_grad
from pellucid.autograd.creation import zeros
from pellucid.training.modes import evaluating

__all__ = ["Summary", "summary"]

TITLES = ("layer", "output shape", "parameters")


def summary(model, example):
    """Run ``model`` once, learning nothing, and say of each of its layers what came out of it.

    Parameters
    ----------
    model : Module
    example : tuple of int, Tensor, or tuple of Tensors
        The shape of an input, the batch being its first dimension; or the inputs themselves.
    """
    inputs = (example,) if isinstance(example, Tensor) else tuple(example)
    if all(isinstance(n, int) for n in inputs):
        inputs = (zeros(inputs),)
    shapes = {}

    def see(module, args, out):
        first = out[0] if isinstance(out, tuple) else out
        shapes[module] = str(tuple(first.shape)) if isinstance(first, Tensor) else ""

    hooks = [module.register_forward_hook(see) for module in model.modules()]
    try:
        with evaluating(model), no_grad():
            model(*inputs)
    finally:
        for hook in hooks:
            hook.remove()
    rows = []
    for path, module in model.named_modules():
        depth = path.count(".") + bool(path)
        own = sum(p.numel() for p in module.parameters(recurse=False))
        name = f"{path.rpartition('.')[2]}: " if path else ""
        rows.append((depth, f"{name}{type(module).__name__}", shapes.get(module, ""), own))
    parameters = list(model.parameters())
    learned = sum(p.numel() for p in parameters if p.requires_grad)
    return Summary(rows, sum(p.numel() for p in parameters), learned)


@dataclass(frozen=True)
class Summary:
    """``rows`` of (depth, layer, output shape, parameters of its own), and the sums."""

    rows: list
    parameters: int
    learned: int

    def _lines(self):
        return [
            ("  " * d + layer, shape, f"{n:,}" if n else "") for d, layer, shape, n in self.rows
        ]

    def _total(self):
        kept = self.parameters - self.learned
        return f"{self.parameters:,} parameters" + (
            f", {kept:,} of them kept fixed" if kept else ""
        )

    def __repr__(self):
        table = [TITLES, *self._lines()]
        a, b, c = (max(map(len, column)) for column in zip(*table, strict=True))
        lines = [f"{x:<{a}}  {y:<{b}}  {z:>{c}}".rstrip() for x, y, z in table]
        rule = "-" * (a + b + c + 4)
        return "\n".join([lines[0], rule, *lines[1:], rule, self._total()])

    def _repr_html_(self):
        head = "".join(f"<th>{title}</th>" for title in TITLES)
        body = "".join(
            "<tr>"
            + "".join(f"<td style='white-space:pre'>{html.escape(x)}</td>" for x in line)
            + "</tr>"
            for line in self._lines()
        )
        return (
            f"<table><thead><tr>{head}</tr></thead><tbody>{body}</tbody>"
            f"<tfoot><tr><td colspan='3'>{self._total()}</td></tr></tfoot></table>"
        )
