"""Which facts does the model know, and how are they asked for?"""
from .grammar import parse
from .phrases import Line, read, sections, split_pool


def load_facts():
    """([fact], {language: (trained, held)}): own questions and terms per fact, and the questions all terms share."""
    facts = []
    for header, raw in sections("facts.txt"):
        fact = {"id": header, "terms": {"en": None, "pt": None}, "own": {"en": [], "pt": []}}
        for r in raw:
            held, r = r.startswith("~"), r.lstrip("~")
            language, sign, text = r.split(" ", 2)
            if sign == "=":
                fact[language] = text
            elif sign == "~":
                fact["terms"][language] = parse(text)
            else:
                fact["own"][language].append(Line(("~" if held else "") + text))
        fact["own"] = {l: split_pool(lines) for l, lines in fact["own"].items()}
        facts.append(fact)
    ask = {"en": [], "pt": []}
    for r in read("facts.ask.txt"):
        held, r = r.startswith("~"), r.lstrip("~")
        language, text = r.split(" ", 1)
        ask[language].append(Line(("~" if held else "") + text))
    return facts, {l: split_pool(lines) for l, lines in ask.items()}
