"""A convolutional network for small pictures."""

from pellucid import nn

__all__ = ["CNN"]


class CNN(nn.Module):
    """Twice a 3x3 convolution, a ReLU and the largest of each 2x2 square; then an affine layer.

    Parameters
    ----------
    channels, height, width : int
        The shape of a picture.
    classes : int
        How many scores it gets.
    filters : int
        Of the first convolution; the second has twice as many.

    References
    ----------
    LeCun et al., "Gradient-based learning applied to document recognition", Proc. IEEE, 1998.
    """

    def __init__(self, channels, height, width, classes, filters=16):
        super().__init__()
        self.conv1 = nn.Conv2d(channels, filters, 3, padding=1)
        self.conv2 = nn.Conv2d(filters, 2 * filters, 3, padding=1)
        self.relu, self.pool, self.flatten = nn.ReLU(), nn.MaxPool2d(2), nn.Flatten()
        self.output = nn.Linear(2 * filters * (height // 4) * (width // 4), classes)

    def forward(self, x):
        x = self.pool(self.relu(self.conv1(x)))  # (N, F, H/2, W/2)
        x = self.pool(self.relu(self.conv2(x)))  # (N, 2F, H/4, W/4)
        return self.output(self.flatten(x))  # (N, K)
