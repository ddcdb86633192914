"""Train one size from nothing, or go on where a checkpoint stopped.

    /usr/bin/python3 tools/foundry/python/train.py --size s --seed 1 --minutes 20

The rate warms up, stays, and falls to zero over the last `--decay` share of the time. Every 10 minutes the stable state
(weights, optimizers, position in the data) is saved to `<dir>/<size>.pt`; `--resume` goes on from it. The decayed
weights are saved to `<dir>/<size>-final.pt`. Writing a number of steps into `<dir>/<size>.decay` lets the rate fall from
where it is to zero over so many, also if it is falling already; touching `<dir>/<size>.save` saves `<size>-now.pt` for a
look. Minutes are of processor time, so that a run that was stopped for an hour goes on where it was.
"""
import argparse
import json
import os
import subprocess
import sys
import time

import torch
import torch.nn.functional as F

from batches import IGNORE, Batches, collate, encode
from data.generate import Generator
from model import SHAPES, Model
from muon import Muon
from suites import sample_items
from tokenizer import Tokenizer


def parse_args():
    """The command line."""
    p = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    p.add_argument("--size", choices=SHAPES, required=True)
    p.add_argument("--seed", type=int, default=1)
    p.add_argument("--minutes", type=float, default=20.0, help="of processor time of this run, the fall included")
    p.add_argument("--log", type=int, default=80, help="steps between two looks at the validation loss")
    p.add_argument("--steps", type=int, default=0, help="instead of minutes: a run that repeats exactly on one kind of machine")
    p.add_argument("--decay", type=float, default=0.3, help="share of the minutes in which the rate falls")
    p.add_argument("--tokens", type=int, default=4096, help="per batch, padding included")
    p.add_argument("--echo", type=int, default=1_500_000, help="first tokens of which 15 %% of the samples teach copying only; 0 for a restored model")
    p.add_argument("--muon", type=float, default=0.02)
    p.add_argument("--adam", type=float, default=4e-3)
    p.add_argument("--dir", default="/tmp/foundry/ckpt")
    p.add_argument("--resume", action="store_true")
    p.add_argument("--threads", type=int, default=1)
    p.add_argument("--tag", default="", help="appended to the names of the files")
    p.add_argument("--peers", type=int, default=1, help="processes that train this size together, each with its own text")
    p.add_argument("--rank", type=int, default=0, help="which of them this is; rank 0 saves")
    p.add_argument("--bf16", action="store_true", help="multiply in bfloat16: a quarter faster from 1 M parameters on, where the processor can")
    p.add_argument("--device", default="cuda" if torch.cuda.is_available() else "cpu")
    return p.parse_args()


def validation(generator, tokenizer, device):
    """{set: {skill: [batches]}}: 480 items a set, never trained on."""
    out = {}
    for name in ("known", "held-out", "perturbed"):
        rows = {}
        for s in sample_items(generator, name, 480, seed="validation"):
            rows.setdefault(s["skill"], []).append(encode(s, tokenizer, True))
        out[name] = {k: [collate(r[i:i + 32], device) for i in range(0, len(r), 32)] for k, r in rows.items()}
    return out


def answer_loss(model, ids, targets, weights):
    """Summed cross-entropy over answer tokens, and their summed weight; scores are computed for those only."""
    keep = targets != IGNORE
    loss = F.cross_entropy(model.logits(model(ids, keep=keep)), targets[keep], reduction="none")
    return (loss * weights[keep]).sum(), weights[keep].sum()


@torch.no_grad()
def validate(model, batches):
    """{set: {skill: loss per answer token}}."""
    out = {}
    for name, skills in batches.items():
        out[name] = {}
        for skill, rows in skills.items():
            sums = [answer_loss(model, *r) for r in rows]
            out[name][skill] = round(float(sum(a for a, _ in sums) / sum(b for _, b in sums)), 4)
    return out


def commit():
    """The revision that trains, for the card."""
    try:
        return subprocess.run(["git", "rev-parse", "--short", "HEAD"], capture_output=True, text=True,
                              cwd=os.path.dirname(os.path.abspath(__file__))).stdout.strip()
    except OSError:
        return ""


@torch.no_grad()
def meet_peers(model, base, rank, peers):
    """Leave these weights for the peers and take the mean with what they left: cheap data parallelism over files."""
    path = f"{base}-peer{rank}.pt"
    torch.save(model.state_dict(), path + ".tmp")
    os.replace(path + ".tmp", path)
    others = [f"{base}-peer{r}.pt" for r in range(peers) if r != rank]
    states = [torch.load(o, map_location="cpu") for o in others if os.path.exists(o) and time.time() - os.path.getmtime(o) < 120]
    for name, value in model.state_dict().items():
        value.copy_(sum([s[name].to(value.device) for s in states], value.clone()) / (1 + len(states)))


def keep_memory():
    """Start again with an allocator that keeps freed memory: handing it back to the kernel costs a fifth of CPU training."""
    wanted = {"MALLOC_MMAP_THRESHOLD_": "2000000000", "MALLOC_TRIM_THRESHOLD_": "4000000000", "OPENBLAS_NUM_THREADS": "1"}
    cpu = open("/proc/cpuinfo", encoding="utf-8").read() if sys.platform == "linux" else ""
    if " avx512f " in cpu:
        wanted["OPENBLAS_CORETYPE"] = "SKYLAKEX"  # older OpenBLAS takes an AMD core with AVX-512 for one without
    if sys.platform == "linux" and any(k not in os.environ for k in wanted):
        os.execve(sys.executable, [sys.executable] + sys.argv, {**wanted, **os.environ})


def main():
    """Train."""
    args = parse_args()
    keep_memory()
    torch.set_num_threads(args.threads)
    torch.manual_seed(args.seed)
    os.makedirs(args.dir, exist_ok=True)
    base = os.path.join(args.dir, args.size + args.tag)
    tokenizer, generator = Tokenizer.load(), Generator()
    shape = SHAPES[args.size]
    model = Model(shape).to(args.device)
    matrices = [p for n, p in model.named_parameters() if p.dim() == 2 and "embed" not in n]
    others = [p for n, p in model.named_parameters() if p.dim() != 2 or "embed" in n]
    optimizers = [Muon(matrices, lr=args.muon, weight_decay=0.01, bf16=args.bf16),
                  torch.optim.AdamW(others, lr=args.adam, betas=(0.9, 0.98), weight_decay=0.0)]
    rates = [args.muon, args.adam]
    done = {"steps": 0, "tokens": 0, "seconds": 0.0, "counter": 0}
    grown_from, since = None, 0
    if args.resume:
        saved = torch.load(base + ".pt", map_location=args.device)
        model.load_state_dict(saved["model"])
        for o, s in zip(optimizers, saved["optimizers"] or []):
            o.load_state_dict(s)
        grown_from = saved.get("grown_from")
        done = saved["done"]
        since = done["steps"] if saved["optimizers"] is None else 0
    generator.early_echo = 0.15 if done["tokens"] < args.echo else 0.0
    stream = Batches(generator, tokenizer, args.seed + 1000 * args.rank, args.tokens, shape.context, args.device, counter=done["counter"])
    checks = validation(generator, tokenizer, args.device) if args.rank == 0 else {}
    log = open(base + ".jsonl", "a", encoding="utf-8")
    print(f"{shape.name}: {sum(p.numel() for p in model.parameters()):,} parameters on {args.device}", flush=True)

    def save(path):
        done["counter"] = stream.counter
        torch.save({"size": args.size, "seed": args.seed, "commit": commit(), "grown_from": grown_from, "model": model.state_dict(),
                    "optimizers": [o.state_dict() for o in optimizers], "done": dict(done)}, path + ".tmp")
        os.replace(path + ".tmp", path)

    def look(scale):
        row = {"step": done["steps"], "tokens": done["tokens"], "minutes": round(done["seconds"] / 60, 1), "rate": round(scale, 3),
               "train": round(sum(running) / max(1, len(running)), 4), "tokens_per_s": int(done["tokens"] / max(1, done["seconds"])),
               "validation": validate(model, checks)}
        running.clear()
        print(json.dumps(row), flush=True)
        log.write(json.dumps(row) + "\n")
        log.flush()

    start = time.process_time()
    earlier, last_save, running = done["seconds"], time.monotonic(), []
    end_at = args.steps or args.minutes * 60
    decay_at = end_at * (1 - args.decay)
    falling, first_step, scale, top = False, done["steps"], 1.0, 1.0
    for ids, targets, weights in stream:
        seconds = time.process_time() - start
        now = done["steps"] - first_step if args.steps else seconds
        if os.path.exists(base + ".decay"):
            with open(base + ".decay", encoding="utf-8") as f:
                args.steps = done["steps"] - first_step + int(f.read())
            os.remove(base + ".decay")
            now = done["steps"] - first_step
            top, decay_at, end_at = scale, now, args.steps
        if now >= end_at:
            break
        if now >= decay_at and not falling:
            falling = True
            if args.rank == 0:
                save(base + ".pt")
        scale = min(1.0, (done["steps"] - since + 1) / 100)
        if falling:
            scale *= top * max(0.0, (end_at - now) / (end_at - decay_at))
        for o, rate in zip(optimizers, rates):
            for g in o.param_groups:
                g["lr"] = rate * scale
        with torch.autocast(args.device, dtype=torch.bfloat16, enabled=args.bf16):
            total, weight = answer_loss(model, ids, targets, weights)
        loss = total / weight
        for o in optimizers:
            o.zero_grad(set_to_none=True)
        loss.backward()
        torch.nn.utils.clip_grad_norm_(others, 1.0)
        for o in optimizers:
            o.step()
        if args.peers > 1 and done["steps"] % 16 == 0:
            meet_peers(model, base, args.rank, args.peers)
        running.append(loss.item())
        generator.early_echo = 0.15 if done["tokens"] < args.echo else 0.0
        done["steps"] += 1
        done["tokens"] += int(ids.numel()) * args.peers
        done["seconds"] = earlier + seconds
        if args.rank == 0 and done["steps"] % args.log == 0:
            look(scale)
        if args.rank == 0 and os.path.exists(base + ".save"):
            os.remove(base + ".save")
            save(base + "-now.pt")
        if args.rank == 0 and not falling and time.monotonic() - last_save > 600:
            last_save = time.monotonic()
            save(base + ".pt")
    if args.rank == 0:
        look(0.0)
        save(base + "-final.pt")


if __name__ == "__main__":
    main()
