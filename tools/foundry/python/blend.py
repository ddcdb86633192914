"""What lies between two models of one size? A weighted mean of their weights, often better than either.

    blend.py --checkpoint /tmp/foundry/ckpt/l-final.pt --with /tmp/foundry/r2/l.pt --share 0.25 --out /tmp/foundry/ckpt/l-blend.pt

Means something only where the one was trained on from the other. The facts of training are those of `--checkpoint`.
"""
import argparse

import torch


def main():
    """Write the mean as a checkpoint to export."""
    p = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    p.add_argument("--checkpoint", required=True)
    p.add_argument("--with", dest="other", required=True)
    p.add_argument("--share", type=float, required=True, help="of the other, 0 to 1")
    p.add_argument("--out", required=True)
    args = p.parse_args()
    saved, other = (torch.load(path, map_location="cpu") for path in (args.checkpoint, args.other))
    if saved["size"] != other["size"]:
        raise SystemExit(f"{args.checkpoint} is of size {saved['size']}, {args.other} of size {other['size']}; give two of one size")
    model = {name: torch.lerp(weight, other["model"][name], args.share) for name, weight in saved["model"].items()}
    torch.save({**saved, "model": model, "optimizers": None}, args.out)


if __name__ == "__main__":
    main()
