"""Did the validation loss of a size flatten?

    curve.py --size l [--log /tmp/foundry/ckpt/l.jsonl ...]     writes libs/starter-models/training/<name>.csv

One row per look: tokens seen in this edition, the learning rate as a share of the highest of its run, and the mean
validation loss per answer token over the five skills, for each of the three kinds of items. The items are the generator's,
not those of the suites.

Flat means: of the tokens at the full rate, the last third has a mean loss at most 2 % below that of the third before, each
from three looks or more, and after that the rate fell to zero. A card says what this rule finds in the committed rows; a
test holds it to that.
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


def judge(rows):
    """{flat, looks, tokens, before, last, fall, error, end}: how many looks the second and the last third at the full rate have
    at least, their mean losses, how far those are apart with its standard error from the scatter of the looks, both as shares
    (no error from one look), and the loss at the end."""
    full = [r for r in rows if r["rate"] == 1]
    start, end = full[0]["tokens"], full[-1]["tokens"]
    thirds = [[r for r in full if int(min(2, 3 * (r["tokens"] - start) / (end - start))) == i] for i in range(3)]
    before, last = mean_loss(thirds[1]), mean_loss(thirds[2])
    fall = (before - last) / before
    looks = min(map(len, thirds[1:]))
    error = sum(statistics.variance(mean_loss([r]) for r in t) / len(t) for t in thirds[1:]) ** 0.5 / before if looks > 1 else None
    return {"flat": fall <= LIMIT and looks >= LOOKS and rows[-1]["rate"] == 0, "looks": looks, "tokens": rows[-1]["tokens"],
            "before": before, "last": last, "fall": fall, "error": error, "end": mean_loss(rows[-1:])}


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
