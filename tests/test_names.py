"""Every name that the two books or numpy-ml use is here, or stands in a list of what is to come."""

import functools

import pytest

import pellucid as torch

BOOKS = """
tensor manual_seed nn utils.data optim.Adam rand from_numpy zeros float32 argmax ones device
cuda.is_available no_grad optim.SGD matmul cat arange mm transpose nn.functional reshape
__version__ optim randn save add empty allclose utils.data.Dataset load nn.Linear
utils.data.DataLoader exp nn.Module is_tensor int64 squeeze normal stack softmax tanh sigmoid mul
bucketize ones_like multiply mean linalg.norm chunk split relu sub nn.L1Loss log nn.Conv2d
nn.MaxPool2d nn.Dropout cuda.synchronize utils.data.dataset distributions.categorical nn.Embedding
dot bmm backends.cudnn.deterministic set_grad_enabled zeros_like autograd nn.parameter sum all
isclose long clamp float argsort gather utils.data.dataloader autograd.grad
distributions.categorical.Categorical nn.parameter.Parameter utils.data.Subset
utils.data.TensorDataset utils.data.random_split utils.data.dataset.random_split
utils.data.IterableDataset utils.data.dataloader.DataLoader nn.functional.one_hot nn.ReLU
nn.Sequential nn.BCELoss nn.LeakyReLU nn.Sigmoid nn.ConvTranspose2d nn.CrossEntropyLoss nn.Flatten
nn.LSTM nn.functional.softmax nn.BatchNorm2d nn.InstanceNorm2d nn.RNN nn.MSELoss
nn.init.xavier_normal_ nn.Parameter nn.functional.cross_entropy nn.Tanh nn.Softmax
nn.init.xavier_uniform_ nn.GRU nn.utils.rnn.pack_padded_sequence nn.init nn.ModuleList
nn.BCEWithLogitsLoss nn.NLLLoss nn.AvgPool2d nn.utils.rnn.pad_sequence nn.functional.relu
nn.functional.mse_loss nn.LayerNorm nn.KLDivLoss nn.GELU nn.functional.log_softmax
"""
OF_TENSORS = """
to float reshape item max min argmax numpy backward size sum std mean detach cpu exp log flatten
softmax transpose view sub unsqueeze sqrt mm add abs permute norm squeeze sigmoid tolist matmul
prod cumsum sort long bool unique ravel round argsort gather clamp dot relu chunk split
requires_grad_ bmm log_softmax
"""
LATER = {  # name -> the package that brings it
    "quantization.quantize_dynamic": "quantization",
    "quantize_per_tensor": "quantization",
    "qint8": "quantization",
    "nn.quantized.QFunctional": "quantization",
    "Tensor.dequantize": "quantization",
    "Tensor.storage": "quantization",
    "utils.tensorboard.SummaryWriter": "TensorBoard's file format",
}
OTHER_PACKAGES = {  # what the books import beside torch: each is to come by itself
    "torchvision": "datasets.CelebA datasets.MNIST io.read_image transforms.Compose",
    "torchtext": "datasets.IMDB vocab.vocab",
    "torchmetrics": "Accuracy",
    "torch_geometric": "datasets.QM9 loader.DataLoader nn.NNConv nn.global_add_pool",
    "pytorch_lightning": "LightningModule Trainer callbacks.ModelCheckpoint",
    "ignite": "engine.Events handlers.Checkpoint metrics.Accuracy",
    "transformers": "AutoModel AutoTokenizer Trainer pipeline",
}

NUMPY_ML = {  # its name -> ours
    # layers
    "FullyConnected": "nn.Linear",
    "Embedding": "nn.Embedding nn.EmbeddingBag",
    "Softmax": "nn.Softmax",
    "Flatten": "nn.Flatten",
    "Add": "nn.Add",
    "Multiply": "nn.Multiply",
    "Conv1D": "nn.Conv1d",
    "Conv2D": "nn.Conv2d",
    "Deconv2D": "nn.ConvTranspose2d",
    "Pool2D": "nn.MaxPool2d nn.AvgPool2d",
    "BatchNorm1D": "nn.BatchNorm1d",
    "BatchNorm2D": "nn.BatchNorm2d",
    "LayerNorm1D": "nn.LayerNorm",
    "LayerNorm2D": "nn.LayerNorm",
    "RNNCell": "nn.RNNCell",
    "LSTMCell": "nn.LSTMCell",
    "RNN": "nn.RNN",
    "LSTM": "nn.LSTM",
    "DotProductAttention": "nn.functional.scaled_dot_product_attention",
    "RBM": "models.RBM",
    "SparseEvolution": "nn.SparseEvolution",
    # modules and wrappers
    "BidirectionalLSTM": "nn.LSTM",  # its merge modes: examples/merge_two_directions.py
    "MultiHeadedAttentionModule": "nn.MultiheadAttention",
    "Dropout": "nn.Dropout",
    # optimisers and schedulers
    "SGD": "optim.SGD",
    "AdaGrad": "optim.Adagrad",
    "RMSProp": "optim.RMSprop",
    "Adam": "optim.Adam",
    "clip_norm": "nn.utils.clip_grad_norm_",
    "ConstantScheduler": "optim.lr_scheduler.ConstantLR",
    "ExponentialScheduler": "optim.lr_scheduler.ExponentialLR",
    "NoamScheduler": "optim.lr_scheduler.NoamLR",
    "KingScheduler": "optim.lr_scheduler.KingLR",
    # beginnings
    "glorot_uniform": "nn.init.xavier_uniform_",
    "glorot_normal": "nn.init.xavier_normal_",
    "he_uniform": "nn.init.kaiming_uniform_",
    "he_normal": "nn.init.kaiming_normal_",
    "std_normal": "nn.init.normal_",
    "trunc_normal": "nn.init.trunc_normal_",
    # activations
    "Sigmoid": "nn.Sigmoid",
    "ReLU": "nn.ReLU",
    "LeakyReLU": "nn.LeakyReLU",
    "GELU": "nn.GELU",
    "Tanh": "nn.Tanh",
    "Affine": "nn.Affine",
    "Identity": "nn.Identity",
    "ELU": "nn.ELU",
    "Exponential": "nn.Exponential",
    "SELU": "nn.SELU",
    "HardSigmoid": "nn.Hardsigmoid",
    "SoftPlus": "nn.Softplus",
    # losses
    "SquaredError": "nn.MSELoss",
    "CrossEntropy": "nn.CrossEntropyLoss",
    "VAELoss": "nn.BernoulliVAELoss",
    "WGAN_GPLoss": "nn.WGANCriticLoss nn.WGANGeneratorLoss",
    "NCELoss": "nn.NCELoss",
    # utilities
    "minibatch": "utils.data.DataLoader",
    "pad1D": "nn.functional.pad",
    "pad2D": "nn.functional.pad",
    "calc_fan": "nn.init.calculate_gain",
    "im2col": "nn.functional.unfold",
    "col2im": "nn.functional.fold",
    "conv1D": "nn.functional.conv1d",
    "conv2D": "nn.functional.conv2d",
    "deconv2D_naive": "nn.functional.conv_transpose2d",
}
NOT_OURS = {
    "ActivationInitializer": "activations are given, not named by strings",
    "SchedulerInitializer": "so are schedules",
    "OptimizerInitializer": "so are optimisers",
    "dilate": "an argument of convolution",
    "calc_conv_out_dims": "output.shape says it",
    "conv2D_naive": "the NumPy body of nn.functional.conv2d",
}
MODELS_LATER = {"BernoulliVAE", "WGAN_GP", "Word2Vec"}


def found(path):
    return functools.reduce(getattr, path.split("."), torch)


@pytest.mark.parametrize(
    "name", [*BOOKS.split(), *(f"Tensor.{name}" for name in OF_TENSORS.split())]
)
def test_a_name_of_the_books_is_here(name):
    assert found(name) is not None


@pytest.mark.parametrize("name", LATER)
def test_what_is_to_come_is_not_half_here(name):
    with pytest.raises(AttributeError):
        found(name)


@pytest.mark.parametrize("package", OTHER_PACKAGES)
def test_other_packages_are_no_part_of_this_one(package):
    assert not hasattr(torch, package.removeprefix("torch"))


@pytest.mark.parametrize("theirs", NUMPY_ML)
def test_what_numpy_ml_has_is_here(theirs):
    for ours in NUMPY_ML[theirs].split():
        assert callable(found(ours))


def test_no_name_of_numpy_ml_stands_in_two_lists():
    assert not set(NUMPY_ML) & (set(NOT_OURS) | MODELS_LATER)
    assert not any(hasattr(torch.models, name) for name in MODELS_LATER)
