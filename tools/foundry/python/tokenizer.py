"""How does text become tokens?

Byte-level BPE in GPT-2's form (`tokenizer.ggml.model = gpt2`, `tokenizer.ggml.pre = gpt-2`). Merges are learned on text
cut at spaces *and* digits, so that a digit is always one token and a word has the same tokens after a space, after a
quote and at the start: copying a slot into JSON is then copying token by token.

Run as a program it learns the vocabulary: `tokenizer.py --out tokenizer.json`.
"""
import argparse
import collections
import json
import os
import re

SPECIALS = ["<|endoftext|>", "<|im_start|>", "<|im_end|>"]
BOS, START, END = 0, 1, 2
DEFAULT = os.path.join(os.path.dirname(os.path.abspath(__file__)), "tokenizer.json")

# GPT-2's rule. [^\W\d_] is \p{L} and \d is \p{N} for every letter and digit that our text has.
_PRE = re.compile(r"'s|'t|'re|'ve|'m|'ll|'d| ?[^\W\d_]+| ?\d+| ?(?:[^\s\w]|_)+|\s+(?!\S)|\s+")


def byte_alphabet():
    """GPT-2's printable character for each byte."""
    keep = list(range(33, 127)) + list(range(161, 173)) + list(range(174, 256))
    table, extra = {}, 0
    for b in range(256):
        if b in keep:
            table[b] = chr(b)
        else:
            table[b] = chr(256 + extra)
            extra += 1
    return table


ALPHABET = byte_alphabet()


def pretokens(text):
    """GPT-2's pieces of a text; merges never cross them."""
    return _PRE.findall(text)


def spelled(piece):
    """A piece in the byte alphabet."""
    return tuple(ALPHABET[b] for b in piece.encode("utf-8"))


class Tokenizer:
    """Encodes and decodes with a learned vocabulary."""

    def __init__(self, merges):
        self.merges = [tuple(m) for m in merges]
        self.rank = {m: i for i, m in enumerate(self.merges)}
        self.tokens = SPECIALS + [ALPHABET[b] for b in range(256)] + [a + b for a, b in self.merges]
        self.ids = {t: i for i, t in enumerate(self.tokens)}
        self._cache = {}
        self._bytes = {c: b for b, c in ALPHABET.items()}

    @classmethod
    def load(cls, path=DEFAULT):
        """The tokenizer of a file that `save` wrote."""
        with open(path, encoding="utf-8") as f:
            return cls(m.split(" ") for m in json.load(f)["merges"])

    def save(self, path=DEFAULT):
        """Merges only: the rest follows from them."""
        with open(path, "w", encoding="utf-8") as f:
            json.dump({"merges": [" ".join(m) for m in self.merges]}, f, ensure_ascii=False, indent=0)
            f.write("\n")

    def _piece(self, piece):
        got = self._cache.get(piece)
        if got is None:
            parts = list(spelled(piece))
            while len(parts) > 1:
                best, at = None, -1
                for i in range(len(parts) - 1):
                    r = self.rank.get((parts[i], parts[i + 1]))
                    if r is not None and (best is None or r < best):
                        best, at = r, i
                if best is None:
                    break
                parts[at:at + 2] = [parts[at] + parts[at + 1]]
            got = [self.ids[p] for p in parts]
            if len(self._cache) < 200_000:
                self._cache[piece] = got
        return got

    def encode(self, text):
        """Ids of ordinary text: control tokens cannot come out of it."""
        out = []
        for piece in pretokens(text):
            out += self._piece(piece)
        return out

    def decode(self, ids):
        """Text of ids; control tokens are left out."""
        data = bytearray()
        for i in ids:
            if i >= len(SPECIALS):
                data += bytes(self._bytes[c] for c in self.tokens[i])
        return data.decode("utf-8", "replace")


def learn(counts, vocab_size):
    """Merges from counted pieces; the most frequent pair first, ties by spelling, so that a run repeats exactly."""
    words = [[list(spelled(w)), n] for w, n in sorted(counts.items())]
    pairs, where = collections.Counter(), collections.defaultdict(set)
    for i, (parts, n) in enumerate(words):
        for pair in zip(parts, parts[1:]):
            pairs[pair] += n
            where[pair].add(i)
    merges = []
    while len(merges) < vocab_size - 256 - len(SPECIALS):
        (a, b), n = max(pairs.items(), key=lambda kv: (kv[1], kv[0]))
        if n < 2:
            break
        merges.append((a, b))
        for i in where.pop((a, b)):
            parts, n = words[i]
            for pair in zip(parts, parts[1:]):
                pairs[pair] -= n
            j = 0
            while j < len(parts) - 1:
                if parts[j] == a and parts[j + 1] == b:
                    parts[j:j + 2] = [a + b]
                j += 1
            for pair in zip(parts, parts[1:]):
                pairs[pair] += n
                where[pair].add(i)
        pairs.pop((a, b), None)
    return merges


def main():
    """Learn the vocabulary from generated text."""
    from data.chat import render
    from data.generate import Generator

    args = argparse.ArgumentParser(description=__doc__)
    args.add_argument("--out", default=DEFAULT)
    args.add_argument("--vocab", type=int, default=1536)
    args.add_argument("--samples", type=int, default=60_000)
    args = args.parse_args()
    generator, counts = Generator(), collections.Counter()
    for seed in range(args.samples):
        s = generator.sample(seed)
        for kind, text in render(s["system"], s["tools"], s["turns"]):
            if kind in ("text", "answer"):
                for piece in re.findall(r"[^\W\d_]+|(?:[^\s\w]|_)+", text.lower()):
                    counts[piece] += 1
    counts = {w: n for w, n in counts.items() if n > 2}
    tokenizer = Tokenizer(learn(counts, args.vocab))
    tokenizer.save(args.out)
    print(len(tokenizer.tokens), "tokens;", tokenizer.tokens[259:300], "...", tokenizer.tokens[-40:])


if __name__ == "__main__":
    main()
