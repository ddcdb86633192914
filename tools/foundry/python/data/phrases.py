"""Which template lines exist, and which of them are held out of training?

Reads the .txt files beside this one. A line that starts with `~` is held out entirely: no training sample uses it.
"""
import os

from .grammar import parse, slots_of

HERE = os.path.dirname(os.path.abspath(__file__))


class Line:
    """One template: its tree, whether a wrapper may go round it, constants it fixes, whether it is held out."""

    __slots__ = ("text", "held_out", "wrap", "constants", "tree", "slots")

    def __init__(self, raw):
        self.held_out = raw.startswith("~")
        raw = raw.lstrip("~")
        self.wrap = not raw.startswith("=")
        raw, _, constants = raw.lstrip("=").partition(" => ")
        self.constants = dict(c.split("=") for c in constants.split()) if constants else {}
        self.text = raw
        self.tree = parse(raw)
        self.slots = slots_of(self.tree)


def read(name):
    """The lines of a file without comments and blanks."""
    with open(os.path.join(HERE, name), encoding="utf-8") as f:
        return [line.rstrip("\n") for line in f if line.strip() and not line.startswith("#")]


def sections(name):
    """[(header, [raw lines])] of a file; a header is the text after '@ '."""
    out = []
    for line in read(name):
        if line.startswith("@ "):
            out.append((line[2:].strip(), []))
        else:
            out[-1][1].append(line)
    return out


def split_pool(lines):
    """(trained, held out) of a list of Line."""
    return [l for l in lines if not l.held_out], [l for l in lines if l.held_out]
