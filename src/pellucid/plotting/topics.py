"""Topics as their words: each a list whose bars say how probable a word is."""

import math

from pellucid.decomposition import top_words
from pellucid.plotting._axes import axes_grid

__all__ = ["plot_topics"]


def plot_topics(components, names, n_words=8, titles=None, figure=None):
    """Draw the ``n_words`` most probable words of each topic, a panel a topic.

    ``components`` (K, V) are a model's, ``names`` the V words, ``titles`` K headings.  All panels
    share one scale, so that bars of different topics compare.  The figure is returned.
    """
    topics = top_words(components, names, n_words)
    titles = [f"topic {k}" for k in range(len(topics))] if titles is None else titles
    height = math.ceil(len(topics) / 5)
    width = math.ceil(len(topics) / height)
    figure, panels = axes_grid(figure, height, width, (2.1 * width, 0.25 * n_words * height + 0.6))
    longest = max(p for topic in topics for _, p in topic)
    for k, ax in enumerate(panels.flat):
        if k >= len(topics):
            ax.set_axis_off()
            continue
        words, shares = zip(*topics[k], strict=True)
        ax.barh(range(len(words)), shares, height=0.8, color=f"C{k % 10}", alpha=0.35)
        for line, word in enumerate(words):
            ax.text(0.02 * longest, line, word, va="center", fontsize="small", parse_math=False)
        ax.set_title(titles[k], fontsize="small", loc="left")
        ax.set(xlim=(0, 1.05 * longest), ylim=(len(words) - 0.5, -0.5), yticks=[])
        ax.tick_params(labelsize="x-small")
        ax.spines[["top", "right", "left"]].set_visible(False)
    return figure
