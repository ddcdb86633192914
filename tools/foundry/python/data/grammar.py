"""How is a template line turned into a sentence?

A line is words with `(a|b|c)` for one of several, `[x|y]` for one of several or nothing, `{slot}` or `{slot:form}` for a
slot, and `<verbo>` for a Portuguese verb whose form the caller chooses. Lines starting with `~` are held out of training.
"""
import re

from .verbs import conjugate

_LEX = re.compile(r"[()\[\]|]|\{[^}]*\}|<[^>]*>|[^()\[\]|{}<>]+")


def parse(line):
    """The line as a tree: ('seq', [...]), ('alt', [...]), ('text', s), ('slot', name, form), ('verb', infinitive)."""
    tokens = _LEX.findall(line)
    node, rest = _alternatives(tokens, 0, None)
    if rest != len(tokens):
        raise ValueError(f"unbalanced template: {line}")
    return node


def _alternatives(tokens, at, closer):
    options, current = [], []
    while at < len(tokens) and tokens[at] != closer:
        t = tokens[at]
        if t == "|" and closer:
            options.append(("seq", current))
            current = []
        elif t in "([":
            node, at = _alternatives(tokens, at + 1, ")" if t == "(" else "]")
            if t == "[":
                node = ("alt", [node, ("text", "")])
            current.append(node)
        elif t in ")]":
            raise ValueError(f"unbalanced template: {''.join(tokens)}")
        elif t[0] == "{":
            name, _, form = t[1:-1].partition(":")
            current.append(("slot", name, form))
        elif t[0] == "<":
            current.append(("verb", t[1:-1]))
        else:
            current.append(("text", t))
        at += 1
    if closer and at >= len(tokens):
        raise ValueError(f"unbalanced template: {''.join(tokens)}")
    options.append(("seq", current))
    return (options[0] if len(options) == 1 else ("alt", options)), at


def slots_of(node):
    """The names of the slots that may appear in a tree."""
    kind = node[0]
    if kind == "slot":
        return {node[1]}
    if kind in ("seq", "alt"):
        return set().union(*[slots_of(n) for n in node[1]]) if node[1] else set()
    return set()


def expand(node, rng, verb_form, out):
    """Append the pieces of one random reading: strings, and ('slot', name, form) where a value goes."""
    kind = node[0]
    if kind == "text":
        out.append(node[1])
    elif kind == "seq":
        for n in node[1]:
            expand(n, rng, verb_form, out)
    elif kind == "alt":
        expand(node[1][int(rng.random() * len(node[1]))], rng, verb_form, out)
    elif kind == "verb":
        out.append(conjugate(node[1], verb_form))
    else:
        out.append(node)
    return out


_TIDY = ((" ,", ","), (" :", ":"), (" ?", "?"), (" !", "!"), (" %", "%"))


def tidy(text):
    """One space between words, none before punctuation."""
    text = " ".join(text.split())
    for a, b in _TIDY:
        text = text.replace(a, b)
    return text
