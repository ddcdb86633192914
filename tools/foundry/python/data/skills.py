"""What does a person say, and what is the right answer?

Each skill makes turns. A user turn is a list of pieces `(text, is_slot)`, so that typos can spare the slots.
"""
import json
import random

from .facts import load_facts
from .grammar import expand, tidy
from .phrases import Line, sections, split_pool
from .words import RESULTS, Fillers, in_form, invented
from .wrappers import wrap_order, wrap_sentence

LANGUAGES = ("en", "pt")


def compact(value):
    """JSON without spaces, letters as they are: the one spelling that answers use."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def _one(rng, items):
    return items[int(rng.random() * len(items))]


def skeleton(parts):
    """A reading with its slots named: what two phrasings must not share to count as different."""
    return tidy("".join(p if isinstance(p, str) else "{%s}" % p[1] for p in parts)).rstrip("?! ").lower()


_taken = {}


def taken(language, lines):
    """Skeletons that the trained lines of one kind can give (sampled), so that no held-out item is one of them."""
    key = (language, id(lines))
    if key not in _taken:
        rng = random.Random(0)
        _taken[key] = {skeleton(expand(l.tree, rng, form, [])) for l in lines for _ in range(150) for form in ("tu", "vc", "inf")}
    return _taken[key]


class Mode:
    """Which phrasings and words a sample may use: `held` lines, `unseen` slot words."""

    def __init__(self, held=False, unseen=False):
        self.held, self.unseen = held, unseen


def realise(line, types, language, mode, rng, given=None, order=True, wrap=True, trained=()):
    """Fill one line. Returns (pieces, fillings by slot); a held-out line gives no reading that `trained` lines give too,
    or None where it has no other."""
    if wrap and order and line.wrap:
        before, after, form = wrap_order(language, mode.held, rng)
    elif wrap:
        before, after, form = wrap_sentence(language, mode.held, rng)
    else:
        before, after, form = "", "", "tu"
    fillers = Fillers(language, mode.unseen, rng)
    filled = dict(given or {})
    pieces = [(before, False)] if before else []
    parts = expand(line.tree, rng, form, [])
    if mode.held and line.held_out and trained:
        for _ in range(40):
            if skeleton(parts) not in taken(language, trained):
                break
            parts = expand(line.tree, rng, form, [])
        else:
            return None
    for part in parts:
        if isinstance(part, str):
            pieces.append((part, False))
            continue
        _, name, slot_form = part
        if name not in filled:
            filled[name] = fillers.fill(types[name])
        surface, _, gender = filled[name]
        text = in_form(surface, gender, slot_form if language == "pt" else "")
        if slot_form and language == "pt":
            head, _, tail = text.partition(" ")
            pieces.append((head + " ", False))
            pieces.append((tail, True))
        else:
            pieces.append((text, True))
    if after:
        pieces.append((after, False))
    return pieces, filled


class Commands:
    """Orders for devices and field staff, answered by one compact JSON object."""

    skill = "command"

    def __init__(self):
        self.intents, self.types = [], {}
        self.lines = {}
        for language in LANGUAGES:
            for header, raw in sections(f"commands.{language}.txt"):
                name, *slots = header.split()
                self.types[name] = dict(s.split(":") for s in slots)
                if name not in self.intents:
                    self.intents.append(name)
                self.lines[name, language] = split_pool([Line(r) for r in raw])

    def answer(self, intent, line_constants, filled):
        """The JSON of one order."""
        out = {"intent": intent}
        for slot in self.types[intent]:
            if slot in line_constants:
                out[slot] = line_constants[slot]
            elif slot in filled:
                out[slot] = filled[slot][1]
        return compact(out)

    # Pairs that differ in a word only and orders with free text are learned last: training hears them oftener.
    OFTENER = {"lights_on", "lights_off", "open_blinds", "close_blinds", "lock_door", "unlock_door", "open_valve", "close_valve", "start_machine", "stop_machine",
               "arm_alarm", "disarm_alarm", "start_job", "close_job", "assign_task", "set_reminder", "send_message", "report_fault", "adjust_temperature"}

    def turn(self, language, mode, rng, intent=None):
        """(pieces, answer, intent, filled, constants)."""
        if not intent:
            intent = _one(rng, self.intents)
            if not mode.unseen and intent not in self.OFTENER and rng.random() < 0.35:
                intent = _one(rng, self.intents)
        trained, held = self.lines[intent, language]
        got = None
        while not got:
            line = _one(rng, held if mode.held else trained)
            got = realise(line, self.types[intent], language, mode, rng, trained=trained)
        pieces, filled = got
        return pieces, self.answer(intent, line.constants, filled), intent, filled, line.constants

    ROOM_BACK = {"en": {"trained": ["and in the {room}", "what about the {room}", "and the {room}", "the same in the {room}", "now the {room}", "also in the {room}",
                                    "do the same in the {room}", "and the {room} too", "{room} too", "same for the {room}"],
                        "held": ["the {room} as well", "likewise in the {room}", "how about the {room}"]},
                 "pt": {"trained": ["e {room:em}", "e {room:o}", "o mesmo {room:em}", "agora {room:o}", "também {room:em}", "faz o mesmo {room:em}", "e também {room:o}"],
                        "held": ["igual {room:em}", "e quanto {room:a}", "repete {room:em}"]}}
    VALUE_BACK = {"en": {"trained": ["make it {value}", "no, {value}", "{value} instead", "sorry, {value}", "better {value}", "change it to {value}", "i meant {value}", "rather {value}"],
                         "held": ["{value} would be better", "let it be {value}", "actually {value}"]},
                  "pt": {"trained": ["põe {value}", "não, {value}", "{value} em vez disso", "desculpa, {value}", "melhor {value}", "muda para {value}", "queria dizer {value}", "antes {value}"],
                         "held": ["{value} fica melhor", "que seja {value}", "afinal {value}"]}}
    UNDO = {"lights_on": "lights_off", "lights_off": "lights_on", "open_blinds": "close_blinds", "close_blinds": "open_blinds", "lock_door": "unlock_door",
            "unlock_door": "lock_door", "open_valve": "close_valve", "close_valve": "open_valve", "start_machine": "stop_machine", "stop_machine": "start_machine",
            "arm_alarm": "disarm_alarm", "disarm_alarm": "arm_alarm", "start_job": "close_job"}
    UNDO_BACK = {"en": {"trained": ["undo that", "no, the opposite", "the other way round", "take that back", "i changed my mind, undo it", "no, undo it", "reverse that"],
                        "held": ["no wait, the opposite please", "revert that"]},
                 "pt": {"trained": ["desfaz isso", "não, o contrário", "ao contrário", "anula isso", "mudei de ideias, desfaz", "reverte isso"],
                        "held": ["não, espera, o contrário", "volta atrás"]}}
    BACK_INTENTS = ("set_temperature", "lights_on", "lights_off", "dim_lights", "open_blinds", "close_blinds", "set_volume", "get_reading", "set_speed",
                    "lock_door", "unlock_door", "open_valve", "close_valve", "start_machine", "stop_machine", "set_mode", "arm_alarm", "disarm_alarm", "adjust_temperature", "set_timer")

    def back(self, language, mode, rng):
        """An order and a turn that refers back to it: [(pieces, answer), (pieces, answer)]."""
        intent = _one(rng, self.BACK_INTENTS)
        pieces, answer, intent, filled, constants = self.turn(language, Mode(False, mode.unseen), rng, intent)
        types = self.types[intent]
        ways = [w for w in ("room", "zone", "place") if types.get(w) == "room"]
        value = next((s for s in ("value", "minutes") if s in filled), None)
        ways += [value] if value else []
        ways += ["undo"] if intent in self.UNDO else []
        way = _one(rng, ways)
        pool = "held" if mode.held else "trained"
        if way == "undo":
            second = [(_one(rng, self.UNDO_BACK[language][pool]), False)]
            target = self.UNDO[intent]
            after = dict(filled)
        else:
            table = self.VALUE_BACK if way == value else self.ROOM_BACK
            name = "value" if way == value else "room"
            line = Line(_one(rng, table[language][pool]))
            second, got = realise(line, {name: types[way]}, language, mode, rng, wrap=False)
            after = {**filled, way: got[name]}
            target = intent
        return [(pieces, answer), (second, self.answer(target, constants, after))]


class Tickets:
    """Short texts sorted into a category, an urgency and a sentiment."""

    skill = "ticket"
    TYPES = {"room": "room", "machine": "machine", "person": "person", "place": "place"}

    def __init__(self):
        self.pools = {}
        for language in LANGUAGES:
            for header, raw in sections(f"tickets.{language}.txt"):
                kind, _, name = header.partition(" ")
                self.pools.setdefault((language, kind), {})[name] = split_pool([Line(r) for r in raw])

    def turn(self, language, mode, rng):
        """(pieces, answer)."""
        at = 1 if mode.held else 0
        category = _one(rng, list(self.pools[language, "category"]))
        urgency = _one(rng, ("high", "medium", "low"))
        sentiment = _one(rng, ("negative", "neutral", "positive"))

        def say(kind, name):
            trained, got = self.pools[language, kind][name][0], None
            while not got:
                got = realise(_one(rng, self.pools[language, kind][name][at]), self.TYPES, language, mode, rng, wrap=False, trained=trained)
            return got[0]

        parts = [say("category", category)]
        if urgency != "medium" or rng.random() < 0.7:
            parts.append(say("urgency", urgency))
        if sentiment != "neutral":
            parts.append(say("sentiment", sentiment))
        if rng.random() < 0.4:
            rng.shuffle(parts)
        joined = []
        for i, p in enumerate(parts):
            if i:
                joined.append((_one(rng, (". ", ", ", ". ", " - ", "; ")), False))
            joined += p
        ask = _one(rng, self.pools[language, "ask"][""][at if rng.random() < 0.5 else 0])
        pieces = []
        for part in expand(ask.tree, rng, "tu", []):
            pieces += joined if not isinstance(part, str) else [(part, False)]
        return pieces, compact({"category": category, "urgency": urgency, "sentiment": sentiment})


class Facts:
    """One-sentence answers about Flotilla."""

    skill = "fact"

    def __init__(self):
        self.facts, self.ask = load_facts()

    def turn(self, language, mode, rng):
        """(pieces, answer)."""
        at = 1 if mode.held else 0
        while True:
            fact = _one(rng, self.facts)
            own, terms = fact["own"][language][at], fact["terms"][language]
            if own and (not terms or rng.random() < 0.3):
                pieces, _ = realise(_one(rng, own), {}, language, mode, rng, order=False)
            elif terms:
                term = "".join(p for p in expand(terms, rng, "tu", []))
                ask = _one(rng, self.ask[language][at])
                pieces, _ = realise(ask, {}, language, mode, rng, given={"term": (term, term, "m")}, order=False)
                pieces = [(t, False) for t, _ in pieces]
            else:
                continue
            return pieces, fact[language]


class Tools:
    """Tool calls when functions are given, and answers from their results."""

    skill = "tool"

    def __init__(self):
        self.tools = []
        for header, raw in sections("tools.txt"):
            name, *slots = header.split()
            tool = {"id": name, "types": dict(s.split(":") for s in slots), "params": {}, "result": {}, "answers": {},
                    "ask": {l: [] for l in LANGUAGES}, "back": {l: [] for l in LANGUAGES}}
            for r in raw:
                held, r = r.startswith("~"), r.lstrip("~")
                head, rest = r.split(" ", 1)
                if head == "names":
                    tool["names"] = rest.split()
                elif head == "param":
                    slot, *names = rest.split()
                    tool["params"][slot] = names
                elif head == "result":
                    tool["result"] = dict(s.split(":") for s in rest.split())
                elif rest[0] == "=":
                    tool["answers"][head] = rest[2:]
                else:
                    line = Line(("~" if held else "") + rest[2:])
                    tool["ask" if rest[0] == "?" else "back"][head].append(line)
            for l in LANGUAGES:
                tool["ask"][l] = split_pool(tool["ask"][l])
            self.tools.append(tool)

    NUMERIC = {"temp", "count", "number", "percent"}

    def offer(self, tool, rng):
        """One tool as its caller declares it, and how its slots are called there."""
        names = {slot: _one(rng, choices) for slot, choices in tool["params"].items()}
        return {"name": _one(rng, tool["names"]), "parameters": {n: "string" for n in names.values()}}, names

    def listing(self, rng, chosen):
        """[(declared, names)] of the chosen tool with none to two others, shuffled."""
        others = [t for t in self.tools if t is not chosen]
        rng.shuffle(others)
        picked = ([chosen] if chosen else []) + others[: int(rng.random() * 2.6) + (0 if chosen else 1)]
        rng.shuffle(picked)
        out, mine = [], None
        for t in picked:
            declared, names = self.offer(t, rng)
            out.append(declared)
            if t is chosen:
                mine = (declared, names)
        return out, mine

    def result_of(self, tool, language, rng):
        """(result as JSON text, surfaces by field)."""
        fillers = Fillers("en", False, rng)
        values, said = {}, {}
        for field, kind in tool["result"].items():
            if kind in RESULTS:
                i = int(rng.random() * len(RESULTS[kind]["en"]))
                values[field], said[field] = RESULTS[kind]["en"][i], RESULTS[kind][language][i]
            else:
                surface, value, _ = (Fillers(language, False, rng) if kind == "room" else fillers).fill(kind)
                values[field], said[field] = value, surface
        return compact(values), said

    def turns(self, language, mode, rng):
        """(declared tools, [turn]) where a turn is ("user", pieces) | ("call", json) | ("result", json) | ("assistant", text)."""
        tool = _one(rng, self.tools)
        declared, (mine, names) = self.listing(rng, tool)
        trained, held = tool["ask"][language]
        got = None
        while not got:
            got = realise(_one(rng, held if mode.held else trained), tool["types"], language, mode, rng, order=False, trained=trained)
        pieces, filled = got
        turns = []
        rounds = 1 + int(rng.random() < 0.45)
        for i in range(rounds):
            if i:
                back = _one(rng, tool["back"][language])
                given = {}
                pieces, got = realise(back, tool["types"], language, mode, rng, given=given, wrap=False)
                filled = {**filled, **got}
            call = compact({"name": mine["name"], "arguments": {names[s]: filled[s][1] if tool["types"][s] not in ("day", "metric") else filled[s][1]
                                                               for s in tool["types"]}})
            turns += [("user", pieces), ("call", call)]
            if i == 0 and rounds == 1 and rng.random() < 0.35:
                return declared, turns
            result, said = self.result_of(tool, language, rng)
            said = {**{s: f[0] for s, f in filled.items()}, **said}
            turns += [("result", result), ("assistant", tool["answers"][language].format(**said))]
        return declared, turns


class Echo:
    """Words to repeat. No product skill: it teaches copying early, which every slot needs."""

    skill = "echo"
    ASK = {"en": ("repeat: ", "say: ", "copy: ", "echo: "), "pt": ("repete: ", "diz: ", "copia: ", "eco: ")}

    def turn(self, language, mode, rng):
        """(pieces, answer)."""
        words = " ".join(invented(rng) if rng.random() < 0.85 else str(int(rng.random() * 1000)) for _ in range(1 + int(rng.random() * 8)))
        answer = words if rng.random() < 0.5 else compact({"words": words.split(" ")})
        ask = _one(rng, self.ASK[language])
        return [(ask if answer == words else "json " + ask, False), (words, True)], answer
