"""What may fill a slot, in which spelling, and what is the value that belongs in the answer?

Each filler returns (surface, value, gender). Surfaces are copied into the answer as said, lower-case; enumerations are
normalised to English. Every open list is cut in two: words of the second part appear in no training sample. More than
half of the open slots are invented, because a small model that saw only real words memorises instead of copying.
"""
import os
import re


def _cut(text):
    words = [w.strip() for w in text.split(",")]
    return words[: len(words) * 7 // 10], words[len(words) * 7 // 10:]


def _cut_gendered(text):
    words = [tuple(w.strip().split("/")) for w in text.split(",")]
    return words[: len(words) * 7 // 10], words[len(words) * 7 // 10:]


ROOMS_EN = _cut(
    "kitchen, bedroom, garage, office, hall, workshop, cellar, attic, lobby, bathroom, canteen, warehouse, server room,"
    "meeting room, living room, dining room, laundry, reception, cold room, store room, east wing, main hall, lab, library,"
    "upper floor, boiler room, loading bay, north hall, paint shop, archive, staff room, green room, classroom, corridor,"
    "chapel, pantry, studio, greenhouse, stable, nursery, ballroom, west wing, tea room, gym, control room, cloakroom,"
    "locker room, tool shed, guest room, winter garden, mill, print shop, south wing, waiting room")
ROOMS_PT = _cut_gendered(
    "cozinha/f, quarto/m, garagem/f, escritório/m, sala/f, oficina/f, cave/f, sótão/m, receção/f, casa de banho/f,"
    "cantina/f, armazém/m, sala de servidores/f, sala de reuniões/f, sala de estar/f, sala de jantar/f, lavandaria/f,"
    "câmara fria/f, arrecadação/f, ala norte/f, salão/m, laboratório/m, biblioteca/f, piso de cima/m, corredor/m,"
    "cais/m, hall/m, arquivo/m, refeitório/m, sala verde/f, sala de aula/f, átrio/m, depósito/m, casa das máquinas/f,"
    "capela/f, despensa/f, estúdio/m, estufa/f, estábulo/m, berçário/m, ginásio/m, ala sul/f, balneário/m, jardim/m,"
    "moinho/m, sala de espera/f, quarto de hóspedes/m, sala de controlo/f, varanda/f, vestiário/m")
DOORS_EN = _cut(
    "front door, back door, garage door, main gate, side door, cellar door, office door, fire door, north gate, main entrance,"
    "loading gate, roof hatch, shop door, yard gate, garden gate, delivery door, east door, hangar door, lift door, barn door")
DOORS_PT = _cut_gendered(
    "porta da frente/f, porta de trás/f, porta da garagem/f, portão/m, porta lateral/f, porta da cave/f, porta do escritório/f,"
    "porta de emergência/f, portão norte/m, entrada principal/f, porta da loja/f, portão de carga/m, cancela/f,"
    "porta de serviço/f, portão do jardim/m, porta do armazém/f, porta leste/f, portão sul/m, alçapão/m, porta do hangar/f")
MACHINES_EN = _cut(
    "pump, conveyor, press, compressor, fan, boiler, mixer, drill, crane, forklift, printer, router, lathe, oven, dryer,"
    "freezer, generator, camera, sensor, gateway, lift, packer, saw, chiller, robot, scanner, washing machine, heater,"
    "turbine, grinder, welder, extruder, kiln, labeler, sorter, winch, blower, palletizer, dishwasher, plotter, vacuum pump,"
    "air handler, centrifuge, shredder, projector")
MACHINES_PT = _cut_gendered(
    "bomba/f, passadeira/f, prensa/f, compressor/m, ventoinha/f, caldeira/f, misturadora/f, berbequim/m, grua/f,"
    "empilhador/m, impressora/f, router/m, torno/m, forno/m, secador/m, congelador/m, gerador/m, câmara/f, sensor/m,"
    "elevador/m, embaladora/f, serra/f, robô/m, scanner/m, máquina de lavar/f, aquecedor/m, turbina/f, ventilador/m,"
    "trituradora/f, soldadora/f, extrusora/f, guincho/m, centrifugadora/f, projetor/m, fresadora/f, gateway/m, desumidificador/m,"
    "aspirador/m, paletizadora/f, tapete/m")
ITEMS_EN = _cut(
    "bolts, screws, filters, batteries, cables, fuses, gloves, helmets, boxes, bearings, seals, hoses, lamps, bulbs, nails,"
    "valves, labels, pallets, belts, nuts, washers, clamps, brackets, sensors, switches, plugs, pipes, tiles, bricks, panels,"
    "wheels, pumps, gaskets, spanners, brushes, buckets, ladders, masks, drums, crates, springs, hinges, rivets, motors,"
    "cartridges, anchors, chains, racks, funnels, torches")
ITEMS_PT = _cut(
    "parafusos, filtros, pilhas, cabos, fusíveis, luvas, capacetes, caixas, rolamentos, vedantes, mangueiras, lâmpadas,"
    "pregos, válvulas, etiquetas, paletes, correias, porcas, anilhas, abraçadeiras, sensores, interruptores, fichas, tubos,"
    "azulejos, tijolos, painéis, rodas, bombas, juntas, chaves, escovas, baldes, escadas, máscaras, tambores, molas,"
    "dobradiças, rebites, motores, cartuchos, correntes, estantes, funis")
ITEM_ADJ_EN = _cut("small, large, red, m8, m10, spare, steel, black, long, short, copper, m6, blue, brass, thick, plastic")
ITEM_ADJ_PT = _cut("pequenos, grandes, m8, m10, de aço, de reserva, de cobre, m6, pretos, de latão, de plástico, azuis")
PLACES = _cut(
    "lisbon, porto, madrid, london, berlin, paris, braga, faro, coimbra, dublin, vienna, oslo, geneva, milan, hamburg, leeds,"
    "aveiro, évora, setúbal, recife, bristol, york, lyon, turin, viseu, leiria, denver, boston, prague, krakow, sintra, beja,"
    "seville, bergen, zurich, guarda, nantes, malmo, curitiba, austin")
PLACE_KINDS_EN = ("shelf", "warehouse", "aisle", "depot", "hall", "plant", "van", "bay", "rack", "site", "store", "building")
PLACE_KINDS_PT = ("prateleira", "armazém", "corredor", "depósito", "pavilhão", "fábrica", "carrinha", "cais", "estante", "obra", "loja", "edifício")
PEOPLE = _cut(
    "anna, maria, john, pedro, ines, tom, rita, paulo, sara, miguel, laura, joão, peter, susan, carlos, helena, david, marta,"
    "bruno, emma, lucas, sofia, hugo, clara, andré, nina, oscar, teresa, mark, julia, ricardo, eva, simon, vera, tiago, alice,"
    "rui, ivo, beatriz, nuno, linda, felix, gloria, duarte, irene, kevin, leonor, martin")
PROBLEMS_EN = _cut(
    "leaking oil, overheating, stuck, too loud, making a strange noise, not starting, broken, losing pressure, vibrating,"
    "blocked, smoking, stopping all the time, out of order, running too slowly, not responding, leaking water, jammed,"
    "giving an error, rattling, dead, squeaking, dripping, running hot, spinning too fast, humming, shaking badly, worn out")
PROBLEMS_PT = _cut(
    "a verter óleo, a aquecer demais, sem pressão, a fazer barulho, sempre a parar, sem funcionar, a vibrar, a deitar fumo,"
    "sem resposta, a perder água, com um erro, sem arrancar, muito lento, a cheirar a queimado, sem força, a fazer um ruído estranho,"
    "a bloquear, a pingar, a tremer, sem energia, a chiar, a falhar, a zumbir, com uma fuga")
TODO_EN = (
    _cut("check, clean, repair, order, count, replace, move, paint, inspect, pick up, call, test, collect, label, empty, oil,"
         "measure, pack, sort, fetch, prepare, wash, return, weld, tighten"),
    _cut("the filter, the van, the oil, the report, the supplier, the stock, the tools, the pump, the boxes, the keys, the list,"
         "the windows, the tank, the battery, the samples, the parcel, the meter, the lamps, the fence, the roof, the spare parts,"
         "the invoice, the ladder, the brakes"))
TODO_PT = (
    _cut("verificar, limpar, reparar, encomendar, contar, trocar, mudar, pintar, inspecionar, buscar, chamar, testar, recolher,"
         "etiquetar, esvaziar, medir, embalar, ordenar, preparar, lavar, devolver, soldar, apertar"),
    _cut("o filtro, a carrinha, o óleo, o relatório, o fornecedor, o stock, as ferramentas, a bomba, as caixas, as chaves, a lista,"
         "as janelas, o depósito, a bateria, as amostras, a encomenda, o contador, as lâmpadas, a vedação, o telhado, as peças,"
         "a fatura, a escada, os travões"))
MESSAGES_EN = _cut(
    "i will be late, the delivery is here, the job is done, please call me, we need more time, the road is closed,"
    "the parts have arrived, i am on my way, the meeting is cancelled, lunch is ready, the truck broke down, see you tomorrow,"
    "the keys are in the van, bring the ladder, the customer is happy, we start at noon, the gate is open, all is fine,"
    "the boss is coming, the test went well, i lost my badge, the water is off")
MESSAGES_PT = _cut(
    "vou chegar atrasado, a entrega chegou, o trabalho está feito, liga-me por favor, precisamos de mais tempo,"
    "a estrada está cortada, as peças chegaram, estou a caminho, a reunião foi cancelada, o almoço está pronto,"
    "a carrinha avariou, até amanhã, as chaves estão na carrinha, traz a escada, o cliente está contente,"
    "começamos ao meio-dia, o portão está aberto, está tudo bem, o chefe vem aí, o teste correu bem, perdi o crachá")
METRICS = {
    "en": (("temperature", "temperature"), ("humidity", "humidity"), ("pressure", "pressure"), ("power", "power"),
           ("power", "power use"), ("noise", "noise"), ("noise", "noise level"), ("co2", "co2"), ("co2", "carbon dioxide"),
           ("light", "light level"), ("light", "brightness"), ("level", "water level"), ("flow", "flow rate"), ("flow", "flow")),
    "pt": (("temperature", "temperatura", "f"), ("humidity", "humidade", "f"), ("pressure", "pressão", "f"),
           ("power", "potência", "f"), ("power", "consumo", "m"), ("noise", "ruído", "m"), ("noise", "nível de ruído", "m"),
           ("co2", "co2", "m"), ("co2", "dióxido de carbono", "m"), ("light", "luminosidade", "f"), ("light", "nível de luz", "m"),
           ("level", "nível de água", "m"), ("flow", "caudal", "m")),
}
MODES = {
    "en": (("eco", "eco"), ("eco", "economy"), ("eco", "saving"), ("comfort", "comfort"), ("away", "away"), ("away", "absence"),
           ("night", "night"), ("night", "sleep"), ("party", "party"), ("auto", "automatic"), ("auto", "auto"), ("manual", "manual")),
    "pt": (("eco", "eco"), ("eco", "económico"), ("eco", "poupança"), ("comfort", "conforto"), ("away", "ausente"),
           ("away", "ausência"), ("night", "noite"), ("night", "noturno"), ("party", "festa"), ("auto", "automático"), ("manual", "manual")),
}
URGENCIES = {
    "en": (("high", "urgent"), ("high", "very urgent"), ("high", "critical"), ("high", "high priority"), ("high", "extremely urgent"),
           ("medium", "medium priority"), ("medium", "normal priority"), ("medium", "moderately urgent"), ("medium", "of medium urgency"),
           ("low", "not urgent"), ("low", "low priority"), ("low", "not important"), ("low", "of low urgency"), ("low", "not pressing")),
    "pt": (("high", "urgente"), ("high", "muito urgente"), ("high", "crítico"), ("high", "de prioridade alta"), ("high", "urgentíssimo"),
           ("medium", "de prioridade média"), ("medium", "de prioridade normal"), ("medium", "de urgência média"),
           ("low", "pouco urgente"), ("low", "não urgente"), ("low", "de prioridade baixa"), ("low", "sem pressa")),
}
DAYS = {
    "en": (("monday", "monday"), ("tuesday", "tuesday"), ("wednesday", "wednesday"), ("thursday", "thursday"),
           ("friday", "friday"), ("saturday", "saturday"), ("sunday", "sunday")),
    "pt": (("monday", "segunda", "f"), ("monday", "segunda-feira", "f"), ("tuesday", "terça", "f"), ("tuesday", "terça-feira", "f"),
           ("wednesday", "quarta", "f"), ("wednesday", "quarta-feira", "f"), ("thursday", "quinta", "f"), ("thursday", "quinta-feira", "f"),
           ("friday", "sexta", "f"), ("friday", "sexta-feira", "f"), ("saturday", "sábado", "m"), ("sunday", "domingo", "m")),
}
RESULTS = {  # enumerations of tool results: value in the result, then how each language says it
    "sky": {"en": ("sunny", "cloudy", "rainy", "windy", "foggy"), "pt": ("sol", "nuvens", "chuva", "vento", "nevoeiro")},
    "status": {"en": ("shipped", "packed", "delivered", "late", "open"), "pt": ("enviada", "embalada", "entregue", "atrasada", "aberta")},
    "state": {"en": ("running", "stopped", "idle", "broken", "starting"), "pt": ("a trabalhar", "parada", "em espera", "avariada", "a arrancar")},
}

_ONSETS = ("b", "c", "d", "f", "g", "h", "j", "k", "l", "m", "n", "p", "r", "s", "t", "v", "z", "br", "cr", "dr", "fl", "gr",
           "pl", "pr", "st", "tr", "ch", "sh", "kl", "qu", "w", "th", "")
_VOWELS = ("a", "e", "i", "o", "u", "a", "e", "i", "o", "u", "ai", "ea", "ou", "io", "a", "e", "o", "y", "ei", "ã", "é", "ó")
_CODAS = ("", "", "", "n", "r", "s", "l", "x", "t", "m", "nd", "rk", "ck", "st", "lm", "p")


def _one(rng, items):
    return items[int(rng.random() * len(items))]


def pseudo_word(rng):
    """A word that no list has, one to three syllables long."""
    r = rng.random()
    n = 1 if r < 0.25 else 2 if r < 0.82 else 3
    word = "".join(_one(rng, _ONSETS) + _one(rng, _VOWELS) + (_one(rng, _CODAS) if i == n - 1 or rng.random() < 0.3 else "")
                   for i in range(n))
    return word if len(word) > 2 else word + _one(rng, ("ro", "lan", "mex", "tis"))


def _unseen_words():
    """Words that only the unseen parts of the lists have: nothing that training invents may be one of them."""
    trained, unseen = set(), set()
    for cut in [v for v in globals().values() if isinstance(v, tuple)]:
        for pair in [cut, *[c for c in cut if isinstance(c, tuple)]]:
            if len(pair) == 2 and all(isinstance(part, list) for part in pair):
                for part, into in zip(pair, (trained, unseen)):
                    into.update(w for e in part for w in (e if isinstance(e, str) else e[0]).split(" "))
    return unseen - trained


UNSEEN_WORDS = _unseen_words()
_KNOWN = {}


def _known(kind):
    """Letters-only tokens of the vocabulary ("tokens"), words of the trained lines ("words", "long words"), read at first use."""
    if not _KNOWN:
        from tokenizer import Tokenizer
        from .phrases import HERE, read

        tokenizer = Tokenizer.load()
        texts = [tokenizer.decode([i]) for i in range(3, len(tokenizer.tokens))]
        _KNOWN["tokens"] = [t for t in texts if t.isalpha() and t.islower()]
        words = set()
        for name in sorted(os.listdir(HERE)):
            if name.endswith(".txt"):
                for line in read(name):
                    if not line.startswith(("~", "@")):
                        words.update(re.findall(r"[^\W\d_]{2,}", re.sub(r"\{[^}]*\}|=>.*", " ", line.lower())))
        _KNOWN["words"] = sorted(words - UNSEEN_WORDS)
        _KNOWN["long words"] = [w for w in _KNOWN["words"] if len(w) > 4]
    return _KNOWN[kind]


def token_word(rng):
    """A word of one to three tokens of the vocabulary: every token must have been copied, not only those of syllables."""
    while True:
        r = rng.random()
        word = "".join(_one(rng, _known("tokens")) for _ in range(1 if r < 0.25 else 2 if r < 0.8 else 3))
        if 2 < len(word) < 15 and word not in UNSEEN_WORDS:
            return word


def invented(rng):
    """A word to copy: of syllables, of tokens, or an ordinary one out of place (few: they also say where a slot ends)."""
    r = rng.random()
    return pseudo_word(rng) if r < 0.45 else token_word(rng) if r < 0.93 else _one(rng, _known("long words"))


def phrase(rng, low, high):
    """`low` to `high` words that need not make sense together."""
    out = []
    for _ in range(low + int(rng.random() * (high - low + 1))):
        r = rng.random()
        out.append(_one(rng, _known("words")) if r < 0.5 else invented(rng) if r < 0.94 else str(1 + int(rng.random() * 60)))
    return " ".join(out)


class Fillers:
    """Fills slots of one language; `unseen` takes words that training never sees.

    In training most values are invented, of one word or of several: a model copies what it was made to copy.
    """

    def __init__(self, language, unseen, rng):
        self.language, self.unseen, self.rng = language, unseen, rng

    def fill(self, kind):
        """(surface, value, gender) for a slot of this kind."""
        return getattr(self, "_" + kind)()

    def _pick(self, cut):
        return _one(self.rng, cut[1 if self.unseen else 0])

    def _pseudo(self):
        return self.rng.random() < (0.5 if self.unseen else 0.75)

    def _new(self):
        return pseudo_word(self.rng) if self.unseen else invented(self.rng)

    def _word(self, cut, gendered=False):
        if self._pseudo():
            word = self._new()
            if not self.unseen and self.rng.random() < 0.24:
                word = self._two(word)
            return word, _one(self.rng, "mf")
        got = self._pick(cut)
        return got if gendered else (got, "m")

    def _two(self, word):
        """Two or three words, as "winter garden" or "sala de espera"."""
        join = " " if self.language == "en" else _one(self.rng, (" ", " de ", " de ", " do ", " da ", " das "))
        more = [pseudo_word(self.rng) if self.rng.random() < 0.5 else token_word(self.rng) for _ in range(2 if self.rng.random() < 0.12 else 1)]
        return word + join + " ".join(more)

    def _suffixed(self, word, share):
        if self.rng.random() < share:
            r = self.rng.random()
            tail = str(1 + int(self.rng.random() * 20)) if r < 0.6 else _one(self.rng, "abcdefgh") + (str(1 + int(self.rng.random() * 9)) if r < 0.85 else "")
            return word + " " + tail
        return word

    def _room(self):
        en = self.language == "en"
        word, gender = self._word(ROOMS_EN if en else ROOMS_PT, not en)
        r = self.rng.random()
        if r < 0.08:
            word, gender = (f"{pseudo_word(self.rng)} room", "m") if en else (f"sala {pseudo_word(self.rng)}", "f")
        elif r < 0.16:
            n = 1 + int(self.rng.random() * 40)
            word, gender = (f"room {n}", "m") if en else (f"sala {n}", "f")
        else:
            word = self._suffixed(word, 0.06)
        return word, word, gender

    def _door(self):
        en = self.language == "en"
        r = self.rng.random()
        if not self.unseen and 0.25 < r < 0.5:
            word, gender = self._new() if r < 0.33 else self._two(self._new()), _one(self.rng, "mf")
            if r > 0.42 and en:
                word += " " + _one(self.rng, ("door", "door", "gate", "entrance", "hatch"))
        elif r < 0.45:
            word, gender = self._pick(DOORS_EN if en else DOORS_PT) if not en else (self._pick(DOORS_EN), "m")
        elif r < 0.85:
            word = pseudo_word(self.rng)
            kind = int(self.rng.random() * 3)
            gender = "f" if kind < 2 else "m"
            word = f"{word} {('door', 'door', 'gate')[kind]}" if en else f"{('porta', 'porta', 'portão')[kind]} {word}"
        else:
            word, gender = (f"door {1 + int(self.rng.random() * 40)}" if en else f"porta {1 + int(self.rng.random() * 40)}"), "f"
        return word, word, gender

    def _machine(self):
        en = self.language == "en"
        word, gender = self._word(MACHINES_EN if en else MACHINES_PT, not en)
        r = self.rng.random()
        if r < 0.1:
            word = f"{pseudo_word(self.rng)} {word}" if en else f"{word} {pseudo_word(self.rng)}"
        else:
            word = self._suffixed(word, 0.3)
        return word, word, gender

    def _item(self):
        en = self.language == "en"
        if self._pseudo():
            word = self._new() + ("s" if self.rng.random() < 0.7 else "")
        else:
            word = self._pick(ITEMS_EN if en else ITEMS_PT)
        if self.rng.random() < (0.2 if self.unseen else 0.45):
            adj = self._pick(ITEM_ADJ_EN if en else ITEM_ADJ_PT)
            if not self.unseen and self.rng.random() < 0.75:
                adj = self._new() if en or self.rng.random() < 0.4 else "de " + self._new()
            word = f"{adj} {word}" if en else f"{word} {adj}"
        return word, word, "m"

    def _place(self):
        r = self.rng.random()
        kinds = PLACE_KINDS_EN if self.language == "en" else PLACE_KINDS_PT
        if r < 0.35:
            word = self._new()
        elif r < 0.55:
            word = self._pick(PLACES)
        elif r < 0.7:
            word = f"{_one(self.rng, kinds)} {pseudo_word(self.rng)}"
        else:
            word = f"{_one(self.rng, kinds)} {_one(self.rng, ('', '', 'a', 'b', 'c', 'd', 'k'))}{1 + int(self.rng.random() * 30)}"
        return word, word, "m"

    def _person(self):
        word = self._new() if self._pseudo() else self._pick(PEOPLE)
        if self.rng.random() < 0.2:
            word += " " + pseudo_word(self.rng)
        return word, word, "m"

    def _todo(self):
        verbs, objects = TODO_EN if self.language == "en" else TODO_PT
        verb, thing = self._pick(verbs), self._pick(objects)
        if not self.unseen and self.rng.random() < 0.7:
            text = self._tail(self._free_todo(verb, thing), 0.3)
            return text, text, "m"
        r = self.rng.random()
        if r < 0.45:
            thing = thing.split(" ")[0] + " " + pseudo_word(self.rng)
        if 0.35 < r < 0.6:
            thing += (" at " if self.language == "en" else " em ") + (pseudo_word(self.rng) if self._pseudo() else self._pick(PLACES))
        text = f"{verb} {thing}"
        return text, text, "m"

    def _tail(self, text, share, times=False):
        """Often with a place at its end, or with a time if `times`, that must not be lost."""
        en = self.language == "en"
        if self.rng.random() >= share:
            return text
        if times and self.rng.random() < 0.4:
            return text + (" at " if en else " às ") + self._time()[0]
        return text + _one(self.rng, (" at ", " in ", " for ") if en else (" em ", " na ", " para ")) + self._place()[0]

    def _free_todo(self, verb, thing):
        """Something to do that no list has."""
        r = self.rng.random()
        if r < 0.4:
            return self._new() + " " + thing
        article = _one(self.rng, ("the", "the", "all", "our") if self.language == "en" else ("o", "a", "os", "as"))
        if r < 0.75:
            return f"{self._new()} {article} {self._new()}"
        return f"{verb if r < 0.85 else self._new()} {phrase(self.rng, 1, 5)}"

    def _message(self):
        en = self.language == "en"
        if not self.unseen and self.rng.random() < 0.55:
            text = self._tail(phrase(self.rng, 2, 8), 0.3, times=True)
            return text, text, "m"
        text = self._pick(MESSAGES_EN if en else MESSAGES_PT)
        r = self.rng.random()
        if r < 0.25:
            text = (f"the {pseudo_word(self.rng)} is " if en else f"o {pseudo_word(self.rng)} está ") + (
                _one(self.rng, ("ready", "late", "here", "broken", "done")) if en else _one(self.rng, ("pronto", "atrasado", "aqui", "partido", "feito")))
        elif r < 0.4:
            text += (" at " if en else " às ") + self._time()[0]
        elif r < 0.55:
            text += (" in " if en else " em ") + pseudo_word(self.rng)
        return text, text, "m"

    def _problem(self):
        word = self._pick(PROBLEMS_EN if self.language == "en" else PROBLEMS_PT)
        if not self.unseen and self.rng.random() < 0.65:
            if self.language == "en":
                form = _one(self.rng, ("{}ing", "{}ing", "{}ing {}", "too {}", "not {}ing", "{}ed", "out of {}", "{}", "{} {}", "making a {} {}", "{} all the {}"))
            else:
                form = _one(self.rng, ("a {}", "a {}", "a {}ar", "a {} o {}", "sem {}", "com um {}", "com uma {}", "muito {}", "{}", "{} {}", "sempre a {}"))
            word = form.format(self._new(), self._new())
        return word, word, "m"

    def _code(self):
        r = self.rng.random()
        number = str(1 + int(self.rng.random() * (9 if r < 0.2 else 99 if r < 0.5 else 9999)))
        word = number if r < 0.6 else _one(self.rng, "abcdefghjkmnpqrstvwxz") + ("-" if r > 0.85 else "") + number
        return word, word, "m"

    def _enum(self, table):
        got = _one(self.rng, table[self.language])
        return got[1], got[0], got[2] if len(got) > 2 else "m"

    def _metric(self):
        return self._enum(METRICS)

    def _mode(self):
        return self._enum(MODES)

    def _urgency(self):
        return self._enum(URGENCIES)

    def _day(self):
        return self._enum(DAYS)

    def _time(self):
        text = f"{int(self.rng.random() * 24)}:{_one(self.rng, ('00', '15', '30', '45', '10', '20', '05', '40', '50'))}"
        return text, text, "m"

    def _temp(self):
        whole = 8 + int(self.rng.random() * 24)
        if self.rng.random() < 0.15:
            return f"{whole}.5", whole + 0.5, "m"
        return str(whole), whole, "m"

    def _int(self, low, high, step=1):
        value = low + step * int(self.rng.random() * ((high - low) // step + 1))
        return str(value), value, "m"

    def _percent(self):
        return self._int(0, 100, 5) if self.rng.random() < 0.5 else self._int(1, 100)

    def _number(self):
        return self._int(50, 3000, 50) if self.rng.random() < 0.5 else self._int(1, 999)

    def _minutes(self):
        return self._int(5, 120, 5) if self.rng.random() < 0.5 else self._int(1, 180)

    def _count(self):
        return self._int(1, 99) if self.rng.random() < 0.6 else self._int(100, 5000)

    def _hours(self):
        value, _, _ = self._int(1, 12)
        return (value + ".5", int(value) + 0.5, "m") if self.rng.random() < 0.25 else (value, int(value), "m")

    def _phone(self):
        word = "".join(str(int(self.rng.random() * 10)) for _ in range(3 + int(self.rng.random() * 4)))
        return word, word, "m"


_CONTRACTIONS = {"o": ("o", "a"), "de": ("do", "da"), "em": ("no", "na"), "a": ("ao", "à")}


def in_form(surface, gender, form):
    """A Portuguese noun with its article or its contracted preposition."""
    return f"{_CONTRACTIONS[form][1 if gender == 'f' else 0]} {surface}" if form else surface
