"""Which token batches does training see?

Samples come from the generator by number, so a resumed run goes on with text it has not seen. Samples of like length
share a batch; a small share of batches are chats of up to the whole context.
"""
import random
import re

import torch

from data.chat import render
from spelling import spell
from tokenizer import BOS, END, START

IGNORE = -100

# A ticket's answer has three decisions among many tokens that follow from the first; without weight it is learned last.
WEIGHTS = {"ticket": 4.0}
# So do the few tokens that are a decision and no copy: which intent or function, and what is chosen from a list.
DECIDED = re.compile(r'{"(?:intent|name)":"([a-z_]+)"|"(?:direction|metric|mode|urgency|day)":"([a-z0-9]+)"')
DECIDED_WEIGHT = 3.0


def answer_ids(tokenizer, text, said, weight):
    """(ids, weights, differs) of an answer to `said`; `differs` where capitals were copied in the question's own tokens."""
    pieces, differs = spell(tokenizer, text, said)
    decided = [m.span(m.lastindex) for m in DECIDED.finditer(text)]
    ids, learn = [], []
    for got, at in pieces:
        ids += got
        learn += [max(weight, DECIDED_WEIGHT) if any(a <= at < b for a, b in decided) else weight] * len(got)
    return ids, learn, differs


def last_answer(parts):
    """The place of the last answer among the parts of a chat."""
    return max(i for i, (kind, _) in enumerate(parts) if kind == "answer")


def ordinary_ids(kind, text, tokenizer):
    """The tokens of a part of a chat as a tokenizer writes it that knows nothing of how an answer came about."""
    if kind == "control":
        return [START if text == "<|im_start|>" else END]
    return [END] if kind == "answer-end" else tokenizer.encode(text)


def encode(sample, tokenizer, bos, cut=True):
    """(ids, targets, weights): the target of a position is the next token where it is part of an answer, else IGNORE.

    Whoever serves a chat writes earlier answers in ordinary tokens. An answer that is spelled otherwise is therefore
    learned at the end of a chat only: with `cut` half of the chats end at the first such answer.
    """
    ids, learn = ([BOS], [0.0]) if bos else ([], [])
    weight = WEIGHTS.get(sample["skill"], 1.0)
    parts = render(sample["system"], sample["tools"], sample["turns"])
    last, said, ends = last_answer(parts), "", False
    for i, (kind, text) in enumerate(parts):
        got = ordinary_ids(kind, text, tokenizer)
        weights = [0.0] * len(got)
        if kind == "answer":
            spelled, learned, differs = answer_ids(tokenizer, text, said, weight)
            ends = differs and (i == last or cut and hash_share(said) < 0.5)
            if ends or not differs:
                got, weights = spelled, learned
        elif kind == "answer-end":
            weights = [weight if learn[-1] else 0.0]
        elif i and parts[i - 1] == ("text", "user\n"):
            said = text
        ids += got
        learn += weights
        if ends and kind == "answer-end":
            break
    targets = [ids[i + 1] if learn[i + 1] else IGNORE for i in range(len(ids) - 1)]
    return ids[:-1], targets, learn[1:]


def prompt(sample, tokenizer, bos):
    """(ids before the last answer, that answer's text), as whoever serves the model would ask."""
    parts = render(sample["system"], sample["tools"], sample["turns"])
    last = last_answer(parts)
    ids = [BOS] if bos else []
    for kind, text in parts[:last]:
        ids += ordinary_ids(kind, text, tokenizer)
    return ids, parts[last][1]


def collate(rows, device):
    """(ids, targets, weights) padded to the longest row."""
    longest = max(len(r[0]) for r in rows)
    ids = torch.zeros(len(rows), longest, dtype=torch.long)
    targets = torch.full((len(rows), longest), IGNORE, dtype=torch.long)
    weights = torch.ones(len(rows), longest)
    for i, (a, b, w) in enumerate(rows):
        ids[i, : len(a)] = torch.tensor(a)
        targets[i, : len(b)] = torch.tensor(b)
        weights[i, : len(w)] = torch.tensor(w)
    return ids.to(device), targets.to(device), weights.to(device)


class Batches:
    """An endless stream of batches of about `tokens` tokens; `counter` says how far it is."""

    def __init__(self, generator, tokenizer, seed, tokens, context, device, long_share=0.01, counter=0):
        self.generator, self.tokenizer, self.seed, self.tokens = generator, tokenizer, seed, tokens
        self.context, self.device, self.long_share, self.counter = context, device, long_share, counter

    def rows(self, n):
        """The next `n` samples, encoded."""
        out = []
        for _ in range(n):
            self.counter += 1
            key = f"train-{self.seed}-{self.counter}"
            out.append(encode(self.generator.sample(key), self.tokenizer, hash_share(key) < 0.7))
        return out

    def long_rows(self, rng):
        """Long chats for one batch."""
        out = []
        for _ in range(max(1, self.tokens // self.context)):
            self.counter += 1
            key = f"long-{self.seed}-{self.counter}"
            ids, targets, weights = encode(self.generator.long_sample(key, 24 + int(rng.random() * 46)), self.tokenizer, hash_share(key) < 0.7, cut=False)
            out.append((ids[: self.context], targets[: self.context], weights[: self.context]))
        return out

    def __iter__(self):
        while True:
            rng = random.Random(f"order-{self.seed}-{self.counter}")
            rows = sorted(self.rows(2048), key=lambda r: len(r[0]))
            batches, current = [], []
            for r in rows:
                if current and len(r[0]) * (len(current) + 1) > self.tokens:
                    batches.append(current)
                    current = []
                current.append(r)
            rng.shuffle(batches)  # the last, fullest-length rows that did not fill a batch are dropped
            for b in batches:
                if rng.random() < self.long_share:
                    yield collate(self.long_rows(rng), self.device)
                yield collate(b, self.device)


def hash_share(key):
    """A share in [0, 1) that follows from a key."""
    return random.Random("bos-" + key).random()
