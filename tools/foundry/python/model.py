"""What does the network compute? The `llama` architecture as llama.cpp runs it, small.

Rotary pairs are interleaved, so Q and K go into the GGUF without permutation. Embeddings are tied. All widths are
multiples of 32, so that Q8_0 and Q4_0 blocks fit every row.
"""
import dataclasses

import torch
import torch.nn as nn
import torch.nn.functional as F


@dataclasses.dataclass(frozen=True)
class Shape:
    """The sizes of one model."""

    name: str
    width: int
    layers: int
    hidden: int
    heads: int
    kv_heads: int
    vocab: int = 1536
    head_dim: int = 32
    context: int = 2048
    rope_base: float = 10000.0
    eps: float = 1e-5


# Part of every name: a file that was trained again has another name, so that the old one stays what it was.
REVISION = "r4"

# Every head has its own keys: with shared ones the head that looks one token back, on which copying rests, forms late.
SHAPES = {
    "s": Shape("harbor-0.3m", width=96, layers=3, hidden=96, heads=3, kv_heads=3),
    "m": Shape("harbor-1m", width=160, layers=4, hidden=224, heads=5, kv_heads=5),
    "l": Shape("harbor-3.5m", width=256, layers=5, hidden=480, heads=8, kv_heads=8),
}


class RMSNorm(nn.Module):
    """x / rms(x) * weight."""

    def __init__(self, width, eps):
        super().__init__()
        self.weight, self.eps = nn.Parameter(torch.ones(width)), eps

    def forward(self, x):
        return x * torch.rsqrt(x.pow(2).mean(-1, keepdim=True) + self.eps) * self.weight


def rotary_tables(shape, length, device):
    """cos and sin of every position and pair: (length, 1, head_dim / 2)."""
    inv = shape.rope_base ** (-torch.arange(0, shape.head_dim, 2, device=device, dtype=torch.float32) / shape.head_dim)
    angle = torch.arange(length, device=device, dtype=torch.float32)[:, None] * inv[None, :]
    return angle.cos()[:, None, :], angle.sin()[:, None, :]


def rotate(x, cos, sin):
    """Turn the pairs (0,1), (2,3), … of the last dimension."""
    a, b = x[..., 0::2], x[..., 1::2]
    return torch.stack((a * cos - b * sin, a * sin + b * cos), -1).flatten(-2)


class Block(nn.Module):
    """Attention and a gated feed-forward, each behind a norm."""

    def __init__(self, s):
        super().__init__()
        self.s = s
        self.attn_norm, self.ffn_norm = RMSNorm(s.width, s.eps), RMSNorm(s.width, s.eps)
        self.q = nn.Linear(s.width, s.heads * s.head_dim, bias=False)
        self.k = nn.Linear(s.width, s.kv_heads * s.head_dim, bias=False)
        self.v = nn.Linear(s.width, s.kv_heads * s.head_dim, bias=False)
        self.o = nn.Linear(s.heads * s.head_dim, s.width, bias=False)
        self.gate = nn.Linear(s.width, s.hidden, bias=False)
        self.up = nn.Linear(s.width, s.hidden, bias=False)
        self.down = nn.Linear(s.hidden, s.width, bias=False)

    def attend(self, x, cos, sin, mask, cache):
        s, (b, t, _) = self.s, x.shape
        q = rotate(self.q(x).view(b, t, s.heads, s.head_dim), cos, sin).transpose(1, 2)
        k = rotate(self.k(x).view(b, t, s.kv_heads, s.head_dim), cos, sin).transpose(1, 2)
        v = self.v(x).view(b, t, s.kv_heads, s.head_dim).transpose(1, 2)
        if cache is not None:
            if cache.get("k") is not None:
                k, v = torch.cat((cache["k"], k), 2), torch.cat((cache["v"], v), 2)
            cache["k"], cache["v"] = k, v
        group = s.heads // s.kv_heads
        if group > 1:
            k, v = k.repeat_interleave(group, 1), v.repeat_interleave(group, 1)
        score = (q * s.head_dim ** -0.5) @ k.transpose(-1, -2)
        if mask is not None:
            score = score + mask
        return self.o((score.softmax(-1) @ v).transpose(1, 2).reshape(b, t, -1))

    def forward(self, x, cos, sin, mask, cache=None, keep=None):
        x = x + self.attend(self.attn_norm(x), cos, sin, mask, cache)
        x = x if keep is None else x[keep]
        h = self.ffn_norm(x)
        return x + self.down(F.silu(self.gate(h)) * self.up(h))


@torch.no_grad()
def start(model):
    """First weights, arranged so that copying is there from the first step instead of after millions of tokens.

    Embeddings are large beside what the blocks write, which is nothing at first, so that the token is never drowned.
    Channel 0 is the same for all tokens: a bias that Q and K lack, and no change of the softmax. The last channels are
    free: head 0 of the first layer looks one token back and writes what it saw there; head 0 of the second layer looks
    for places that came after a token like the present one, and says what stands there. Training is free to change it all.
    """
    s = model.shape
    d, r = s.width, s.head_dim
    for name, p in model.named_parameters():
        if p.dim() == 2:
            nn.init.normal_(p, std=p.shape[1] ** -0.5)
        if name.endswith(("o.weight", "down.weight")):
            p.zero_()
    model.norm.weight.fill_(0.1)
    model.embed.weight.normal_(std=0.5)
    model.embed.weight[:, 0] = 1.0
    model.embed.weight[:, d - r:] = 0.0
    back, match = model.blocks[0], model.blocks[1]
    theta = s.rope_base ** (-torch.arange(0, r, 2, dtype=torch.float32) / r)
    pairs = 5
    back.q.weight[:r] = 0.0
    back.k.weight[:r] = 0.0
    back.k.weight[0:2 * pairs:2, 0] = 3.0
    back.q.weight[0:2 * pairs:2, 0] = 3.0 * theta[:pairs].cos()
    back.q.weight[1:2 * pairs:2, 0] = -3.0 * theta[:pairs].sin()
    see = torch.zeros(r, d)
    see[:, 1:d - r] = torch.linalg.qr(torch.randn(d - r - 1, r))[0].t()
    back.v.weight[:r] = see
    back.o.weight[d - r:, :r] = 0.5 * torch.eye(r)
    slow = torch.arange(r) >= r // 2  # dimensions that the rotation hardly turns within a chat
    match.q.weight[:r] = 2.5 * see * slow[:, None]
    match.k.weight[:r] = 0.0
    match.k.weight[:r, d - r:] = 2.5 * torch.eye(r) * slow[:, None]
    say = torch.zeros(r, d)
    say[:, 1:d - r] = torch.linalg.qr(torch.randn(d - r - 1, r))[0].t()
    match.v.weight[:r] = say
    match.o.weight[:, :r] = 1.5 * say.t()


class Model(nn.Module):
    """Token ids in, hidden states out; `logits` turns chosen states into scores."""

    def __init__(self, shape):
        super().__init__()
        self.shape = shape
        self.embed = nn.Embedding(shape.vocab, shape.width)
        self.blocks = nn.ModuleList(Block(shape) for _ in range(shape.layers))
        self.norm = RMSNorm(shape.width, shape.eps)
        start(self)

    def forward(self, ids, offset=0, caches=None, keep=None):
        """States of all positions, or of those in the mask `keep` only, which spares the last feed-forward the rest."""
        t = ids.shape[1]
        cos, sin = rotary_tables(self.shape, offset + t, ids.device)
        cos, sin = cos[offset:], sin[offset:]
        mask = None
        if t > 1:
            mask = torch.full((t, offset + t), float("-inf"), device=ids.device).triu(1 + offset)
        x = self.embed(ids)
        for i, block in enumerate(self.blocks):
            x = block(x, cos, sin, mask, caches[i] if caches else None, keep if i + 1 == self.shape.layers else None)
        return self.norm(x)

    def logits(self, states):
        """Scores over the vocabulary."""
        return states @ self.embed.weight.t()
