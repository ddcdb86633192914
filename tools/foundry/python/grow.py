"""How does a larger model start from what a smaller one knows?

    grow.py --checkpoint /tmp/foundry/ckpt/s.pt --size m --out /tmp/foundry/ckpt/m.pt

Widens and deepens without changing the answers: new residual channels start empty, new heads and hidden units write
nothing yet, a new layer passes its input on. What reads the new channels starts random, so that they are learned.
RMSNorm divides by the mean over more channels, hence the factor on its weights. Optimizers start afresh.
"""
import argparse

import torch

from model import SHAPES, Model


def put(target, source):
    """Copy a smaller tensor into the leading corner of a larger one."""
    target[tuple(slice(0, n) for n in source.shape)] = source


@torch.no_grad()
def grow(small_state, small, large, seed=0):
    """The weights of `large` that answer as `small_state` does."""
    torch.manual_seed(seed)
    model = Model(large)
    state = model.state_dict()
    scale = (small.width / large.width) ** 0.5
    layers = [round(i * (small.layers - 1) / max(1, large.layers - 1)) for i in range(large.layers)]
    taken = {}
    for new in range(large.layers):  # the first of the layers that map to an old one is its copy, the others pass through
        old = layers[new]
        if old in taken.values():
            continue
        taken[new] = old
    for name, value in state.items():
        if name == "embed.weight":
            value.zero_()
            put(value, small_state[name])
            continue
        if name == "norm.weight":
            value.fill_(scale)
            put(value, small_state[name] * scale)
            continue
        _, index, rest = name.split(".", 2)
        new = int(index)
        writes = rest in ("o.weight", "down.weight")
        if writes:
            value.zero_()
        if new not in taken:
            continue
        old = small_state[f"blocks.{taken[new]}.{rest}"]
        if rest.endswith("norm.weight"):
            value.fill_(scale)
            put(value, old * scale)
        else:
            if not writes:
                value[: old.shape[0], old.shape[1]:] *= 0.5
            put(value, old)
    return state


def main():
    """Grow one checkpoint."""
    p = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    p.add_argument("--checkpoint", required=True)
    p.add_argument("--size", choices=SHAPES, required=True)
    p.add_argument("--out", required=True)
    p.add_argument("--seed", type=int, default=1)
    args = p.parse_args()
    saved = torch.load(args.checkpoint, map_location="cpu")
    small, large = SHAPES[saved["size"]], SHAPES[args.size]
    state = grow(saved["model"], small, large, args.seed)
    model, before = Model(large), Model(small)
    model.load_state_dict(state)
    before.load_state_dict(saved["model"])
    ids = torch.randint(3, small.vocab, (2, 40))
    with torch.no_grad():
        gap = float((model.logits(model(ids)) - before.logits(before(ids))).abs().max())
    torch.save({**saved, "size": args.size, "model": state, "optimizers": None, "grown_from": saved["size"]}, args.out)
    print(f"{small.name} -> {large.name}: largest difference of a score {gap:.5f}")


if __name__ == "__main__":
    main()
