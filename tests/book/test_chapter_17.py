"""Chapter 17 of Raschka, Liu & Mirjalili (2022), by its steps: GAN, DCGAN, WGAN with a penalty."""

import math

import pytest

import pellucid
from tests.book.both import alike, batches, images


def flat(nn):
    """The first pair: 20 numbers to 784, and 784 to one."""
    generator, critic = nn.Sequential(), nn.Sequential()
    for name, layer in {
        "fc_g0": nn.Linear(20, 100),
        "relu_g0": nn.LeakyReLU(),
        "fc_g1": nn.Linear(100, 784),
        "tanh_g": nn.Tanh(),
    }.items():
        generator.add_module(name, layer)
    for name, layer in {
        "fc_d0": nn.Linear(784, 100, bias=False),
        "relu_d0": nn.LeakyReLU(),
        "dropout": nn.Dropout(p=0.5),
        "fc_d1": nn.Linear(100, 1),
        "sigmoid": nn.Sigmoid(),
    }.items():
        critic.add_module(name, layer)
    return generator, critic


def deep(nn, norm, wide=8):
    """A pair of convolutions: 100 numbers to 28 x 28, and back to one."""
    up, down = nn.ConvTranspose2d, nn.Conv2d
    generator = nn.Sequential(
        up(100, wide * 4, 4, 1, 0, bias=False),
        *(norm(wide * 4), nn.LeakyReLU(0.2)),
        up(wide * 4, wide * 2, 3, 2, 1, bias=False),
        *(norm(wide * 2), nn.LeakyReLU(0.2)),
        up(wide * 2, wide, 4, 2, 1, bias=False),
        *(norm(wide), nn.LeakyReLU(0.2)),
        up(wide, 1, 4, 2, 1, bias=False),
        nn.Tanh(),
    )
    critic = nn.Sequential(
        down(1, wide, 4, 2, 1, bias=False),
        nn.LeakyReLU(0.2),
        down(wide, wide * 2, 4, 2, 1, bias=False),
        *(norm(wide * 2), nn.LeakyReLU(0.2)),
        down(wide * 2, wide * 4, 3, 2, 1, bias=False),
        *(norm(wide * 4), nn.LeakyReLU(0.2)),
        down(wide * 4, 1, 4, 1, 0, bias=False),
        nn.Sigmoid(),
    )
    return generator, critic


def test_shapes_and_first_losses():
    torch = pellucid
    X, _ = images(32)
    torch.manual_seed(1)
    generator, critic = flat(torch.nn)
    z = torch.rand(32, 20) * 2 - 1
    made = generator(z)
    real, fake = critic(torch.from_numpy(X * 2 - 1).view(32, -1)), critic(made)
    assert [tuple(t.shape) for t in (made, real, fake)] == [(32, 784), (32, 1), (32, 1)]
    assert abs(made).max() <= 1
    loss = torch.nn.BCELoss()(fake, torch.ones_like(fake))
    assert math.isclose(loss.item(), -float(fake.log().mean()), rel_tol=1e-6)


@pytest.mark.parametrize("kind", ["flat", "deep"])
def test_a_game_of_two(kind):
    """The critic learns on real and made pictures, then the generator through the critic."""
    X, y = images(96)

    def steps(torch):
        nn = torch.nn
        torch.manual_seed(1)
        generator, critic = flat(nn) if kind == "flat" else deep(nn, nn.BatchNorm2d)
        shape = (20,) if kind == "flat" else (100, 1, 1)
        rates = {"flat": (0.001, 0.001), "deep": (0.0003, 0.0002)}[kind]
        g_steps = torch.optim.Adam(generator.parameters(), rates[0])
        d_steps = torch.optim.Adam(critic.parameters(), rates[1])
        loss_fn, d_losses, g_losses = nn.BCELoss(), [], []
        loader = batches(torch, 32, X * 2 - 1, y, shuffle=True, drop_last=True)
        ones, zeros = torch.ones(32, 1), torch.zeros((32, 1))
        for x, _ in loader:
            x = x.view(32, -1) if kind == "flat" else x
            critic.zero_grad()
            real = critic(x).view(-1, 1).squeeze(0)
            fake = critic(generator(torch.rand(32, *shape) * 2 - 1)).view(-1, 1)
            loss = loss_fn(real, ones) + loss_fn(fake, zeros)
            loss.backward()
            d_steps.step()
            d_losses.append(loss.data.item())
            generator.zero_grad()
            fake = critic(generator(torch.rand(32, *shape) * 2 - 1)).view(-1, 1)
            loss = loss_fn(fake, ones)
            loss.backward()
            g_steps.step()
            g_losses.append(loss.data.item())
        generator.eval()
        made = generator(torch.rand(4, *shape))
        return {"D": torch.FloatTensor(d_losses), "G": torch.FloatTensor(g_losses), "made": made}

    alike(steps, 2e-4, 2e-4)


def test_wasserstein_with_a_penalty_on_the_gradient():
    """(‖∂D(x̂)/∂x̂‖ - 1)² of pictures between the real and the made, differentiated once more."""
    X, y = images(32)

    def steps(torch):
        nn = torch.nn
        torch.manual_seed(1)
        generator, critic = deep(nn, nn.InstanceNorm2d)
        d_steps = torch.optim.Adam(critic.parameters(), 0.0002)
        losses = []
        for x, _ in batches(torch, 16, X * 2 - 1, y):
            critic.zero_grad()
            made = generator(torch.randn(16, 100, 1, 1))
            share = torch.rand(16, 1, 1, 1, requires_grad=True)
            between = share * x.data + (1 - share) * made.data
            found = critic(between).view(-1, 1).squeeze(0)
            (slope,) = torch.autograd.grad(
                outputs=found, inputs=between, grad_outputs=torch.ones(found.size()),
                create_graph=True, retain_graph=True,
            )  # fmt: skip
            size = slope.view(16, -1).norm(2, dim=1)
            penalty = 10.0 * ((size - 1) ** 2).mean()
            loss = critic(made).mean() - critic(x).mean() + penalty
            loss.backward()
            losses.append(loss.item())
            gradient = critic[0].weight.grad.clone()
            d_steps.step()
        return {"losses": losses, "gradient": gradient}

    alike(steps, 1e-4, 1e-6)


def test_distance_of_two_sets_of_pictures():
    """The squared distances by |x|² + |y|² - 2xy, in memory made beforehand, and MMD of them."""
    X, _ = images(20)

    def steps(torch):
        def distances(x, y):
            n, m = x.size(0), y.size(0)
            x, y = x.view(n, -1), y.view(m, -1)
            x2, y2 = (x * x).sum(1).resize_(n, 1), (y * y).sum(1).resize_(m, 1)
            found = torch.zeros(n, m)
            cross = torch.mm(x, y.transpose(0, 1))
            found.copy_(x2.expand(n, m) + y2.expand(m, n).transpose(0, 1) - 2 * cross)
            return ((found + found.abs()) / 2).sqrt(), found

        x, y = torch.from_numpy(X[:12]), torch.from_numpy(X[12:])
        (_, xx), (root, xy), (_, yy) = distances(x, x), distances(x, y), distances(y, y)
        likeness = [torch.exp(-m / (2 * xx.mean())).mean() for m in (xx, yy, xy)]
        a = likeness[0] + likeness[1] - 2 * likeness[2]
        return {"root": root, "distances": xy, "MMD": math.sqrt(max(a, 0))}

    alike(steps)
