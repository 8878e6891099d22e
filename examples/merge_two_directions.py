"""Read a sequence forward and backward, and merge what was read: four ways.

A bidirectional LSTM of PyTorch's kind gives both directions side by side.  What numpy-ml calls its
merge mode is a line behind it; whoever needs a sum writes ``nn.Add``, and so on.  Here each learns
whether the largest of twelve numbers stands before the smallest, which asks for both directions.
"""

import pellucid as torch
from pellucid import nn

MERGES = {
    "concatenate": lambda there, back: torch.cat([there, back], -1),
    "sum": nn.Add(),
    "average": lambda there, back: (there + back) / 2,
    "multiply": nn.Multiply(),
}


class Reader(nn.Module):
    """An LSTM in both directions, merged at each time; the mean over time decides."""

    def __init__(self, merge, hidden=16):
        super().__init__()
        self.lstm = nn.LSTM(1, hidden, batch_first=True, bidirectional=True)
        self.merge = MERGES[merge]
        self.output = nn.Linear(2 * hidden if merge == "concatenate" else hidden, 1)

    def forward(self, x):  # (N, T, 1)
        there, back = self.lstm(x)[0].chunk(2, -1)  # (N, T, H) each
        return self.output(self.merge(there, back).mean(1))[:, 0]


def draw(n):
    x = torch.randn(n, 12, 1)
    return x, (x.argmax(1) < x.argmin(1))[:, 0].float()


for merge in MERGES:
    torch.manual_seed(0)
    model, loss = Reader(merge), nn.BCEWithLogitsLoss()
    optimiser = torch.optim.Adam(model.parameters(), lr=0.01)
    for _ in range(100):
        x, y = draw(32)
        optimiser.zero_grad()
        loss(model(x), y).backward()
        optimiser.step()
    with torch.no_grad():
        x, y = draw(500)
        right = ((model(x) > 0) == (y > 0)).float().mean().item()
    print(f"{merge:12} {sum(p.numel() for p in model.parameters())} numbers, {right:.1%} right")
