"""A convolutional network on handwritten digits; kill it, run it again, and it goes on.

The best weights lie in digits.best, the whole run in digits.run, a table of it in digits.csv.
"""

import numpy as np
from sklearn.datasets import load_digits

import pellucid as torch
from pellucid import nn, training
from pellucid.models import CNN
from pellucid.utils.data import DataLoader, TensorDataset, random_split

torch.manual_seed(1)
pictures, digits = load_digits(return_X_y=True)
pictures = torch.tensor(pictures.reshape(-1, 1, 8, 8).astype(np.float32) / 16)
data = TensorDataset(pictures, torch.tensor(digits))
train, valid, test = random_split(data, [1200, 297, 300])

model = CNN(channels=1, height=8, width=8, classes=10)
print(training.summary(model, (1, 1, 8, 8)))
loop = training.Loop(
    model,
    torch.optim.Adam(model.parameters(), lr=3e-3),
    nn.CrossEntropyLoss(),
    callbacks=[
        training.CSVLog("digits.csv"),
        training.BestCheckpoint("digits.best"),
        training.EarlyStop(patience=3),
        training.Checkpoint("digits.run"),
    ],
)
loop.resume("digits.run")
loop.fit(DataLoader(train, batch_size=32, shuffle=True), 8, validation=DataLoader(valid, 99))

model.load_state_dict(torch.load("digits.best"))
model.eval()
x, y = next(iter(DataLoader(test, batch_size=300)))
right = (model(x).argmax(1) == y).float().mean().item()
print(f"after {loop.epoch} epochs: {right:.1%} of the test digits")
