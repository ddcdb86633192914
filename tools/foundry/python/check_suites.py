"""Does training hear anything that the published held-out suite asks? It must not.

    check_suites.py [--suite held-out.jsonl]     prints every item that a trained line can give, and fails at a new one

The suites are fixed files: they were written once and are not written again when lines are added, so that scores stay
comparable. An item counts as heard where a trained line of the same intent, fact or label reads like it with the item's
own slot values, trained and held-out wrappers and the joints of a ticket set aside.
"""
import argparse
import json
import os
import re
import sys

from data.skills import LANGUAGES, Commands, Facts, Tickets
from data.verbs import conjugate
from data.words import DAYS, METRICS, MODES, URGENCIES
from data.wrappers import ORDER, SENTENCE

# Of the suite as first written, these are a trained line inside a trained wrapper. They stay, and the cards say so.
SINCE_THE_FIRST = {"held-out-0112", "held-out-0122", "held-out-0316", "held-out-0543", "held-out-0728", "held-out-0938"}

HERE = os.path.dirname(os.path.abspath(__file__))
FORMS = {"o": "(?:o|a)", "de": "(?:do|da)", "em": "(?:no|na)", "a": "(?:ao|à)", "": ""}
ENUMS = {"metric": METRICS, "mode": MODES, "urgency": URGENCIES, "day": DAYS}


def pattern(node, values):
    """A regular expression for a template tree; a slot is what `values` gives for its name."""
    kind = node[0]
    if kind == "text":
        return "".join(r"\\s*" if c == " " else re.escape(c) for c in node[1]).replace(r"\\s*", r"\s*")
    if kind == "seq":
        return "".join(pattern(n, values) for n in node[1])
    if kind == "alt":
        return "(?:" + "|".join(pattern(n, values) for n in node[1]) + ")"
    if kind == "verb":
        return "(?:" + "|".join(re.escape(conjugate(node[1], form)) for form in ("inf", "tu", "vc")) + ")"
    return FORMS[node[2]] + r"\s*" + values(node[1])


def bare(text):
    """What is left of a text after each known wrapper, and the text itself."""
    yield text
    for table in (ORDER, SENTENCE):
        for language in LANGUAGES:
            for w in table[language]["trained"] + table[language]["held"]:
                before, _, after = (w if isinstance(w, str) else w[0]).partition("{}")
                if (before or after) and text.startswith(before) and text.endswith(after) and len(text) > len(before + after):
                    yield text[len(before): len(text) - len(after)]


def heard(lines, texts, values):
    """The first trained line that reads like one of the texts."""
    for line in lines:
        rule = re.compile(r"\s*" + pattern(line.tree, values) + r"\s*[?!.]?")
        if any(rule.fullmatch(t) for t in texts):
            return line.text
    return None


def command_values(language, types, answer):
    """Slot name -> expression of the item's own value."""
    def of(name):
        value = answer.get(name)
        table = ENUMS.get(types[name])
        if table:
            return "(?:" + "|".join(re.escape(e[1]) for e in table[language]) + ")"
        return re.escape(str(value)) if value is not None else r"\S+"
    return of


def main():
    """Check."""
    p = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    p.add_argument("--suite", default=os.path.join(HERE, "../../../libs/starter-models/suites/held-out.jsonl"))
    args = p.parse_args()
    commands, tickets, (facts, ask) = Commands(), Tickets(), (Facts().facts, Facts().ask)
    found, new = 0, 0
    with open(args.suite, encoding="utf-8") as f:
        items = [json.loads(line) for line in f]
    for i in items:
        language, text, answer, line = i["language"], i["messages"][-1]["content"], i["expected"]["value"], None
        if i["skill"] == "command":
            types = commands.types[answer["intent"]]
            line = heard(commands.lines[answer["intent"], language][0], set(bare(text)), command_values(language, types, answer))
        elif i["skill"] == "ticket":
            parts = re.split(r"(?:\. |, | - |; | -- | ?: )", text)
            for kind in ("category", "urgency", "sentiment"):
                pool = tickets.pools[language, kind].get(answer[kind])
                line = line or (pool and heard(pool[0], parts, lambda name: r"[\w-]+(?: [\w-]+)?"))
        elif i["skill"] == "fact":
            fact = next((x for x in facts if x[language] == answer), None)
            if fact:
                term = pattern(fact["terms"][language], None) if fact["terms"][language] else "(?!)"
                line = heard(fact["own"][language][0] + ask[language][0], set(bare(text)), lambda name: term)
        if line:
            found += 1
            new += i["id"] not in SINCE_THE_FIRST
            print(f"{i['id']}: {text!r}\n    {line}")
    print(f"{found} of {len(items)} items are heard in training, {new} of them since lines were added")
    sys.exit(new > 0)


if __name__ == "__main__":
    main()
