"""Models of Python's own manual: how much at a loss each is on what it has not read; one writes.

Every tenth paragraph is held out.  A word seen once in the rest, or never, is the unknown word, so
that every model can be asked about every paragraph, and all about the same n-grams.
"""

from pydoc_data.topics import topics

from pellucid.language_model import (
    AbsoluteDiscountingInterpolated,
    KneserNeyInterpolated,
    Laplace,
    Lidstone,
    ModifiedKneserNeyInterpolated,
    SimpleGoodTuring,
    Vocabulary,
    WittenBellInterpolated,
    everygrams,
    pad_both_ends,
    padded_everygram_pipeline,
)

paragraphs = [part.split() for topic in topics.values() for part in topic.split("\n\n")]
train = [words for i, words in enumerate(paragraphs) if i % 10]
held_out = [list(pad_both_ends(words, n=3)) for words in paragraphs[::10]]
trigrams = [gram for words in held_out for gram in everygrams(words, 3, 3)]

models = [
    Laplace(),
    Lidstone(0.01),
    WittenBellInterpolated(),
    AbsoluteDiscountingInterpolated(),
    KneserNeyInterpolated(discount=0.75),
    SimpleGoodTuring(),
    ModifiedKneserNeyInterpolated(),
]
print(f"{len(train)} paragraphs to learn from, {len(trigrams)} trigrams to be asked about")
for model in models:
    grams, words = padded_everygram_pipeline(3, train)
    model.set_params(order=3, vocabulary=Vocabulary(words, unk_cutoff=2)).fit(grams)
    print(f"{type(model).__name__:32} perplexity {model.perplexity(trigrams):8.1f}")

for seed in range(3):
    written = models[-1].generate(60, text_seed=["<s>", "<s>"], random_seed=seed)
    end = written.index("</s>") if "</s>" in written else None
    print("\n" + " ".join(written[:end]))
