"""How many items does a checkpoint answer exactly, greedily, in PyTorch? For progress; cards quote node-llama-cpp.

    score.py --checkpoint /tmp/foundry/ckpt/s-final.pt [--items 300] [--show 20]
"""
import argparse
import collections
import math

import torch

from batches import prompt
from data.generate import Generator
from model import SHAPES, Model
from suites import MODES, sample_items
from tokenizer import END, Tokenizer


def wilson(hits, n, z=1.96):
    """The 95 % interval of a share, in percent."""
    p, d = hits / n, 1 + z * z / n
    mid, half = (p + z * z / (2 * n)) / d, z * math.sqrt(p * (1 - p) / n + z * z / (4 * n * n)) / d
    return round(100 * (mid - half), 1), round(100 * (mid + half), 1)


@torch.no_grad()
def answer(model, ids, limit):
    """Greedy continuation up to the end token."""
    caches, out, offset = [{} for _ in model.blocks], [], 0
    feed = torch.tensor([ids])
    while len(out) < limit:
        state = model(feed, offset, caches)[:, -1]
        offset += feed.shape[1]
        token = int(model.logits(state).argmax())
        if token == END:
            break
        out.append(token)
        feed = torch.tensor([[token]])
    return out


def main():
    """Score."""
    p = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    p.add_argument("--checkpoint", required=True)
    p.add_argument("--items", type=int, default=300)
    p.add_argument("--show", type=int, default=0, help="wrong answers to print per set")
    p.add_argument("--seed", default="progress", help='"suite" for the published items; never tune on those')
    args = p.parse_args()
    torch.set_num_threads(1)
    saved = torch.load(args.checkpoint, map_location="cpu")
    model = Model(SHAPES[saved["size"]])
    model.load_state_dict(saved["model"])
    model.eval()
    tokenizer, generator = Tokenizer.load(), Generator()
    for name in MODES:
        hits, count, shown = collections.Counter(), collections.Counter(), 0
        for s in sample_items(generator, name, args.items, args.seed):
            ids, want = prompt(s, tokenizer, True)
            got = tokenizer.decode(answer(model, ids, len(want) + 24))
            for key in ("all", s["skill"], s["language"]):
                count[key] += 1
                hits[key] += got == want
            if got != want and shown < args.show:
                shown += 1
                print(f"  [{s['skill']}] {s['turns'][-2][1]!r}\n     want {want!r}\n     got  {got!r}")
        print(name, {k: f"{100 * hits[k] / count[k]:.1f}" for k in count}, wilson(hits["all"], count["all"]), flush=True)


if __name__ == "__main__":
    main()
