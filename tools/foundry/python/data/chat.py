"""How does a conversation look to the model (ChatML)?

`render` gives parts `(text, is_answer)`; control tokens are named by their text and never come from what people write.
The Jinja template that the GGUF carries renders the same text: see template.py.
"""
START, END = "<|im_start|>", "<|im_end|>"

SYSTEMS = {
    "en": ["you are harbor, the assistant of this box.", "you are the assistant of this box.", "you are a helpful assistant.", "answer briefly.",
           "you are harbor.", "you help field staff.", "turn orders into json.", "you are the assistant.", "You are a helpful assistant.",
           "You are Harbor, the assistant of this box.", "You are the assistant of this box.", "you are the voice of this building.", "be short and exact.",
           "You are a helpful, respectful and honest assistant. Always answer as helpfully as possible."],
    "pt": ["és o harbor, o assistente desta máquina.", "és o assistente desta máquina.", "responde de forma breve.", "és um assistente útil.",
           "ajudas o pessoal de campo.", "transforma ordens em json.", "És o assistente desta máquina.", "You are a helpful assistant."],
}


def tool_listing(tools):
    """The `<tools>` part of a system message: one compact JSON object a line."""
    lines = []
    for t in tools:
        parameters = ",".join(f'"{n}":"{k}"' for n, k in t["parameters"].items())
        lines.append('{"name":"%s","parameters":{%s}}' % (t["name"], parameters))
    return "<tools>\n" + "\n".join(lines) + "\n</tools>"


def render(system, tools, turns):
    """[(kind, text)] with kind "control", "text" or "answer" (a text part to learn)."""
    out = []

    def message(role, text, learn=False):
        out.append(("control", START))
        out.append(("text", role + "\n"))
        if learn:
            out.append(("answer", text))
            out.append(("answer-end", END))
        else:
            out.append(("text", text))
            out.append(("control", END))
        out.append(("text", "\n"))

    if system or tools:
        parts = ([system] if system else []) + ([tool_listing(tools)] if tools else [])
        message("system", "\n\n".join(parts))
    for role, text in turns:
        if role == "user":
            message("user", text)
        elif role == "result":
            message("user", f"<tool_response>\n{text}\n</tool_response>")
        elif role == "call":
            message("assistant", f"<tool_call>\n{text}\n</tool_call>", True)
        else:
            message("assistant", text, True)
    return out
