"""The network of a textbook's chapter 11, by hand, on handwritten digits.

One hidden layer, sigmoids, squared error, and a gradient that is two deltas and four products: open
``pellucid/models/neural_net_mlp.py``.  The book has 28x28 pixels and 70,000 digits of MNIST, and
reaches 94.5 % after 50 epochs; here are the 1,797 digits of 8x8 that scikit-learn brings.
"""

import numpy as np
from sklearn.datasets import load_digits
from sklearn.model_selection import train_test_split

from pellucid.models import NeuralNetMLP

X, y = load_digits(return_X_y=True)
X = (X / 16 - 0.5) * 2  # to [-1, 1]
X_train, X_test, y_train, y_test = train_test_split(X, y, test_size=0.2, stratify=y, random_state=1)

net = NeuralNetMLP(num_features=64, num_hidden=50, num_classes=10)
print(f"untrained: {np.mean(net.predict(X_test) == y_test):.1%} of the test digits")
rng = np.random.RandomState(0)
for epoch in range(1, 51):
    net.train_epoch(X_train, y_train, learning_rate=0.5, batch_size=20, rng=rng)
    if epoch in (1, 10, 50):
        train, test = (
            np.mean(net.predict(A) == b) for A, b in ((X_train, y_train), (X_test, y_test))
        )
        print(f"epoch {epoch:2}: {train:.1%} of the training digits, {test:.1%} of the test digits")
