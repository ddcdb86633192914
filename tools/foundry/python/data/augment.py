"""How do hurried people spell?

Typos never touch a slot: the value to copy must be what was written. Case may change anywhere; answers are lower-case.
"""
_NEAR = {"a": "sq", "b": "vn", "c": "xv", "d": "sf", "e": "wr", "f": "dg", "g": "fh", "h": "gj", "i": "uo", "j": "hk", "k": "jl", "l": "k",
         "m": "n", "n": "bm", "o": "ip", "p": "o", "q": "wa", "r": "et", "s": "ad", "t": "ry", "u": "yi", "v": "cb", "w": "qe", "x": "zc", "y": "tu", "z": "x"}
_PLAIN = str.maketrans("áàâãéêíóôõúç", "aaaaeeiooouc")


def misspell(word, rng):
    """One slip in a word of four letters or more."""
    if len(word) < 4 or not word.isalpha():
        return word
    i = 1 + int(rng.random() * (len(word) - 2))
    r = rng.random()
    if r < 0.3:
        return word[:i] + word[i + 1:]
    if r < 0.55:
        return word[:i] + word[i + 1] + word[i] + word[i + 2:]
    if r < 0.75:
        return word[:i] + word[i] + word[i:]
    near = _NEAR.get(word[i])
    return word[:i] + near[int(rng.random() * len(near))] + word[i + 1:] if near else word


def with_typos(pieces, rng, share):
    """Misspell about `share` of the words outside slots, at least one if there is one to misspell."""
    out, hit, candidates = [], False, []
    for text, is_slot in pieces:
        if is_slot:
            out.append((text, True))
            continue
        words = text.split(" ")
        for i, w in enumerate(words):
            if len(w) >= 4 and w.isalpha():
                if rng.random() < share:
                    words[i], hit = misspell(w, rng), True
                else:
                    candidates.append((len(out), i))
        out.append((" ".join(words), False))
    if not hit and candidates:
        at, i = candidates[int(rng.random() * len(candidates))]
        words = out[at][0].split(" ")
        words[i] = misspell(words[i], rng)
        out[at] = (" ".join(words), False)
    return out


def without_accents(pieces):
    """As typed on a foreign keyboard; slots keep theirs."""
    return [(t if is_slot else t.translate(_PLAIN), is_slot) for t, is_slot in pieces]


def recase(text, style):
    """"sentence", "title", "upper" or as it is."""
    if style == "sentence":
        return text[:1].upper() + text[1:]
    if style == "title":
        return " ".join(w[:1].upper() + w[1:] for w in text.split(" "))
    return text.upper() if style == "upper" else text


def names_capitalised(pieces):
    """Slots written with capital initials, the rest as it is."""
    return [(" ".join(w[:1].upper() + w[1:] for w in t.split(" ")) if is_slot else t, is_slot) for t, is_slot in pieces]


def with_noise_words(pieces, rng, share, new_word):
    """Lose or replace about `share` of the words outside slots: what is left must be enough, as in a phrasing never heard."""
    out = []
    for text, is_slot in pieces:
        if is_slot or ":" in text:
            out.append((text, is_slot))
            continue
        words = text.split(" ")
        for i, w in enumerate(words):
            if w.isalpha() and rng.random() < share:
                words[i] = new_word(rng) if rng.random() < 0.5 else ""
        out.append((" ".join(words), False))
    return out
