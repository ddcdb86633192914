"""In which tokens does an answer copy a word that the question wrote in capitals?

Answers are lower-case. `GARAGE` is read as single letters, `garage` as two tokens that none of those letters is: to copy
it, a model would have to spell ahead. So the answer takes the tokens of the question, each one lowered: copying stays one
token after the other, and the text that comes out is the same.
"""
import re

from tokenizer import pretokens

# The values of an order or a call, not its keys; those that are chosen from a list are not copied.
_VALUE = re.compile(r'"([a-z_]+)":"([^"]*)"')
_CHOSEN = {"intent", "direction", "metric", "mode", "urgency", "day"}


def _lowered(tokenizer, word):
    """Ids that spell `word` in lower case, cut where the word itself is cut."""
    out, held = [], []
    for i in tokenizer.encode(word):
        held.append(i)
        text = tokenizer.decode(held)
        if "\ufffd" not in text:  # a letter of two bytes may be two tokens
            out += tokenizer.encode(text.lower())
            held = []
    return out


def copied_spans(text):
    """Where in an answer values stand that were copied from the question: [(start, end)]."""
    at = text.find('"arguments":') if text.startswith("<tool_call>") else 0 if text.startswith('{"intent"') else -1
    return [m.span(2) for m in _VALUE.finditer(text, at) if m[1] not in _CHOSEN] if at >= 0 else []


def spell(tokenizer, text, said):
    """[(ids, offset)] of an answer to `said`, piece by piece, and whether any differs from the ordinary tokens."""
    written = {w.lower(): w for w in (p.strip() for p in pretokens(said)) if w != w.lower()}
    spans, out, at, differs = copied_spans(text) if written else [], [], 0, False
    for piece in pretokens(text):
        word = piece.lstrip(" ")
        ids = tokenizer.encode(piece)
        if word in written and any(a <= at and at + len(piece) <= b for a, b in spans):
            copied = tokenizer.encode(piece[: len(piece) - len(word)]) + _lowered(tokenizer, written[word])
            differs, ids = differs or copied != ids, copied
        out.append((ids, at))
        at += len(piece)
    return out, differs
