"""A character language model by LSTM."""

from pellucid import cat, nn, no_grad
from pellucid.models.next_token import draw

__all__ = ["CharLSTM"]


class CharLSTM(nn.Module):
    """p(next | all before) = softmax(W h_t + b), h_t the state of an LSTM that has read so far.

    Parameters
    ----------
    vocabulary : int
        How many characters there are.
    embedding, hidden, layers : int
        The sizes of a character's vector and of h, and the number of LSTMs one upon another.

    References
    ----------
    Graves, "Generating sequences with recurrent neural networks", 2013.
    """

    def __init__(self, vocabulary, embedding=64, hidden=128, layers=1):
        super().__init__()
        self.embedding = nn.Embedding(vocabulary, embedding)
        self.lstm = nn.LSTM(embedding, hidden, layers, batch_first=True)
        self.output = nn.Linear(hidden, vocabulary)

    def forward(self, tokens):
        return self.read(tokens)[0]

    def read(self, tokens, state=None):
        """The scores after each token, (N, T, V), and the state after the last."""
        h, state = self.lstm(self.embedding(tokens), state)  # (N, T, H)
        return self.output(h), state

    @no_grad()
    def generate(self, tokens, length, temperature=1.0):
        """``tokens`` (N, T) and ``length`` more, each drawn after what stands before it."""
        logits, state = self.read(tokens)
        for _ in range(length):
            token = draw(logits[:, -1], temperature)
            tokens = cat([tokens, token], 1)
            logits, state = self.read(token, state)
        return tokens
