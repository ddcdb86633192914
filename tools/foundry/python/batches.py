"""Which token batches does training see?

Samples come from the generator by number, so a resumed run goes on with text it has not seen. Samples of like length
share a batch; a small share of batches are chats of up to the whole context.
"""
import random
import re

import torch

from data.chat import render
from tokenizer import BOS, END, START

IGNORE = -100

# A ticket's answer has three decisions among many tokens that follow from the first; without weight it is learned last.
WEIGHTS = {"ticket": 4.0}
# So do the few tokens that name the intent or the function: everything after them depends on them.
NAMED = re.compile(r'{"(?:intent|name)":"([a-z_]+)"')
NAME_WEIGHT = 3.0


def encode(sample, tokenizer, bos):
    """(ids, targets, weights): the target of a position is the next token where it is part of an answer, else IGNORE."""
    ids, learn = ([BOS], [0.0]) if bos else ([], [])
    weight = WEIGHTS.get(sample["skill"], 1.0)
    for kind, text in render(sample["system"], sample["tools"], sample["turns"]):
        if kind == "control":
            got = [START if text == "<|im_start|>" else END]
        elif kind == "answer-end":
            got = [END]
        else:
            got = tokenizer.encode(text)
        ids += got
        learn += [weight if kind.startswith("answer") else 0.0] * len(got)
        named = NAMED.search(text) if kind == "answer" else None
        if named:
            first, after = (len(ids) - len(got) + len(tokenizer.encode(text[:at])) for at in named.span(1))
            learn[first:after] = [NAME_WEIGHT] * (after - first)
    targets = [ids[i + 1] if learn[i + 1] else IGNORE for i in range(len(ids) - 1)]
    return ids[:-1], targets, learn[1:]


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
            ids, targets, weights = encode(self.generator.long_sample(key, 24 + int(rng.random() * 46)), self.tokenizer, hash_share(key) < 0.7)
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
