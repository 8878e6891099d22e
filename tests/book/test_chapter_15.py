"""Chapter 15 of Raschka, Liu & Mirjalili (2022), by its steps: recurrence, reviews, a novel."""

import math
from collections import Counter
from pydoc_data.topics import topics

import numpy as np
import pytest
from numpy.testing import assert_allclose

import pellucid
from tests.book.both import alike


def test_recurrence_by_hand():
    torch = pellucid
    torch.manual_seed(1)
    layer = torch.nn.RNN(input_size=5, hidden_size=2, num_layers=1, batch_first=True)
    x = torch.tensor([[1.0] * 5, [2.0] * 5, [3.0] * 5])
    out, _ = layer(torch.reshape(x, (1, 3, 5)))
    h = torch.zeros(1, 2)
    for t in range(3):
        into = torch.matmul(x[t : t + 1], torch.transpose(layer.weight_ih_l0, 0, 1))
        h = into + layer.bias_ih_l0 + torch.matmul(h, layer.weight_hh_l0.T) + layer.bias_hh_l0
        h = torch.tanh(h)
        assert_allclose(out[:, t].detach(), h.detach(), 1e-6)
    printed = [[-0.3519801, 0.52525216], [-0.68424344, 0.76074266], [-0.8649416, 0.9046636]]
    assert_allclose(out[0].detach(), printed, 2e-7)


def test_embedding_leaves_the_padding_out():
    def steps(torch):
        torch.manual_seed(1)
        table = torch.nn.Embedding(num_embeddings=10, embedding_dim=3, padding_idx=0)
        found = table(torch.LongTensor([[1, 2, 4, 5], [4, 3, 2, 0]]))
        found.sum().backward()
        return {"rows": found, "gradient": table.weight.grad}

    found = alike(steps)
    assert found["rows"][1, 3].tolist() == [0, 0, 0]
    assert found["gradient"][0].tolist() == [0, 0, 0]


def reviews(n=48):
    """Words of Python's own manual as reviews: codes by frequency, 0 for padding; and a label."""
    words = " ".join(topics[name] for name in sorted(topics)).lower().split()[:4000]
    place = {word: k + 2 for k, (word, _) in enumerate(Counter(words).most_common())}
    rng = np.random.RandomState(0)
    starts, sizes = rng.randint(0, 3900, n), rng.randint(3, 30, n)
    texts = [[place[w] for w in words[s : s + k]] for s, k in zip(starts, sizes, strict=True)]
    return [(float(text[0] % 2), text) for text in texts], len(place) + 2


def reader(torch, n_words, bidirectional):
    nn = torch.nn

    class Reader(nn.Module):
        def __init__(self):
            super().__init__()
            self.embedding = nn.Embedding(n_words, 20, padding_idx=0)
            self.rnn = nn.LSTM(20, 64, batch_first=True, bidirectional=bidirectional)
            self.fc1, self.fc2 = nn.Linear(128 if bidirectional else 64, 64), nn.Linear(64, 1)

        def forward(self, text, lengths):
            packed = nn.utils.rnn.pack_padded_sequence(
                self.embedding(text), lengths.numpy(), enforce_sorted=False, batch_first=True
            )
            _, (hidden, _) = self.rnn(packed)
            last = torch.cat((hidden[-2], hidden[-1]), dim=1) if bidirectional else hidden[-1]
            return nn.Sigmoid()(self.fc2(nn.ReLU()(self.fc1(last))))[:, 0]

    return Reader()


@pytest.mark.parametrize("bidirectional", [False, True])
def test_reviews(bidirectional):
    rows, n_words = reviews()

    def steps(torch):
        def collate(batch):
            texts = [torch.tensor(text, dtype=torch.int64) for _, text in batch]
            padded = torch.nn.utils.rnn.pad_sequence(texts, batch_first=True)
            lengths = torch.tensor([text.size(0) for text in texts])
            return padded, torch.tensor([label for label, _ in batch]), lengths

        torch.manual_seed(1)
        train, valid = torch.utils.data.random_split(rows, [32, 16])
        loader = torch.utils.data.DataLoader(train, 8, shuffle=True, collate_fn=collate)
        model, loss_fn = reader(torch, n_words, bidirectional), torch.nn.BCELoss()
        optimizer = torch.optim.Adam(model.parameters(), lr=0.001)
        losses = []
        for _ in range(2):
            for text, label, lengths in loader:
                optimizer.zero_grad()
                loss = loss_fn(model(text, lengths), label)
                loss.backward()
                optimizer.step()
                losses.append(loss.item())
        text, _, lengths = collate(list(valid))
        with torch.no_grad():
            return {"losses": losses, "found": model.eval()(text, lengths), "text": text}

    alike(steps)


def novelist(torch, n_characters, wide=64):
    nn = torch.nn

    class Novelist(nn.Module):
        def __init__(self):
            super().__init__()
            self.embedding = nn.Embedding(n_characters, 32)
            self.rnn = nn.LSTM(32, wide, batch_first=True)
            self.fc = nn.Linear(wide, n_characters)

        def forward(self, x, hidden, cell):
            out, (hidden, cell) = self.rnn(self.embedding(x).unsqueeze(1), (hidden, cell))
            return self.fc(out).reshape(out.size(0), -1), hidden, cell

    return Novelist(), lambda n: (torch.zeros(1, n, wide), torch.zeros(1, n, wide))


def test_a_novel_by_characters():
    """One character a call, the loss summed over forty of them; then the net writes by itself."""
    novel = topics["assert"] + topics["while"]
    letters = np.array(sorted(set(novel)))
    codes = np.searchsorted(letters, list(novel)).astype(np.int32)
    chunks = [codes[i : i + 41] for i in range(len(codes) - 40)]

    def steps(torch):
        class Chunks(torch.utils.data.Dataset):
            def __init__(self):
                self.chunks = torch.tensor(np.array(chunks))

            def __len__(self):
                return len(self.chunks)

            def __getitem__(self, i):
                return self.chunks[i][:-1].long(), self.chunks[i][1:].long()

        torch.manual_seed(1)
        loader = torch.utils.data.DataLoader(Chunks(), batch_size=16, shuffle=True, drop_last=True)
        (model, start), loss_fn = novelist(torch, len(letters)), torch.nn.CrossEntropyLoss()
        optimizer, losses = torch.optim.Adam(model.parameters(), lr=0.005), []
        for _ in range(3):
            (hidden, cell), (x, y) = start(16), next(iter(loader))
            optimizer.zero_grad()
            loss = 0
            for c in range(40):
                scores, hidden, cell = model(x[:, c], hidden, cell)
                loss += loss_fn(scores, y[:, c])
            loss.backward()
            optimizer.step()
            losses.append(loss.item() / 40)
        torch.manual_seed(1)
        model.eval()
        (hidden, cell), written = start(1), [torch.tensor([0])]
        for _ in range(60):
            scores, hidden, cell = model(written[-1].view(1), hidden, cell)
            drawn = torch.distributions.Categorical(logits=2.0 * torch.squeeze(scores, 0)).sample()
            written.append(drawn)
        assert len("".join(str(letters[c]) for c in written[1:])) == 60  # a tensor is an index
        return {"losses": losses, "written": [int(c) for c in written]}

    alike(steps)


@pytest.mark.parametrize("logits", [[[1.0, 1.0, 1.0]], [[1.0, 1.0, 3.0]]])
def test_drawing_by_logits(logits):
    def steps(torch):
        torch.manual_seed(1)
        drawn = torch.distributions.categorical.Categorical(logits=torch.tensor(logits))
        return {"drawn": drawn.sample((10,)), "shares": drawn.probs}

    assert alike(steps)["drawn"].shape == (10, 1)


@pytest.mark.parametrize(
    ("scale", "printed"), [(1, (0.1065, 0.7870)), (0.5, (0.2119, 0.5761)), (0.1, (0.3104, 0.3792))]
)
def test_scaled_logits_are_nearer_to_chance(scale, printed):
    logits = scale * pellucid.tensor([[1.0, 1.0, 3.0]])
    low, _, high = pellucid.nn.functional.softmax(logits, dim=1).numpy()[0]
    assert (round(float(low), 4), round(float(high), 4)) == printed
    assert_allclose(high / low, math.exp(2 * scale), 1e-6)
