"""ResNet: convolutions that learn what to add to their input."""

from pellucid import nn

__all__ = ["BasicBlock", "ResNet"]


class ResNet(nn.Module):
    """x ← relu(x + F(x)), block upon block; then the mean of all pixels and an affine layer.

    Four stages of blocks: each but the first halves the picture and doubles the channels.  Of two
    blocks a stage it is ResNet-18, of 3, 4, 6 and 3 blocks ResNet-34; its parameters have the names
    that torchvision's have, so that such a state_dict loads.

    Parameters
    ----------
    blocks : sequence of int
        How many blocks each stage has.
    num_classes : int
        How many scores a picture (N, C, H, W) gets.
    in_channels : int
        C.
    width : int
        The channels of the first stage.
    small : bool
        Whether pictures are of some ten pixels: then, as the paper has it for CIFAR, a 3x3
        convolution comes first, instead of a 7x7 one and a pooling that leave a quarter.

    References
    ----------
    He, Zhang, Ren, Sun, "Deep residual learning for image recognition", CVPR 2016.
    He, Zhang, Ren, Sun, "Delving deep into rectifiers", ICCV 2015: how the weights begin.
    """

    def __init__(self, blocks=(2, 2, 2, 2), num_classes=1000, in_channels=3, width=64, small=False):
        super().__init__()
        kernel, stride, padding = (3, 1, 1) if small else (7, 2, 3)
        self.conv1 = nn.Conv2d(in_channels, width, kernel, stride, padding, bias=False)
        self.bn1, self.relu = nn.BatchNorm2d(width), nn.ReLU()
        self.maxpool = nn.Identity() if small else nn.MaxPool2d(3, 2, 1)
        self.stages = [f"layer{stage}" for stage in range(1, len(blocks) + 1)]
        channels = width
        for stage, (name, many) in enumerate(zip(self.stages, blocks, strict=True)):
            out, stride = width * 2**stage, 1 if stage == 0 else 2
            row = [BasicBlock(channels, out, stride)]
            row += [BasicBlock(out, out) for _ in range(many - 1)]
            setattr(self, name, nn.Sequential(*row))
            channels = out
        self.avgpool, self.flatten = nn.AdaptiveAvgPool2d(1), nn.Flatten()
        self.fc = nn.Linear(channels, num_classes)
        for module in self.modules():
            if isinstance(module, nn.Conv2d):
                nn.init.kaiming_normal_(module.weight, mode="fan_out", nonlinearity="relu")

    def forward(self, x):
        x = self.maxpool(self.relu(self.bn1(self.conv1(x))))  # (N, W, H/4, W/4)
        for stage in self.stages:
            x = getattr(self, stage)(x)  # (N, 2 W, H/8, W/8), (N, 4 W, H/16, W/16), ...
        return self.fc(self.flatten(self.avgpool(x)))  # (N, K)


class BasicBlock(nn.Module):
    """y = relu(s(x) + bn(w₂ * relu(bn(w₁ * x)))), * a 3x3 convolution, the first with a stride.

    s is x itself where it has the shape of y; else a 1x1 convolution and a batch norm of x.

    Parameters
    ----------
    inplanes, planes : int
        The channels of x and of y.
    stride : int
        How many times smaller y is than x, either way.
    """

    def __init__(self, inplanes, planes, stride=1):
        super().__init__()
        self.conv1 = nn.Conv2d(inplanes, planes, 3, stride, 1, bias=False)
        self.bn1, self.relu = nn.BatchNorm2d(planes), nn.ReLU()
        self.conv2 = nn.Conv2d(planes, planes, 3, 1, 1, bias=False)
        self.bn2 = nn.BatchNorm2d(planes)
        self.downsample = None
        if stride != 1 or inplanes != planes:
            shrink = nn.Conv2d(inplanes, planes, 1, stride, bias=False)
            self.downsample = nn.Sequential(shrink, nn.BatchNorm2d(planes))

    def forward(self, x):
        y = self.bn2(self.conv2(self.relu(self.bn1(self.conv1(x)))))
        return self.relu(y + (x if self.downsample is None else self.downsample(x)))
