"""The page: its parts in order, in a document that asks nothing of the network."""

from importlib.resources import files

import pellucid
from pellucid.report.columns import columns
from pellucid.report.html import Html, join, name, tag
from pellucid.report.judgement import judgement
from pellucid.report.learning import learning
from pellucid.report.mattered import mattered
from pellucid.report.models import models
from pellucid.report.verdict import facts, notices, verdict
from pellucid.report.winner import explanation, usage

__all__ = ["render"]


def render(experiment, model_path) -> str:
    """The report of ``experiment`` as one HTML document, whose model lies at ``model_path``."""
    head = tag(
        "head",
        tag("meta", charset="utf-8"),
        tag("meta", name="viewport", content="width=device-width, initial-scale=1"),
        tag("meta", name="color-scheme", content="light dark"),
        tag("title", f"{experiment.target}, learned from {experiment.source}"),
        tag("style", Html(files("pellucid.report").joinpath("style.css").read_text("utf-8"))),
    )
    header = tag(
        "header",
        tag("p", tag("b", "pellucid"), " report on ", name(experiment.source), class_="eyebrow"),
        tag("h1", verdict(experiment)),
        facts(experiment),
    )
    body = join(
        header,
        tag(
            "main",
            notices(experiment),
            columns(experiment),
            models(experiment),
            judgement(experiment),
            learning(experiment),
            mattered(experiment),
            explanation(experiment),
            usage(experiment, model_path),
        ),
        _footer(experiment),
    )
    return "<!DOCTYPE html>\n" + tag("html", head, tag("body", body), lang="en")


def _footer(experiment):
    return tag(
        "footer",
        tag(
            "p",
            f"Made by pellucid {pellucid.__version__} with seed {experiment.seed} in "
            f"{experiment.seconds:.0f} seconds. "
            "This page stands alone: it can be mailed, printed and opened without a network.",
        ),
    )
