"""Training on a GPU against eager PyTorch, from the same weights; the figure is the loss."""

from benchmarks.nn_language_nets import gpt, training
from benchmarks.nn_nets import mlp, mlp_steps
from benchmarks.rows import benchmark


@benchmark("784-512-512-10, batch 512", peer="torch", gpu=True)
def mlp_training_on_a_gpu(library, _):
    return mlp_steps(library, 100, *[part.to("cuda") for part in mlp(library, 512)])


@benchmark("6 layers, 384 wide, 6 heads, 8 x 256", peer="torch", gpu=True)
def gpt_training_on_a_gpu(library, _):
    return training(library, *[part.to("cuda") for part in gpt(library)])
