"""What does one training sample, or one test item, consist of?

A sample is `{"skill", "language", "system", "tools", "turns"}`; turns are (role, text) as chat.render takes them.
The same seed gives the same samples.
"""
import random

from .augment import names_capitalised, recase, with_noise_words, with_typos, without_accents
from .chat import SYSTEMS
from .grammar import tidy
from .skills import LANGUAGES, Commands, Echo, Facts, Mode, Tickets, Tools
from .words import invented, pseudo_word
from .wrappers import AROUND

TRAIN = Mode(held=False, unseen=False)


def plain(pieces):
    """The text of a turn."""
    return tidy("".join(t for t, _ in pieces))


def _end(text, rng):
    """Punctuation that people may or may not set."""
    if text[-1] in "?!.":
        return text if rng.random() < 0.6 else text[:-1].rstrip()
    r = rng.random()
    return text + "." if r < 0.14 else text + "!" if r < 0.17 else text + "?" if r < 0.24 else text


def spoken(said, rng, language):
    """One reading of a user turn as training shows it: mostly lower-case and clean, sometimes not."""
    pieces = said
    if rng.random() < 0.11:
        before, _, after = AROUND[language][int(rng.random() * len(AROUND[language]))].partition("{}")
        pieces = [(before, False), *pieces, (after, False)]
    elif rng.random() < 0.04:
        pieces = [(invented(rng) + ", ", False), *pieces]  # a word and a comma say nothing, whatever the word is
    r = rng.random()
    if r < 0.28:
        pieces = with_typos(pieces, rng, 0.13)
    elif r < 0.37:
        pieces = with_noise_words(pieces, rng, 0.12, pseudo_word)
    if rng.random() < 0.12:
        pieces = without_accents(pieces)
    r = rng.random()
    if r < 0.10:
        pieces = names_capitalised(pieces)
    text = _end(plain(pieces) or plain(said), rng)
    r = rng.random()
    return text if r < 0.56 else recase(text, "sentence") if r < 0.76 else recase(text, "title") if r < 0.87 else recase(text, "upper")


class Generator:
    """Makes training samples; one instance per process, the randomness comes in per sample."""

    MIX = (("command", 0.54), ("back", 0.07), ("ticket", 0.20), ("fact", 0.09), ("tool", 0.08), ("echo", 0.02))

    def __init__(self, early_echo=0.0):
        """`early_echo`: share of samples that teach copying only, wanted while a model is new."""
        self.early_echo, self.echo = early_echo, Echo()
        self.commands, self.tickets, self.facts, self.tools = Commands(), Tickets(), Facts(), Tools()

    def conversation(self, skill, language, mode, rng, say):
        """(declared tools, turns) of one skill."""
        if skill == "command":
            pieces, answer = self.commands.turn(language, mode, rng)[:2]
            return [], [("user", say(pieces)), ("assistant", answer)]
        if skill == "back":
            turns = []
            for pieces, answer in self.commands.back(language, mode, rng):
                turns += [("user", say(pieces)), ("assistant", answer)]
            return [], turns
        if skill == "ticket":
            pieces, answer = self.tickets.turn(language, mode, rng)
            return [], [("user", say(pieces)), ("assistant", answer)]
        if skill == "fact":
            pieces, answer = self.facts.turn(language, mode, rng)
            return [], [("user", say(pieces)), ("assistant", answer)]
        if skill == "echo":
            pieces, answer = self.echo.turn(language, mode, rng)
            return [], [("user", plain(pieces)), ("assistant", answer)]
        declared, turns = self.tools.turns(language, mode, rng)
        return declared, [(role, say(t) if role == "user" else t) for role, t in turns]

    def pick_skill(self, rng):
        """A skill by its share."""
        if rng.random() < self.early_echo:
            return "echo"
        r = rng.random()
        for name, share in self.MIX:
            if r < share:
                return name
            r -= share
        return "command"

    def sample(self, seed):
        """One training sample."""
        rng = random.Random(seed)
        skill = self.pick_skill(rng)
        language = LANGUAGES[int(rng.random() * 2)]
        tools, turns = self.conversation(skill, language, TRAIN, rng, lambda p: spoken(p, rng, language))
        if not tools and rng.random() < 0.04:
            tools, _ = self.tools.listing(rng, None)  # offered, but not what is asked for
        return {"skill": skill, "language": language, "system": self.system(language, rng), "tools": tools, "turns": turns}

    def system(self, language, rng):
        """A system prompt, or none in more than half of the samples."""
        if rng.random() < 0.58:
            return ""
        pool = SYSTEMS[language]
        return pool[int(rng.random() * len(pool))]

    def long_sample(self, seed, turns_wanted):
        """One chat of many turns, so that late positions are trained too."""
        rng = random.Random(seed)
        turns, tools = [], []
        language = LANGUAGES[int(rng.random() * 2)]
        while len(turns) < turns_wanted:
            skill = self.pick_skill(rng)
            if skill == "tool":
                if tools:
                    continue
                tools, more = self.conversation(skill, language, TRAIN, rng, lambda p: spoken(p, rng, language))
            else:
                more = self.conversation(skill, LANGUAGES[int(rng.random() * 2)], TRAIN, rng, lambda p: spoken(p, rng, language))[1]
            turns += more
        return {"skill": "long", "language": language, "system": self.system(language, rng), "tools": tools, "turns": turns}
