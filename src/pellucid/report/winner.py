"""The winner explained by its own docstring, and how to use it."""

import inspect
import re
import shlex
from pathlib import Path

import pellucid
from pellucid.report.docstring import read_docstring
from pellucid.report.html import Html, join, name, section, tag

__all__ = ["explanation", "usage"]


def explanation(experiment):
    """Its equation and words, its settings, where it was published and where its code is."""
    model = experiment.pipeline[-1]
    text = read_docstring(type(model))
    return section(
        "winner",
        join("How ", name(experiment.winner), " works"),
        tag("p", _prose(text.summary)) if text.summary else None,
        map(_block, text.blocks),
        tag("dl", _settings(model), _references(text), _source(type(model)), class_="about"),
    )


def usage(experiment, model_path):
    """Commands to be copied as they are."""
    path = str(model_path)
    shell = (
        f"pellucid predict {shlex.quote(path)} new.csv --out predictions.csv\n"
        f"pellucid explain {shlex.quote(type(experiment.pipeline[-1]).__name__)}"
    )
    python = (
        "import pellucid\nimport polars\n\n"
        f"model = pellucid.load({path!r})\n"
        'model.predict(polars.read_csv("new.csv"))'
    )
    return section(
        "use",
        "Use it",
        tag(
            "p",
            "The model was refitted on all rows and saved with its preparation: it takes a table "
            "with the columns above.",
        ),
        tag(
            "div",
            tag("div", tag("h3", "In the shell"), tag("pre", tag("code", shell), tabindex="0")),
            tag("div", tag("h3", "In Python"), tag("pre", tag("code", python), tabindex="0")),
            class_="pair",
        ),
    )


def _block(block):
    """An equation set apart, or a paragraph."""
    if all(line.startswith("  ") for line in block.splitlines()):
        return tag("pre", inspect.cleandoc(block), class_="equation", tabindex="0")
    return tag("p", _prose(block))


def _prose(text) -> Html:
    """Text in which ``code`` is code."""
    parts = re.split(r"``(.+?)``", " ".join(text.split()))
    return join(tag("code", part) if i % 2 else part for i, part in enumerate(parts))


def _settings(model):
    """The arguments that differ from their defaults."""
    defaults = {k: p.default for k, p in inspect.signature(type(model)).parameters.items()}
    changed = {
        k: v for k, v in model.get_params(deep=False).items() if repr(v) != repr(defaults.get(k))
    }
    text = ", ".join(f"{key}={value!r}" for key, value in changed.items()) or "all defaults"
    return tag("div", tag("dt", "settings"), tag("dd", tag("code", name(text, 300))))


def _references(text):
    if "References" not in text.sections:
        return None
    entries = re.split(r"\n(?=\S)", text.sections["References"])
    return tag(
        "div",
        tag("dt", "published"),
        (tag("dd", _prose(entry)) for entry in entries),
    )


def _source(cls):
    """The file, from the package's folder on, and the line at which the class begins."""
    try:
        path, (_, line) = Path(inspect.getsourcefile(cls)), inspect.getsourcelines(cls)
    except (OSError, TypeError):  # a class typed into a session has no file
        return None
    home = Path(pellucid.__file__).parent.parent
    shown = path.relative_to(home) if path.is_relative_to(home) else path
    return tag("div", tag("dt", "code"), tag("dd", tag("code", f"{shown.as_posix()}, line {line}")))
