"""The layers of ARCHITECTURE.md: imports go down, and none brings in a scikit-learn model."""

import ast
from pathlib import Path

import pytest

import pellucid

SOURCE = Path(pellucid.__file__).parent
FAMILIES = {
    "linear_model",
    "naive_bayes",
    "discriminant_analysis",
    "dummy",
    "preprocessing",
    "impute",
    "feature_extraction",
    "tree",
    "ensemble",
    "neighbors",
    "cluster",
    "mixture",
    "hmm",
    "decomposition",
    "language_model",
}
LAYERS = [
    {"_atomic", "_compile"},
    {"_math", "_team"},
    {"callbacks", "base"},
    {"persistence"},
    {"reduction"},
    {"autograd"},
    {"linalg", "nn", "special"},
    {"optim", "utils", "distributions"},
    {"training"},
    {"models"},
    {"_tensors"},
    {"losses", "emissions"},
    FAMILIES,
    {"_catalogue", "tables", "plotting"},
    {"conformance"},
    {"experiment"},
    {"report"},
    {"cli"},
]
# family -> families it may look at, each with its reason
SIDEWAYS: dict[str, dict[str, str]] = {
    "ensemble": {
        "tree": "their members are trees",
        "dummy": "boosting starts from a constant",
        "preprocessing": "votes are for numbered labels",
        "linear_model": "what a stack learns with, where nothing else is asked for",
    },
    "nn": {"linalg": "weights are kept orthogonal by exponentials, solutions, factors"},
    "mixture": {"cluster": "k-means is where it starts from"},
    "hmm": {
        "cluster": "k-means is where the means start from",
        "mixture": "a state may emit by a mixture",
    },
}
NOT_MODELS = {
    "base",
    "callback",
    "compose",
    "config_context",
    "datasets",
    "exceptions",
    "get_config",
    "inspection",
    "metrics",
    "model_selection",
    "pipeline",
    "utils",
}
# a list of words and no model, imported when someone asks for it
NOT_MODELS_BY_NAME = {"sklearn.feature_extraction.text.ENGLISH_STOP_WORDS"}
FILES = sorted(SOURCE.rglob("*.py"))


def _imports(path):
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert not node.level, f"{path}: write imports in full"
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def _level(package):
    return next((i for i, layer in enumerate(LAYERS) if package in layer), None)


@pytest.mark.parametrize("path", FILES, ids=lambda p: str(p.relative_to(SOURCE)))
def test_imports_go_down(path):
    here = path.relative_to(SOURCE).with_suffix("").parts[0]
    if here in {"__init__", "__main__"}:
        return
    level = _level(here)
    assert level is not None, f"{here} stands in no layer"
    for name in _imports(path):
        parts = name.split(".")
        if parts[0] == "sklearn" and here != "conformance" and name not in NOT_MODELS_BY_NAME:
            assert len(parts) > 1 and parts[1] in NOT_MODELS, f"{here} imports {name}"
        if parts[0] != "pellucid" or len(parts) < 2 or parts[1] == here or _level(parts[1]) is None:
            continue
        allowed = _level(parts[1]) < level or parts[1] in SIDEWAYS.get(here, {})
        assert allowed, f"{here} imports {name}, which is not below it"


def test_no_file_is_named_like_a_public_name_of_its_folder():
    for init in SOURCE.rglob("__init__.py"):
        names = [
            element.value
            for node in ast.parse(init.read_text()).body
            if isinstance(node, ast.Assign) and node.targets[0].id == "__all__"
            for element in node.value.elts
        ]
        files = {path.stem for path in init.parent.glob("*.py")} - {"__init__"}
        if init.parent != SOURCE:
            assert not files & set(names), f"{init.parent.name}: {files & set(names)}"
            constants_first = sorted(names, key=lambda name: (not name.isupper(), name))
            assert names == constants_first, f"{init.parent.name}.__all__ is not sorted"
