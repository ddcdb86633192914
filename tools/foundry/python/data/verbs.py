"""What is the form of a Portuguese verb that an order needs?"""

_IRREGULAR = {
    "pôr": ("põe", "ponha"), "repor": ("repõe", "reponha"), "ver": ("vê", "veja"), "ler": ("lê", "leia"),
    "dizer": ("diz", "diga"), "fazer": ("faz", "faça"), "ir": ("vai", "vá"), "dar": ("dá", "dê"),
    "pedir": ("pede", "peça"), "medir": ("mede", "meça"), "subir": ("sobe", "suba"), "descer": ("desce", "desça"),
    "reduzir": ("reduz", "reduza"), "diminuir": ("diminui", "diminua"), "transferir": ("transfere", "transfira"),
    "concluir": ("conclui", "conclua"), "bloquear": ("bloqueia", "bloqueie"), "planear": ("planeia", "planeie"),
    "passear": ("passeia", "passeie"), "aquecer": ("aquece", "aqueça"), "arrefecer": ("arrefece", "arrefeça"),
    "escurecer": ("escurece", "escureça"), "proteger": ("protege", "proteja"), "corrigir": ("corrige", "corrija"),
    "manter": ("mantém", "mantenha"), "requisitar": ("requisita", "requisite"),
}
_SPELL = (("gar", "gue"), ("car", "que"), ("çar", "ce"))


def conjugate(infinitive, form):
    """`form` is "inf", "tu" (liga) or "vc" (ligue)."""
    if form == "inf":
        return infinitive
    if " " in infinitive:
        verb, rest = infinitive.split(" ", 1)
        return conjugate(verb, form) + " " + rest
    at = 0 if form == "tu" else 1
    if infinitive in _IRREGULAR:
        return _IRREGULAR[infinitive][at]
    stem, end = infinitive[:-2], infinitive[-2:]
    if end == "ar":
        if form == "tu":
            return stem + "a"
        for old, new in _SPELL:
            if infinitive.endswith(old):
                return infinitive[: -len(old)] + new
        return stem + "e"
    return stem + ("e" if form == "tu" else "a")
