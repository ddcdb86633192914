"""How are matrices updated? Muon: momentum, then the nearest orthogonal matrix by Newton-Schulz."""
import torch


def orthogonal(g, steps=5, bf16=False):
    """An approximately orthogonal matrix with the directions of `g`."""
    a, b, c = 3.4445, -4.7750, 2.0315
    x = g / (g.norm() + 1e-7)
    x = x.bfloat16() if bf16 else x
    flip = x.shape[0] > x.shape[1]
    x = x.t() if flip else x
    for _ in range(steps):
        y = x @ x.t()
        x = a * x + (b * y + c * y @ y) @ x
    return (x.t() if flip else x).to(g.dtype)


class Muon(torch.optim.Optimizer):
    """For hidden matrices only; embeddings and norms belong to AdamW."""

    def __init__(self, params, lr=0.02, momentum=0.95, weight_decay=0.0, bf16=False):
        super().__init__(params, {"lr": lr, "momentum": momentum, "weight_decay": weight_decay})
        self.bf16 = bf16

    @torch.no_grad()
    def step(self):
        for group in self.param_groups:
            for p in group["params"]:
                if p.grad is None:
                    continue
                state = self.state[p]
                if "momentum" not in state:
                    state["momentum"] = torch.zeros_like(p)
                m = state["momentum"]
                m.mul_(group["momentum"]).add_(p.grad)
                update = orthogonal(p.grad + group["momentum"] * m, bf16=self.bf16)
                p.mul_(1 - group["lr"] * group["weight_decay"])
                p.add_(update, alpha=-group["lr"] * max(1.0, p.shape[0] / p.shape[1]) ** 0.5)
