"""Three models of the next character learn from the manual that every Python carries.

As it stands each makes 60 steps, enough to learn how long words are.  ``python
write_like_the_manual.py 3000`` learns some Python.
"""

import sys
from pydoc_data.topics import topics

import pellucid as torch
from pellucid import training
from pellucid.models import GPT, CharLSTM, WaveNet, next_token_loss
from pellucid.utils.data import DataLoader, Dataset, RandomSampler

STEPS = int(sys.argv[1]) if len(sys.argv) > 1 else 60
CONTEXT = 64
text = "\n".join(topics[name] for name in sorted(topics))
characters = sorted(set(text))
number = {character: i for i, character in enumerate(characters)}
tokens = torch.tensor([number[character] for character in text])


class Windows(Dataset):
    """At each place of the text: so many characters, and those one place further on."""

    def __len__(self):
        return len(tokens) - CONTEXT

    def __getitem__(self, i):
        return tokens[i : i + CONTEXT], tokens[i + 1 : i + CONTEXT + 1]


class Losses(training.Callback):
    def after_step(self, loop):
        if loop.step in (1, STEPS // 2, STEPS):
            print(f"  step {loop.step}: {loop.value:.2f} nats a character")


print(f"{len(text):,} characters, {len(characters)} of them different")
for model in (
    CharLSTM(len(characters)),
    WaveNet(len(characters), channels=64),
    GPT(len(characters), CONTEXT, 64, 4, 2),
):
    torch.manual_seed(1)
    print(type(model).__name__)
    data = DataLoader(Windows(), 32, sampler=RandomSampler(Windows(), num_samples=32 * STEPS))
    adam = torch.optim.AdamW(model.parameters(), lr=3e-3)
    callbacks = [training.ClipGradients(1.0), Losses()]
    training.Loop(model, adam, next_token_loss, callbacks).fit(data, epochs=1)
    start = torch.tensor([[number[character] for character in "The "]])
    written = model.eval().generate(start, 80, temperature=0.8)[0].tolist()
    print("  " + "".join(characters[i] for i in written).replace("\n", " "))
