"""What every picture shares.  Figures are made without pyplot: no global state, safe in threads."""

__all__ = ["MUTED", "axes_grid", "axes_or_new", "label_axes", "show_legend", "show_unit_square"]

MUTED = "0.55"  # what a curve is compared with: diagonals, zero lines


def axes_or_new(ax):
    """``ax``, or the axes of a new figure, which is ``ax.figure``."""
    if ax is not None:
        return ax
    from matplotlib.figure import Figure

    return Figure(layout="constrained").subplots()


def label_axes(ax, x, y):
    """Name both axes, and return them."""
    ax.set_xlabel(x)
    ax.set_ylabel(y)
    return ax


def show_unit_square(ax):
    """Both axes from 0 to 1, with room for a line along the edge."""
    ax.set_xlim(-0.02, 1.02)
    ax.set_ylim(-0.02, 1.02)


def show_legend(ax, lines, labels):
    """A legend of ``labels`` as they are: a ``$`` or a leading ``_`` in one means itself."""
    for line, label in zip(lines, labels, strict=True):
        line.set_label(label)
    if not lines:
        return
    legend = ax.legend(lines, [""] * len(lines), frameon=False)
    for text, label in zip(legend.get_texts(), labels, strict=True):
        text.set_parse_math(False)
        text.set_text(label)


def axes_grid(figure, height, width, size):
    """``figure``, or a new one of so many inches, and its grid of axes."""
    if figure is None:
        from matplotlib.figure import Figure

        figure = Figure(figsize=size, layout="constrained")
    return figure, figure.subplots(height, width, squeeze=False)
