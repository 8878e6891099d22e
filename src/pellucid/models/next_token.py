"""What all models of the next token share: their loss, and drawing from what they say."""

from pellucid import multinomial
from pellucid.nn import functional as F

__all__ = ["draw", "next_token_loss"]


def next_token_loss(logits, target):
    """-Σ log p(target) / (N T): the cross-entropy of all places, logits (N, T, V)."""
    return F.cross_entropy(logits.flatten(0, 1), target.flatten())


def draw(logits, temperature=1.0):
    """A token for each row, with probabilities softmax(logits / temperature)."""
    return multinomial(F.softmax(logits / temperature, -1), 1)  # (N, V) -> (N, 1)
