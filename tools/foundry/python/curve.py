"""Did the validation loss of a size flatten?

    curve.py --size l [--log /tmp/foundry/ckpt/l.jsonl ...]     writes libs/starter-models/training/<name>.csv

One row per look: tokens seen in this edition, the learning rate as a share of the highest of its run, and the mean
validation loss per answer token over the five skills, for each of the three kinds of items. The items are the generator's,
not those of the suites.

Flat means, for a size that went through one run at the full rate: of its tokens at that rate, the last third has a mean loss
at most 2 % below that of the third before, each from three looks or more, and after that the rate fell to zero. For one that
went through two: each had six looks at the full rate or more and a fall to zero, and the second ended at most 2 % below the
first. A card says what this rule finds in the committed rows; a test holds it to that.
"""
import argparse
import csv
import json
import os
import statistics

from model import REVISION, SHAPES

HERE = os.path.dirname(os.path.abspath(__file__))
FOLDER = os.path.join(HERE, "../../../libs/starter-models/training")
SETS = ("known", "held-out", "perturbed")
LIMIT = 0.02
LOOKS = 3


def path_of(name):
    """Where the curve of a model is committed."""
    return os.path.join(FOLDER, name + ".csv")


def read(name):
    """The committed rows: [{column: number}]."""
    with open(path_of(name), encoding="utf-8", newline="") as f:
        return [{k: float(v) for k, v in row.items()} for row in csv.DictReader(f)]


def mean_loss(rows):
    """The mean over rows and sets."""
    return sum(r[s] for r in rows for s in SETS) / (len(rows) * len(SETS))


def rounds(rows):
    """The rows of each run that held the full rate and then fell to zero; a fall from a lower rate belongs to no run."""
    out, current = [], []
    for row in rows:
        current.append(row)
        if row["rate"] == 0:
            if any(r["rate"] == 1 for r in current):
                out.append(current)
            current = []
    return out


def judge(rows):
    """{flat, by, looks, tokens, before, last, fall, error, end}. `by` says what is compared: `thirds` of the tokens at the full
    rate, or the `ends` of the last two runs. `looks`: how many looks at the full rate each side has at least; `before` and
    `last`: the losses that are compared; `fall`: how far the second lies below the first, as a share, with the standard error
    of thirds from the scatter of their looks (None where it is not known); `end`: the loss at the end of all."""
    runs = rounds(rows)
    if len(runs) > 1:
        looks = min(sum(r["rate"] == 1 for r in run) for run in runs[-2:])
        before, last = (mean_loss(run[-1:]) for run in runs[-2:])
        by, error, needed = "ends", None, 2 * LOOKS
    else:
        full = [r for r in rows if r["rate"] == 1]
        start, end = full[0]["tokens"], full[-1]["tokens"]
        thirds = [[r for r in full if int(min(2, 3 * (r["tokens"] - start) / (end - start))) == i] for i in range(3)]
        before, last = mean_loss(thirds[1]), mean_loss(thirds[2])
        looks = min(map(len, thirds[1:]))
        by, needed = "thirds", LOOKS
        error = sum(statistics.variance(mean_loss([r]) for r in t) / len(t) for t in thirds[1:]) ** 0.5 / before if looks > 1 else None
    fall = (before - last) / before
    return {"flat": fall <= LIMIT and looks >= needed and rows[-1]["rate"] == 0, "by": by, "looks": looks,
            "tokens": rows[-1]["tokens"], "before": before, "last": last, "fall": fall, "error": error, "end": mean_loss(rows[-1:])}


def main():
    """Write a curve and say what the rule finds."""
    p = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    p.add_argument("--size", choices=SHAPES, required=True)
    p.add_argument("--log", nargs="+", help="the logs of the runs that followed one another; default: that of the size")
    args = p.parse_args()
    name = f"{SHAPES[args.size].name}-{REVISION}"
    os.makedirs(FOLDER, exist_ok=True)
    with open(path_of(name), "w", encoding="utf-8", newline="") as out:
        write = csv.writer(out, lineterminator="\n")
        write.writerow(("tokens", "rate", *SETS))
        for log in args.log or [f"/tmp/foundry/ckpt/{args.size}.jsonl"]:
            with open(log, encoding="utf-8") as f:
                for row in map(json.loads, f):
                    losses = [row["validation"][s].values() for s in SETS]
                    write.writerow((row["tokens"], row["rate"], *(f"{sum(v) / len(v):.5f}" for v in losses)))
    print(name, judge(read(name)))


if __name__ == "__main__":
    main()
