"""Write a checkpoint as `.flx`, the form that the TypeScript foundry turns into GGUF. EXPORT.md describes it.

    export.py --checkpoint /tmp/foundry/ckpt/s-final.pt --out /tmp/foundry/export/s.flx
"""
import argparse
import json
import os
import struct

import torch

from model import REVISION, SHAPES, Model
from template import CHAT_TEMPLATE
from tokenizer import BOS, END, SPECIALS, Tokenizer

NAMES = {"attn_norm.weight": "attn_norm.weight", "ffn_norm.weight": "ffn_norm.weight", "q.weight": "attn_q.weight",
         "k.weight": "attn_k.weight", "v.weight": "attn_v.weight", "o.weight": "attn_output.weight",
         "gate.weight": "ffn_gate.weight", "up.weight": "ffn_up.weight", "down.weight": "ffn_down.weight"}


def gguf_name(name):
    """What llama.cpp calls a weight of model.py."""
    if name == "embed.weight":
        return "token_embd.weight"
    if name == "norm.weight":
        return "output_norm.weight"
    _, n, rest = name.split(".", 2)
    return f"blk.{n}.{NAMES[rest]}"


PARITY_TEXTS = [
    "set the temperature in the kitchen to 21", "liga a luz da cozinha, por favor!", "É preciso trancar o portão às 14:30", "it's 50% and I'll wait; don't",
    '{"intent":"set_temperature","room":"kitchen","value":21}', '<tool_call>\n{"name":"get_stock","arguments":{"item":"m8 bolts"}}\n</tool_call>',
    "two  spaces,\ta tab\n\nand lines ", "what is a rollout?", "MOVE 12 BOLTS FROM A1 TO B-22", "<|im_end|> is only text here", "naïve café – 3,5 €", "a_b __init__ x1y2z3",
]


@torch.no_grad()
def parity(saved):
    """Places where a reader of the GGUF can hold it to the trainer: tokens, and the likeliest next ones."""
    model, tokenizer, out = Model(SHAPES[saved["size"]]), Tokenizer.load(), []
    model.load_state_dict(saved["model"])
    for text in PARITY_TEXTS:
        tokens = tokenizer.encode(text)
        top = model.logits(model(torch.tensor([tokens]))[0, -1]).log_softmax(-1).topk(5)
        out.append({"text": text, "tokens": tokens, "next": [[int(i), round(float(v), 5)] for v, i in zip(top.values, top.indices)]})
    return out


def header_of(saved, tensors):
    """The JSON header."""
    shape, tokenizer = SHAPES[saved["size"]], Tokenizer.load()
    done = saved["done"]
    return {
        "format": "flotilla-export", "v": 1, "name": f"{shape.name}-{REVISION}",
        "config": {"architecture": "llama", "context_length": shape.context, "embedding_length": shape.width, "block_count": shape.layers,
                   "feed_forward_length": shape.hidden, "head_count": shape.heads, "head_count_kv": shape.kv_heads, "head_dim": shape.head_dim,
                   "rope_freq_base": shape.rope_base, "rms_norm_eps": shape.eps, "vocab_size": shape.vocab, "tied_embeddings": True},
        "tokenizer": {"model": "gpt2", "pre": "gpt-2", "tokens": tokenizer.tokens,
                      "token_types": [3 if t in SPECIALS else 1 for t in tokenizer.tokens], "merges": [" ".join(m) for m in tokenizer.merges],
                      "bos_token_id": BOS, "eos_token_id": END, "eot_token_id": END, "padding_token_id": BOS,
                      "add_bos_token": True, "add_space_prefix": False},
        "chat_template": CHAT_TEMPLATE,
        "general": {"license": "apache-2.0", "languages": ["en", "pt"],
                    "description": "Commands to JSON, ticket sorting, facts about Flotilla and tool calls, in English and Portuguese."},
        "training": {"size": saved["size"], "seed": saved["seed"], "steps": done["steps"], "tokens": done["tokens"],
                     "minutes": round(done["seconds"] / 60, 1), "commit": saved["commit"], "grown_from": saved.get("grown_from")},
        "parity": parity(saved),
        "tensors": tensors,
    }


def write(saved, out):
    """Header, padding, raw f32."""
    tensors, blobs, offset = {}, [], 0
    for name, weight in saved["model"].items():
        data = weight.detach().cpu().to(torch.float32).contiguous().numpy().astype("<f4").tobytes()
        tensors[gguf_name(name)] = {"shape": list(weight.shape), "offset": offset, "bytes": len(data), "dtype": "f32"}
        blobs.append(data + b"\0" * (-len(data) % 64))
        offset += len(blobs[-1])
    header = json.dumps(header_of(saved, tensors), ensure_ascii=False).encode("utf-8")
    header += b" " * (-(8 + len(header)) % 64)
    os.makedirs(os.path.dirname(os.path.abspath(out)), exist_ok=True)
    with open(out + ".tmp", "wb") as f:
        f.write(struct.pack("<Q", len(header)) + header + b"".join(blobs))
    os.replace(out + ".tmp", out)


def main():
    """Export one checkpoint."""
    p = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    p.add_argument("--checkpoint", required=True)
    p.add_argument("--out", required=True)
    args = p.parse_args()
    saved = torch.load(args.checkpoint, map_location="cpu")
    write(saved, args.out)
    print(args.out, os.path.getsize(args.out), "bytes", saved["done"])


if __name__ == "__main__":
    main()
