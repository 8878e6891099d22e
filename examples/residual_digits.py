"""A small ResNet on handwritten digits, a fifth of them kept for the test."""

import numpy as np
from sklearn.datasets import load_digits

import pellucid as torch
from pellucid import nn, training
from pellucid.models import ResNet
from pellucid.utils.data import DataLoader, TensorDataset, random_split

torch.manual_seed(1)
pictures, digits = load_digits(return_X_y=True)
pictures = torch.tensor(pictures.reshape(-1, 1, 8, 8).astype(np.float32) / 16)
train, test = random_split(TensorDataset(pictures, torch.tensor(digits)), [0.8, 0.2])

model = ResNet(blocks=(1, 1, 1), num_classes=10, in_channels=1, width=16, small=True)
print(training.summary(model, (1, 1, 8, 8)))
adam = torch.optim.Adam(model.parameters(), lr=3e-3)
loop = training.Loop(model, adam, nn.CrossEntropyLoss())
x, y = next(iter(DataLoader(test, batch_size=len(test))))
for epoch in range(1, 5):
    loop.fit(DataLoader(train, batch_size=32, shuffle=True), epoch)
    model.eval()
    with torch.no_grad():
        right = (model(x).argmax(1) == y).float().mean().item()
    print(f"epoch {epoch}: {right:.1%} of the test digits")
