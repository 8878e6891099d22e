"""Conformance of modules that hold others, of what is drawn, and of what is plain arithmetic."""

import numpy as np

from pellucid.conformance.rows import agrees, exempt, holds

X = np.random.RandomState(0).normal(size=(6, 4))


@holds(
    "nn.RReLU",
    "nn.functional.gumbel_softmax",
    that="slopes stay within their bounds, and samples sum to one",
    atol=1e-6,
)
def drawn_within_bounds():
    import pellucid

    x = pellucid.tensor(-np.ones((50, 4)))
    slopes = -pellucid.nn.RReLU(0.2, 0.3)(x).numpy()
    yield "slopes", (slopes >= 0.2) & (slopes <= 0.3), np.ones((50, 4), bool)
    samples = pellucid.nn.functional.gumbel_softmax(x, 0.5, hard=True)
    yield "sums", samples.sum(-1).numpy(), np.ones(50)


exempt("nn.DataParallel", reason="its module under another name")


PLAIN_DROPPING = ("dropout", "dropout1d", "dropout2d", "dropout3d")
DROPPING = (*PLAIN_DROPPING, "alpha_dropout", "feature_alpha_dropout")
DROPPING_LAYERS = (
    *("Dropout", "Dropout1d", "Dropout2d", "Dropout3d"),
    *("AlphaDropout", "FeatureAlphaDropout"),
)


@holds(
    *[f"nn.functional.{name}" for name in DROPPING],
    *[f"nn.{name}" for name in DROPPING_LAYERS],
    that="the mean stays, within five deviations; nothing is dropped in inference",
    atol=1.0,
)
def dropping():
    import pellucid

    pellucid.manual_seed(0)
    x = pellucid.ones(40, 50, 2, 2, 2)
    for name, layer in zip(DROPPING, DROPPING_LAYERS, strict=True):
        shape = x[..., 0, 0] if "1d" in name else x[..., 0] if "2d" in name else x
        y = getattr(pellucid.nn.functional, name)(shape, 0.5, True)
        if name in PLAIN_DROPPING:
            deviation = 1 / np.sqrt(40 * 50 if "d" in name[-1] else shape.numel())
            yield name, (y.mean().item() - 1) / (5 * deviation), 0.0
        module = getattr(pellucid.nn, layer)(0.5)
        yield f"{layer} in inference", module.eval()(shape).numpy(), shape.numpy()


@holds(
    *("nn.functional.affine", "nn.functional.exponential", "nn.Affine", "nn.Exponential"),
    that="they are what their names say",
    rtol=1e-6,
)
def plain():
    import pellucid

    x = pellucid.tensor(X)
    F, nn = pellucid.nn.functional, pellucid.nn
    for name, f, expected in (
        ("affine", F.affine, X),
        ("Affine", nn.Affine(2.0, 1.0), 2 * X + 1),
        ("exponential", F.exponential, np.exp(X)),
        ("Exponential", nn.Exponential(), np.exp(X)),
    ):
        yield name, f(x).numpy(), expected


@holds("nn.init.eye_", "nn.init.orthogonal_", that="the rows are orthonormal", atol=1e-5)
def orthonormal():
    import pellucid

    for name in ("eye_", "orthogonal_"):
        q = getattr(pellucid.nn.init, name)(pellucid.zeros(4, 6)).numpy()
        yield name, q @ q.T, np.eye(4)


CONTAINERS = (
    *("Buffer", "Module", "ModuleDict", "ModuleList", "Parameter", "ParameterDict"),
    *("ParameterList", "Sequential"),
)


@agrees(*[f"nn.{name}" for name in CONTAINERS], library="torch", rtol=0)
def containers():
    import torch

    import pellucid

    names = []
    for library in (pellucid, torch):
        nn = library.nn
        net = nn.Sequential(nn.Linear(2, 3), nn.ModuleList([nn.Linear(1, 1)]))
        net.more = nn.ModuleDict({"a": nn.Linear(1, 2)})
        net.rows = nn.ParameterList([nn.Parameter(library.ones(2))])
        net.by_name = nn.ParameterDict({"b": nn.Parameter(library.ones(1))})
        net.kept = nn.Buffer(library.ones(1))
        net.lost = nn.Buffer(library.ones(1), persistent=False)
        names.append([*net.state_dict(), *[name for name, _ in net.named_buffers()]])
        assert isinstance(net, nn.Module)
    yield "names", np.array(names[0]), np.array(names[1])


@agrees("nn.AdaptiveLogSoftmaxWithLoss", library="torch", rtol=1e-4)
def adaptive_softmax():
    import torch

    import pellucid

    sides = []
    for library in (pellucid, torch):
        library.manual_seed(0)
        layer = library.nn.AdaptiveLogSoftmaxWithLoss(8, 10, [3, 6], div_value=2.0)
        x = library.randn(5, 8)
        out = layer(x, library.tensor([0, 4, 9, 2, 6]))
        out.loss.backward()
        gradients = [p.grad.numpy() for p in layer.parameters()]
        sides.append([out.output.detach().numpy(), layer.log_prob(x).detach().numpy(), *gradients])
        sides[-1].append(layer.predict(x).numpy())
    for k, (ours, theirs) in enumerate(zip(*sides, strict=True)):
        yield f"{k}", ours, theirs


NORMED = "weight_norm", "spectral_norm"


@agrees(
    *[f"nn.utils.{prefix}{name}" for name in NORMED for prefix in ("", "remove_")],
    library="torch",
    rtol=1e-5,
)
def reparametrised_weights():
    import warnings

    import torch

    import pellucid

    for name in NORMED:
        sides = []
        for library in (pellucid, torch):
            library.manual_seed(0)
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")  # PyTorch would rather have its newer forms
                made = library.nn.ConvTranspose1d(2, 3, 2)
                layer = getattr(library.nn.utils, name)(made)
            for mode in (True, True, False):
                layer.train(mode)(library.ones(1, 2, 3)).square().sum().backward()
            numbers = [x.detach().numpy() for x in layer.state_dict().values()]
            numbers += [p.grad.numpy() for p in layer.parameters()]
            getattr(library.nn.utils, f"remove_{name}")(layer)
            sides.append([*numbers, *[x.detach().numpy() for x in layer.state_dict().values()]])
        for k, (ours, theirs) in enumerate(zip(*sides, strict=True)):
            yield f"{name} {k}", ours, theirs
