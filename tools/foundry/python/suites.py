"""Which items are the models tested on?

    suites.py        writes libs/starter-models/suites/{known,held-out,perturbed}.jsonl, 1,000 items each

known: phrasings that training uses, slot words that it never saw. held-out: lines (and partly wrappers) that no
training sample uses, slot words that it never saw. perturbed: known, with typos, another case or added politeness.
Commands, tickets, facts and tool turns in the shares below, half English and half Portuguese.
"""
import argparse
import json
import os
import random

from data.augment import recase, with_typos, without_accents
from data.chat import SYSTEMS
from data.generate import Generator, plain
from data.skills import LANGUAGES, Mode

SHARES = (("command", 0.50), ("back", 0.08), ("ticket", 0.18), ("fact", 0.12), ("tool", 0.12))
MODES = {"known": Mode(False, True), "held-out": Mode(True, True), "perturbed": Mode(False, True)}
POLITE = {"en": (("hello, ", ""), ("", ", thank you very much"), ("dear assistant, ", ""), ("", " if it is no trouble"), ("good morning, ", ""), ("sorry to bother you, ", "")),
          "pt": (("olá, ", ""), ("", ", muito obrigado"), ("caro assistente, ", ""), ("", " se não for incómodo"), ("bom dia, ", ""), ("desculpe incomodar, ", ""))}


def say(set_name, language, rng):
    """How the last user turn is written in a set."""
    def write(pieces):
        if set_name != "perturbed":
            return plain(pieces)
        r = rng.random()
        if r < 0.45:
            return plain(with_typos(pieces, rng, 0.15))
        if r < 0.70:
            return recase(plain(pieces), ("sentence", "sentence", "title", "upper")[int(rng.random() * 4)])
        before, after = POLITE[language][int(rng.random() * 6)]
        text = before + plain(pieces) + after
        return text if r < 0.85 else recase(plain(without_accents(pieces)) + "!", "sentence") if r < 0.92 else plain(with_typos([(text, False)] if False else pieces, rng, 0.1)) + after
    return write


def sample_items(generator, set_name, n, seed):
    """`n` samples of a set, as generate.py shapes them; the last turn is the answer to reach."""
    out, seen = [], set()
    mode = MODES[set_name]
    for i in range(n * 20):
        if len(out) == n:
            break
        rng = random.Random(f"{set_name}-{seed}-{i}")
        skill = next(s for k, s in enumerate(dict(SHARES)) if (len(out) % 100) / 100 < sum(x for _, x in SHARES[: k + 1]))
        language = LANGUAGES[len(out) % 2]
        write = say(set_name, language, rng)
        tools, turns = generator.conversation(skill, language, mode, rng, write)
        if skill == "tool":
            ends = [k for k, (role, _) in enumerate(turns) if role in ("call", "assistant")]
            turns = turns[: ends[int(rng.random() * len(ends))] + 1]
        key = json.dumps([turns, [t["name"] for t in tools]], ensure_ascii=False)
        if key in seen:
            continue
        seen.add(key)
        system = "" if rng.random() < 0.5 else SYSTEMS[language][int(rng.random() * 5)]
        out.append({"skill": skill, "language": language, "system": system, "tools": tools, "turns": turns})
    return out


def openai_tool(t):
    """A tool as chat APIs declare it."""
    return {"type": "function", "function": {"name": t["name"], "parameters": {
        "type": "object", "properties": {n: {"type": k} for n, k in t["parameters"].items()}, "required": list(t["parameters"])}}}


def messages_of(sample):
    """(messages before the answer, the answer) in the form of chat APIs."""
    messages = [{"role": "system", "content": sample["system"]}] if sample["system"] else []
    calls = 0
    for role, text in sample["turns"][:-1]:
        if role == "call":
            calls += 1
            call = json.loads(text)
            messages.append({"role": "assistant", "content": "", "tool_calls": [{"id": f"call_{calls}", "type": "function", "function": {
                "name": call["name"], "arguments": json.dumps(call["arguments"], ensure_ascii=False, separators=(",", ":"))}}]})
        elif role == "result":
            messages.append({"role": "tool", "tool_call_id": f"call_{calls}", "content": text})
        else:
            messages.append({"role": role, "content": text})
    return messages, sample["turns"][-1]


def item(sample, set_name, number):
    """One line of a suite."""
    messages, (role, answer) = messages_of(sample)
    if role == "call":
        expected = {"kind": "tool-call", "value": json.loads(answer)}
    elif answer.startswith("{"):
        expected = {"kind": "json", "value": json.loads(answer)}
    else:
        expected = {"kind": "exact", "value": answer}
    out = {"id": f"{set_name}-{number:04d}", "skill": sample["skill"], "language": sample["language"], "messages": messages}
    if sample["tools"]:
        out["tools"] = [openai_tool(t) for t in sample["tools"]]
    return {**out, "expected": expected}


def main():
    """Write the three suites."""
    root = os.path.join(os.path.dirname(os.path.abspath(__file__)), "../../..")
    p = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    p.add_argument("--out", default=os.path.join(root, "libs/starter-models/suites"))
    p.add_argument("--items", type=int, default=1000)
    args = p.parse_args()
    os.makedirs(args.out, exist_ok=True)
    generator = Generator()
    for name in MODES:
        with open(os.path.join(args.out, name + ".jsonl"), "w", encoding="utf-8") as f:
            for i, s in enumerate(sample_items(generator, name, args.items, seed="suite")):
                f.write(json.dumps(item(s, name, i + 1), ensure_ascii=False) + "\n")


if __name__ == "__main__":
    main()
