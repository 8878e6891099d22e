"""What Python's own manual is about: topics of its pages, by variational Bayes and by Gibbs.

Every Python carries the text.  A page is a document; words that most pages have, or hardly any,
are left out.
"""

from pydoc_data.topics import topics as pages

from pellucid.decomposition import GibbsLDA, LatentDirichletAllocation, coherence, top_words
from pellucid.feature_extraction.text import CountVectorizer
from pellucid.plotting import plot_topics

text = [paragraph for page in pages.values() for paragraph in page.split("\n\n")]
text = [paragraph for paragraph in text if len(paragraph.split()) > 20]
vectorizer = CountVectorizer(min_df=4, max_df=0.1, stop_words="english", token_pattern=r"[a-z]{3,}")
X = vectorizer.fit_transform(text)
names = vectorizer.get_feature_names_out()
print(f"{X.shape[0]} paragraphs, {X.sum()} words, {X.shape[1]} different ones\n")

models = (
    LatentDirichletAllocation(8, max_iter=20, doc_topic_prior="learned", random_state=0),
    GibbsLDA(8, doc_topic_prior=0.1, max_iter=200, random_state=0),
)
for model in models:
    model.fit(X)
    together = coherence(model.components_, X, measure="npmi")
    print(f"{type(model).__name__}: the words of a topic go together by {together.mean():.2f}")
    for topic in top_words(model.components_, names, 7):
        print("   ", " ".join(word for word, _ in topic))

plot_topics(models[1].components_, names).savefig("topics.png", dpi=120)
