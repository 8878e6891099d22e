"""Two ResNet-like blocks by the names that numpy-ml has for them."""

from pellucid import nn

__all__ = ["SkipConnectionConvModule", "SkipConnectionIdentityModule"]


class SkipConnectionIdentityModule(nn.Module):
    """y = act(x + bn(w₂ * bn(act(w₁ * x)))), the pictures as large as before after each * .

    Parameters
    ----------
    in_ch, out_ch : int
        The channels of x and y, and those between the two convolutions.
    kernel_shape1, kernel_shape2 : int or pair of ints
        Height and width of w₁ and w₂.
    act_fn : Module or None
        act; None: the identity.
    epsilon, momentum : float
        Of the batch norms.  A running mean keeps the share ``momentum`` of itself: it is one less
        what PyTorch calls by that name.

    References
    ----------
    He, Zhang, Ren, Sun, "Deep residual learning for image recognition", CVPR 2016.
    """

    def __init__(
        self, in_ch, out_ch, kernel_shape1, kernel_shape2, act_fn=None, epsilon=1e-5, momentum=0.9
    ):
        super().__init__()
        norm = {"eps": epsilon, "momentum": 1 - momentum}
        self.conv1 = nn.Conv2d(in_ch, out_ch, kernel_shape1, padding="same")
        self.conv2 = nn.Conv2d(out_ch, in_ch, kernel_shape2, padding="same")
        self.batchnorm1 = nn.BatchNorm2d(out_ch, **norm)
        self.batchnorm2 = nn.BatchNorm2d(in_ch, **norm)
        self.act_fn = nn.Identity() if act_fn is None else act_fn

    def forward(self, x):
        y = self.batchnorm1(self.act_fn(self.conv1(x)))
        return self.act_fn(x + self.batchnorm2(self.conv2(y)))


class SkipConnectionConvModule(nn.Module):
    """y = act(bn(w₃ * x) + bn(w₂ * bn(act(w₁ * x)))): x comes past by a convolution of its own.

    w₃ has no padding; its kernel and stride must give it the height and width of w₂'s output.

    Parameters
    ----------
    in_ch, out_ch1, out_ch2 : int
        The channels of x, of w₁'s output, and of y.
    kernel_shape1, kernel_shape2, kernel_shape_skip : int or pair of ints
        Height and width of w₁, w₂ and w₃.
    pad1, pad2 : int, pair of ints or "same"
        Of w₁ and w₂.
    stride1, stride2, stride_skip : int or pair of ints
        Of w₁, w₂ and w₃.
    act_fn, epsilon, momentum
        As in ``SkipConnectionIdentityModule``.

    References
    ----------
    He, Zhang, Ren, Sun, "Deep residual learning for image recognition", CVPR 2016.
    """

    def __init__(
        self,
        in_ch,
        out_ch1,
        out_ch2,
        kernel_shape1,
        kernel_shape2,
        kernel_shape_skip,
        pad1=0,
        pad2=0,
        stride1=1,
        stride2=1,
        act_fn=None,
        epsilon=1e-5,
        momentum=0.9,
        stride_skip=1,
    ):
        super().__init__()
        norm = {"eps": epsilon, "momentum": 1 - momentum}
        self.conv1 = nn.Conv2d(in_ch, out_ch1, kernel_shape1, stride1, pad1)
        self.conv2 = nn.Conv2d(out_ch1, out_ch2, kernel_shape2, stride2, pad2)
        self.conv_skip = nn.Conv2d(in_ch, out_ch2, kernel_shape_skip, stride_skip)
        self.batchnorm1 = nn.BatchNorm2d(out_ch1, **norm)
        self.batchnorm2 = nn.BatchNorm2d(out_ch2, **norm)
        self.batchnorm_skip = nn.BatchNorm2d(out_ch2, **norm)
        self.act_fn = nn.Identity() if act_fn is None else act_fn

    def forward(self, x):
        y = self.batchnorm1(self.act_fn(self.conv1(x)))
        past = self.batchnorm_skip(self.conv_skip(x))
        return self.act_fn(past + self.batchnorm2(self.conv2(y)))
