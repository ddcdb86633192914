"""How does training go on when only a committed GGUF is left?

    restore.py --gguf libs/starter-models/models/harbor-1m-r4-f16.gguf --size m --out /tmp/foundry/ckpt/m.pt
    train.py --size m --resume --echo 0 ...

Reads the F16 file (no precision worth speaking of is lost); optimizers start afresh, with a short warm-up. Give another
`--seed` to `train.py` than before, so that it sees other text. These are weights after the rate fell to zero.
"""
import argparse
import struct

import numpy
import torch

from export import gguf_name
from model import SHAPES, Model

_SCALARS = {0: "B", 1: "b", 2: "<H", 3: "<h", 4: "<I", 5: "<i", 6: "<f", 7: "?", 10: "<Q", 11: "<q", 12: "<d"}
_TYPES = {0: numpy.dtype("<f4"), 1: numpy.dtype("<f2")}


class Reader:
    """Walks a GGUF file's bytes."""

    def __init__(self, data):
        self.data, self.at = data, 0

    def scalar(self, form):
        value = struct.unpack_from(form, self.data, self.at)[0]
        self.at += struct.calcsize(form)
        return value

    def text(self):
        n = self.scalar("<Q")
        self.at += n
        return self.data[self.at - n:self.at].decode("utf-8")

    def value(self, kind):
        if kind == 8:
            return self.text()
        if kind == 9:
            inner, n = self.scalar("<I"), self.scalar("<Q")
            return [self.value(inner) for _ in range(n)]
        return self.scalar(_SCALARS[kind])


def read_gguf(path):
    """(metadata, {tensor name: array})."""
    with open(path, "rb") as f:
        r = Reader(f.read())
    if r.data[:4] != b"GGUF":
        raise SystemExit(f"{path} is no GGUF file")
    r.at = 8
    tensors, pairs = r.scalar("<Q"), r.scalar("<Q")
    metadata = {r.text(): r.value(r.scalar("<I")) for _ in range(pairs)}
    infos = []
    for _ in range(tensors):
        name, dims = r.text(), r.scalar("<I")
        shape = [r.scalar("<Q") for _ in range(dims)][::-1]
        infos.append((name, shape, r.scalar("<I"), r.scalar("<Q")))
    align = metadata.get("general.alignment", 32)
    start = -(-r.at // align) * align
    out = {}
    for name, shape, kind, offset in infos:
        if kind not in _TYPES:
            raise SystemExit(f"{name} in {path} is quantized; give the F16 file")
        count = int(numpy.prod(shape))
        out[name] = numpy.frombuffer(r.data, _TYPES[kind], count, start + offset).astype("f4").reshape(shape)
    return metadata, out


def main():
    """Write a checkpoint that train.py resumes from."""
    p = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    p.add_argument("--gguf", required=True)
    p.add_argument("--size", choices=SHAPES, required=True)
    p.add_argument("--out", required=True)
    args = p.parse_args()
    _, tensors = read_gguf(args.gguf)
    state = Model(SHAPES[args.size]).state_dict()
    for name in state:
        state[name] = torch.from_numpy(tensors[gguf_name(name)].copy()).reshape(state[name].shape)
    torch.save({"size": args.size, "seed": 0, "commit": "", "grown_from": None, "model": state, "optimizers": None,
                "done": {"steps": 0, "tokens": 0, "seconds": 0.0, "counter": 0}}, args.out)
    print(f"{args.gguf} -> {args.out}")


if __name__ == "__main__":
    main()
