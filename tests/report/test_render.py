"""The page as text: sound markup, the user's words never taken for it, nothing from a network."""

import re
import threading
from dataclasses import replace
from html.parser import HTMLParser
from itertools import pairwise

import made_up
import matplotlib
import numpy as np
import pytest
from sklearn.metrics import confusion_matrix, roc_auc_score

from pellucid.ensemble import RandomForestClassifier, RandomForestRegressor
from pellucid.report import render
from pellucid.report.html import Html, count, join, name, number, score, tag
from pellucid.report.svg import picture
from pellucid.tree import TreeExplainer

VOID = {"meta", "wbr"}
FETCHES = {"src", "srcset", "href", "xlink:href", "data", "poster", "action", "background"}
ALLOWED = """
    html head meta title style body header main footer section aside h1 h2 h3 p b i em strong span
    bdi wbr code pre dl dt dd div ul ol li table thead tbody tr th td figure figcaption
    svg g path circle rect line text
"""


class Walk(HTMLParser):
    """Every element, its attributes and text; fails on an unbalanced tag."""

    def __init__(self, page):
        super().__init__(convert_charrefs=True)
        self.open, self.elements, self.texts = [], [], []
        self.feed(page)
        self.close()
        assert self.open == []

    def handle_starttag(self, tag, attrs):
        assert len({key for key, _ in attrs}) == len(attrs), f"{tag} has an attribute twice"
        self.elements.append((tag, dict(attrs)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        if self.open and self.open[-1] != "style":
            self.texts.append(data)

    @property
    def text(self):
        return " ".join("".join(self.texts).split())


@pytest.fixture(scope="module", params=made_up.EXPERIMENTS)
def walked(request):
    experiment = made_up.EXPERIMENTS[request.param]()
    page = render(experiment, "out/model.pellucid")
    return experiment, page, Walk(page)


def test_markup_is_sound(walked):
    _, page, walk = walked
    assert page.startswith("<!DOCTYPE html>\n<html")
    assert {element for element, _ in walk.elements} <= set(ALLOWED.split())
    ids = [attributes["id"] for _, attributes in walk.elements if "id" in attributes]
    assert len(ids) == len(set(ids))
    assert len(page.encode()) < 1_500_000


def test_nothing_is_fetched_and_nothing_runs(walked):
    _, page, walk = walked
    for element, attributes in walk.elements:
        assert not FETCHES & set(attributes), f"{element} fetches"
        assert not [key for key in attributes if key.startswith("on")], f"{element} runs"
        assert "url(" not in attributes.get("style", "")
    style = page[page.index("<style>") : page.index("</style>")]
    assert not re.search(r"url\(|@import|//", style)


def test_pictures_are_told_to_those_who_cannot_see_them(walked):
    _, _, walk = walked
    pictures = [attributes for element, attributes in walk.elements if element == "svg"]
    assert len(pictures) > 8
    assert all(p["role"] == "img" and p["aria-label"].strip() for p in pictures)
    headings = [int(element[1]) for element, _ in walk.elements if re.fullmatch(r"h\d", element)]
    assert headings[0] == 1
    assert headings.count(1) == 1
    assert all(b <= a + 1 for a, b in pairwise(headings))


def test_colours_come_from_the_page(walked):
    """No picture has a colour of its own, or it would be lost in the dark."""
    _, _, walk = walked
    for _, attributes in walk.elements:
        drawn = (
            attributes.get("style", "") + attributes.get("fill", "") + attributes.get("stroke", "")
        )
        assert not re.search(r"#[0-9a-f]{3}", drawn), drawn


def test_colours_are_the_page_s_whatever_the_reader_has_set_for_matplotlib():
    dark = {"axes.grid": True, "axes.edgecolor": "white", "text.color": "red", "grid.color": "blue"}
    with matplotlib.rc_context(dark):
        page = render(made_up.regression(), "m")
    assert page == render(made_up.regression(), "m")


def test_the_page_says_what_was_found(walked):
    experiment, _, walk = walked
    text = walk.text
    for c in experiment.candidates:
        assert Walk(name(c.name)).text in text
    assert f"{len(experiment.y_holdout):,} row" in text
    assert "pellucid predict out/model.pellucid new.csv" in text
    assert "pellucid.load('out/model.pellucid')" in text
    assert "argmin_k ‖x - μ_k‖²" in text
    assert "Nearest neighbor pattern classification." in text
    assert "made_up.py, line" in text


@pytest.mark.parametrize("evil", made_up.HOSTILE)
def test_hostile_names_are_read_back_as_they_are(evil):
    made = made_up.hostile()
    text = Walk(render(replace(made, target=evil, source=evil, winner=evil), evil)).text
    assert text.count(Walk(name(evil)).text) > 3


def test_verdicts():
    made = made_up.classification()

    def verdict(experiment):
        page = render(experiment, "m")
        return Walk(page[page.index("<h1>") : page.index("</h1>") + 5]).text

    assert verdict(replace(made, holdout_scores={"accuracy": 0.9})) == (
        "NearestMean gets species right for 90.0% of 68 rows it had never seen, "
        "against 43.5% by guessing."
    )
    assert verdict(replace(made, holdout_scores={"accuracy": 0.435})) == (
        "Nothing beat guessing: NearestMean predicts species no better "
        "on 68 rows it had never seen."
    )
    assert "Nothing beat guessing" in verdict(replace(made, holdout_scores={"accuracy": np.nan}))
    assert verdict(replace(made, metric="neg_log_loss")) == (
        "NearestMean predicts species with a log loss of 0.312 on 68 rows it had never seen, "
        "against 1.050 by guessing."
    )
    assert verdict(made_up.regression()) == (
        "NearestMean explains 86.1% of the variance of body_mass_g in 68 rows it had never seen; "
        "guessing explains none."
    )


def test_the_confusion_matrix_holds_the_counts():
    made = made_up.classification()
    page = render(made, "m")
    table = page[page.index('<table class="cells">') :]
    cells = re.findall(r"<td[^>]*>([\d,]+)</td>", table[: table.index("</table>")])
    expected = confusion_matrix(made.y_holdout, made.prediction, labels=made.classes)
    np.testing.assert_array_equal(np.array(cells, dtype=int).reshape(3, 3), expected)


def test_areas_are_those_of_the_metrics():
    made = made_up.classification(classes=("no", "yes"))
    area = roc_auc_score(made.y_holdout == "yes", made.probability[:, 1])
    assert score(area) in Walk(render(made, "m")).text


def test_a_class_that_the_held_out_rows_lack():
    made = made_up.classification()
    kept = made.y_holdout != "Gentoo"
    made = replace(
        made,
        y_holdout=made.y_holdout[kept],
        prediction=made.prediction[kept],
        probability=made.probability[kept],
    )
    row = re.search(r"<tr><th[^>]*><bdi>Gentoo</bdi></th><td>0</td>.*?</tr>", render(made, "m"))
    assert Walk(row[0]).texts[-2:] == ["–", "–"]  # neither area is defined


def test_two_classes_of_which_one_is_in_the_held_out_rows():
    made = made_up.classification(classes=("no", "yes"))
    kept = made.y_holdout == "no"
    made = replace(
        made,
        y_holdout=made.y_holdout[kept],
        prediction=made.prediction[kept],
        probability=made.probability[kept],
    )
    Walk(render(made, "m"))


def test_scores_that_are_nowhere_near_each_other():
    made = made_up.classification()
    for scores in ([1e150, -1e150], [np.nan, np.nan], [0.5, 0.5], [1e-150, 2e-150]):
        candidates = [replace(c, scores=np.array(scores)) for c in made.candidates]
        Walk(render(replace(made, candidates=candidates), "m"))


def test_extreme_targets():
    made = made_up.regression()
    for factor in (1e-150, 1e150, 0):
        Walk(render(replace(made, y_holdout=factor * made.y_holdout), "m"))


def test_a_learning_curve_whose_folds_failed():
    made = made_up.classification()
    curve = {key: a.copy() for key, a in made.learning_curve.items()}
    curve["validation"][:2] = np.nan
    curve["train"][4, 3] = np.nan
    Walk(render(replace(made, learning_curve=curve), "m"))


def test_a_loss_is_shown_as_a_positive_number_that_falls():
    made = made_up.classification()
    loss = {key: made.learning_curve[key] - 2 for key in ("train", "validation")}  # -1.4 to -1
    curve = {"sizes": made.learning_curve["sizes"], **loss}
    page = render(replace(made, metric="neg_log_loss", learning_curve=curve), "m")
    part = Walk(
        page[page.index('<section aria-labelledby="learning"') :].split("</section>")[0]
        + "</section>"
    )
    assert "275 rows the score on unseen rows became" in part.text
    assert "better (±" in part.text
    assert "log loss" in part.text
    assert "−" not in part.text


def test_render_is_pure_and_safe_in_threads():
    """The same bytes, from any thread, however often."""
    made = made_up.classification()
    pages = []
    threads = [threading.Thread(target=lambda: pages.append(render(made, "m"))) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(pages) == 4
    assert set(pages) == {render(made, "m")}


def test_paths_are_quoted_for_the_shell_and_for_python():
    text = Walk(render(made_up.classification(), "my dir/it's/model.pellucid")).text
    assert """pellucid predict 'my dir/it'"'"'s/model.pellucid' new.csv""" in text
    assert """pellucid.load("my dir/it's/model.pellucid")""" in text


def test_tag():
    assert tag("p", "<", Html("<b>"), None, ["x", 1]) == "<p>&lt;<b>x1</p>"
    assert tag("i", class_="a", aria_label='"', hidden=True, id=None) == (
        '<i class="a" aria-label="&quot;" hidden></i>'
    )
    assert tag("meta", charset="utf-8") == '<meta charset="utf-8">'
    assert join("a", ("<", ["b"])) == "a&lt;b"


def test_name():
    assert name("a_b") == "<bdi>a_<wbr>b</bdi>"
    assert name("") == "<bdi>(empty)</bdi>"
    long = name("x" * 5000)
    assert Walk(long).text.startswith("x" * 40 + "…")
    assert len(long) < 1200


def test_numbers():
    assert [number(v) for v in (0, 12.3456, -0.5, 12345.6, 1e9, np.nan, np.inf)] == [
        *("0", "12.35", "−0.5", "12,346", "1e+09", "–", "–")
    ]
    assert [score(v) for v in (0.0, 0.98765, -0.2, 0.0012345, 289.07, 1234.5, np.nan)] == [
        *("0.000", "0.988", "−0.200", "0.001234", "289.1", "1234", "–")
    ]
    assert [score(v, 0.5) for v in (0.5, 0.0071, -1e-16)] == ["0.500", "0.007", "0.000"]
    assert [count(n, "class") for n in (0, 1, 2000)] == ["0 classes", "1 class", "2,000 classes"]


@pytest.mark.parametrize("classes", [0, 2, 3])
def test_trees_show_what_features_add_and_their_first_questions(classes):
    X = np.random.default_rng(0).normal(size=(60, 3))
    y = X[:, 0] + X[:, 1]
    if classes:
        y = np.array(["a<b", "c", "d"])[np.digitize(y, [0, 1][: classes - 1])]
    forest = (RandomForestClassifier if classes else RandomForestRegressor)(3).fit(X, y)
    made = replace(
        made_up.regression(),
        holdout_pipeline=[forest],
        classes=getattr(forest, "classes_", None),
        coefficients=None,
        attributions={
            "names": ["<i>", "width", "x" * 50],
            "X": X,
            "values": TreeExplainer(forest).shap_values(X).reshape(60, 3, -1),
        },
    )
    page = Walk(render(made, "m"))
    assert "What each feature adds" in page.text
    assert "first questions of its first tree" in page.text
    assert "<i>" in page.text
    assert {element for element, _ in page.elements} <= set(ALLOWED.split())
    assert ("A dot is a row" in page.text) == (classes < 3)


def test_a_picture_has_what_was_drawn():
    """Lines, dots, areas and words stand where matplotlib's own coordinates put them."""

    def draw(ax):
        ax.set_position((0, 0, 1, 1))
        ax.figure.set_layout_engine("none")
        ax.set_axis_off()
        ax.set_xlim(0, 100)
        ax.set_ylim(0, 50)
        ax.plot([10, 60], [20, 30])
        ax.plot([50], [10], "o", markersize=8)
        ax.fill_between([0, 10], [0, 0], [5, 5], alpha=0.5, linewidth=0)
        ax.text(40, 25, "a < b", ha="center")

    svg = picture(draw, "a picture", width=200, height=100)
    assert 'd="M20.0 60.0L120.0 40.0"' in svg
    assert '<circle cx="100.0" cy="80.0" r="4"></circle>' in svg
    assert "M0.0 90.0L0.0 100.0L20.0 100.0" in svg
    assert "fill-opacity:0.5" in svg
    assert re.search(r'<text x="80\.0" y="50\.0" text-anchor="middle" [^>]*>a &lt; b</text>', svg)
    assert "var(--series-0)" in svg
