"""``import pellucid`` costs nothing, and yet shows every name it has."""

import ast
import subprocess
import sys
from pathlib import Path

import pytest

import pellucid


def run(program):
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return done.stdout.split()


def test_importing_pellucid_imports_the_standard_library_alone():
    before = "import sys; before = set(sys.modules); "
    new = run(before + "import pellucid; print(*(set(sys.modules) - before))")
    outside = {name.partition(".")[0] for name in new} - set(sys.stdlib_module_names)
    assert outside == {"pellucid"}
    assert not [name for name in new if name.startswith("pellucid.")]


def test_listing_the_names_imports_nothing():
    shown = run("import sys, pellucid; dir(pellucid); print('numpy' in sys.modules)")
    assert shown == ["False"]


def test_a_family_is_imported_when_it_is_named():
    program = """
import sys, pellucid
pellucid.losses
print(*(name for name in sys.modules if name.startswith("pellucid.")))
"""
    loaded = run(program)
    assert "pellucid.losses" in loaded
    assert not {"pellucid.linear_model", "pellucid.plotting", "pellucid.persistence"} & set(loaded)


@pytest.mark.parametrize("name", pellucid.__all__)
def test_every_name_is_there(name):
    assert name in dir(pellucid)
    assert getattr(pellucid, name) is not None


def test_a_name_that_is_not_there_is_an_error():
    with pytest.raises(AttributeError, match=r"module 'pellucid' has no attribute 'nothing'"):
        _ = pellucid.nothing


def test_the_type_checker_sees_the_same_names():
    tree = ast.parse(Path(pellucid.__file__).read_text())
    block = next(node for node in tree.body if isinstance(node, ast.If))
    assert block.test.id == "TYPE_CHECKING"
    seen = {alias.asname or alias.name for node in block.body for alias in node.names}
    assert seen | {"__version__"} == set(pellucid.__all__)
    assert pellucid.__all__ == sorted(pellucid.__all__)


def test_the_version_is_that_of_the_package():
    from importlib.metadata import version

    assert version("pellucid") == pellucid.__version__


def test_the_names_of_tensors_are_all_there_and_no_more():
    from pellucid._tensors import NAMES

    assert sorted(NAMES) == list(pellucid.TENSORS)
    assert pellucid.tensor is NAMES["tensor"]
    assert not set(NAMES) & set(pellucid.__all__)


def test_a_net_under_pytorchs_name_trains_without_scikit_learn():
    code = """
import sys, pellucid
sys.modules["torch"] = pellucid  # before anything of it is loaded, and so before SciPy asks for it
import torch, torch.nn.functional as F
from torch.optim.lr_scheduler import StepLR
from torch.utils.data import DataLoader, TensorDataset
net = torch.nn.Sequential(torch.nn.Linear(3, 4), torch.nn.BatchNorm1d(4), torch.nn.Linear(4, 2))
optimizer = torch.optim.Adam(net.parameters())
for x, y in DataLoader(TensorDataset(torch.randn(8, 3), torch.arange(8) % 2), batch_size=4):
    F.cross_entropy(net(x), y).backward()
    optimizer.step()
StepLR(optimizer, 1).step()
print("sklearn" in sys.modules, "scipy.stats" in sys.modules)
"""
    assert run(code) == ["False", "False"]
