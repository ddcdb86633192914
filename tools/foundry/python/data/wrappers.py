"""How do people wrap an order: politely, in a hurry, as a question?

`{}` is the order. Portuguese wrappers name the verb form that they need. Held-out wrappers appear in tests only.
"""
ORDER = {
    "en": {
        "trained": ["please {}", "can you {}", "could you {}", "would you {}", "can you please {}", "could you please {}", "i need you to {}",
                    "i want you to {}", "i would like you to {}", "i'd like you to {}", "hey, {}", "ok, {}", "now {}", "go ahead and {}", "will you {}",
                    "{} please", "{} now", "{}, thanks", "{} for me", "{} right away", "{}, please", "hi, {}", "harbor, {}", "would you please {}",
                    "we need to {}", "you should {}", "try to {}", "help me {}", "just {}", "it is time to {}", "hey harbor, {}", "do {}", "i need to {}",
                    "{} as soon as you can", "let us {}", "i want to {}", "you can {}", "ok now {}", "then {}", "and {}", "could you {} please",
                    "can you {} for me", "{}, ok", "i have to {}", "can we {}", "somebody {}", "{}, many thanks", "{}, thanks a lot", "{}, cheers"],
        "held": ["be so kind as to {}", "it would be great if you could {}", "quickly {}", "{} if you can", "kindly {}", "may i ask you to {}",
                 "{} when you have a moment", "i was hoping you could {}", "do me a favour and {}"],
    },
    "pt": {
        "trained": [("por favor {}", "tu"), ("por favor, {}", "vc"), ("{} por favor", "tu"), ("{} por favor", "vc"), ("pode {}", "inf"), ("podes {}", "inf"),
                    ("podia {}", "inf"), ("podias {}", "inf"), ("quero que {}", "vc"), ("preciso que {}", "vc"), ("preciso de {}", "inf"), ("quero {}", "inf"),
                    ("é para {}", "inf"), ("agora {}", "tu"), ("{} já", "tu"), ("{} agora", "vc"), ("{}, obrigado", "tu"), ("olá, {}", "tu"),
                    ("harbor, {}", "tu"), ("vamos {}", "inf"), ("é preciso {}", "inf"), ("favor {}", "inf"), ("{} se faz favor", "tu"), ("temos de {}", "inf"),
                    ("pode {} por favor", "inf"), ("consegues {}", "inf"), ("dá para {}", "inf"), ("gostava que {}", "vc"), ("ok, {}", "tu"),
                    ("queria {}", "inf"), ("{}", "inf"), ("{}", "inf"), ("então {}", "tu"), ("e {}", "tu"), ("ajuda-me a {}", "inf"), ("podemos {}", "inf"),
                    ("está na hora de {}", "inf"), ("{}, mil obrigados", "tu"), ("{}, muito agradecido", "vc"), ("{}, obrigada", "tu")],
        "held": [("seria bom {}", "inf"), ("importa-se de {}", "inf"), ("era para {}", "inf"), ("agradecia que {}", "vc"), ("faz favor de {}", "inf"),
                 ("{} assim que possível", "tu"), ("será que pode {}", "inf")],
    },
}
SENTENCE = {
    "en": {"trained": ["hey, {}", "ok, {}", "hello, {}", "{}, thanks", "harbor, {}", "hi, {}", "so, {}", "well, {}", "{}, ok", "and {}", "now {}", "{}, many thanks", "{}, thanks a lot", "{}, cheers"],
           "held": ["excuse me, {}", "{}, you know", "right, {}"]},
    "pt": {"trained": ["olá, {}", "ok, {}", "bom, {}", "{}, obrigado", "harbor, {}", "então, {}", "{}, por favor", "e {}", "agora {}", "oi, {}", "{}, mil obrigados", "{}, obrigada", "{}, muito agradecido"],
           "held": ["desculpe, {}", "{}, está bem", "pronto, {}"]},
}
# How hurried people begin and end anything at all, tickets too; no thanks, which would be a ticket's sentiment.
AROUND = {
    "en": ("good evening, {}", "good day, {}", "dear harbor, {}", "dear team, {}", "sorry, {}", "sorry to disturb you, {}", "hi again, {}", "listen, {}",
           "{} if you would", "{} if possible", "{} if that is ok", "{} if it is not too much", "{} whenever possible", "{} as usual",
           "dear colleague, {}", "good afternoon, {}", "excuse the bother, {}", "{} if you do not mind", "{} if it is no bother"),
    "pt": ("boa noite, {}", "boa tarde, {}", "caro harbor, {}", "cara equipa, {}", "desculpa, {}", "desculpem interromper, {}", "olá outra vez, {}", "ouve, {}",
           "{} se puder ser", "{} se for possível", "{} se não for problema", "{} se não der trabalho", "{} quando der", "{} como sempre",
           "caro colega, {}", "bom dia a todos, {}", "desculpe o incómodo, {}", "{} se não se importar", "{} se não custar"),
}
BARE_FORMS = ("tu", "tu", "vc")


def wrap_order(language, held, rng):
    """(before, after, verb form)."""
    if rng.random() < (0.45 if not held else 0.5):
        return "", "", BARE_FORMS[int(rng.random() * 3)]
    pool = ORDER[language]["held" if held and rng.random() < 0.6 else "trained"]
    got = pool[int(rng.random() * len(pool))]
    text, form = (got, "inf") if language == "en" else got
    before, _, after = text.partition("{}")
    return before, after, form


def wrap_sentence(language, held, rng):
    """(before, after, verb form) for a sentence that is no order."""
    form = BARE_FORMS[int(rng.random() * 3)]
    if rng.random() < 0.75:
        return "", "", form
    pool = SENTENCE[language]["held" if held and rng.random() < 0.6 else "trained"]
    before, _, after = pool[int(rng.random() * len(pool))].partition("{}")
    return before, after, form
