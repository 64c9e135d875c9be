"""Progressive implicit distillation (PICD): reasons fade into latent tokens, block by block.

In the first epoch a model writes all reasons. Each further epoch replaces one more block by three
reserved tokens of that block, CONTEXT first, then STRATEGY, then the steps, until only latent
tokens and the sequence are left. The learning rate stays high while the structure changes and falls
once it stands (GPlan's compression-aware rate).
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from planner.intents.distill.samples import Sample

MOST_STEPS = 9
LATENT_A_BLOCK = 3
BLOCKS = ("CONTEXT", "STRATEGY", *(f"STEP_{n}" for n in range(1, MOST_STEPS + 1)))
"""The blocks in the order in which they fade."""
LATENT = tuple(f"<{block}:{n}>" for block in BLOCKS for n in range(1, LATENT_A_BLOCK + 1))
"""All reserved tokens, 33 of them."""


@dataclass(frozen=True, slots=True)
class Part:
    """A run of the target that is weighed in one way.

    Attributes
    ----------
    text
        The run.
    kind
        ``"prompt"`` is not learned; ``"reason"`` is text, ``"latent"`` reserved tokens,
        ``"sequence"`` the answer.
    """

    text: str
    kind: str


@dataclass(frozen=True, slots=True)
class Rates:
    """The compression-aware learning rate.

    Attributes
    ----------
    structure
        While blocks are still to fade.
    polish
        From then on, falling along a cosine to nothing.
    blocks
        How many blocks are to fade before that.
    """

    structure: float = 5e-6
    polish: float = 1e-6
    blocks: int = 9

    def at(self, faded: int, share: float) -> float:
        """Return the rate.

        Parameters
        ----------
        faded
            Blocks that have faded.
        share
            Of the polishing, how much is done, 0 to 1.
        """
        if faded < self.blocks:
            return self.structure
        return self.polish * (1 + math.cos(math.pi * min(max(share, 0.0), 1.0))) / 2


@dataclass(frozen=True, slots=True)
class Weights:
    """What a token of each kind counts in the loss, and the two parts of the loss."""

    latent: float = 1.0
    sequence: float = 1.0
    reasoning_part: float = 0.5
    sequence_part: float = 0.5


DEFAULT_WEIGHTS = Weights()


def faded_at(epoch: int) -> int:
    """Return how many blocks have faded in an epoch, counted from 1.

    Raises
    ------
    ValueError
        If the epoch is below 1.
    """
    if epoch < 1:
        raise ValueError(f"epochs are counted from 1, not {epoch}")
    return min(epoch - 1, len(BLOCKS))


def latent_of(block: str) -> str:
    """Return the reserved tokens of a block."""
    at = BLOCKS.index(block) * LATENT_A_BLOCK
    return "".join(LATENT[at : at + LATENT_A_BLOCK])


def parts_of(sample: Sample, faded: int) -> tuple[Part, ...]:
    """Return a sample as a model sees it once so many blocks have faded.

    Parameters
    ----------
    sample
        The sample.
    faded
        How many of :data:`BLOCKS` are latent, from the first on.
    """
    parts = [Part(f"{sample.prompt}\n", "prompt"), Part("<THOUGHT>", "reason")]
    for n, (block, text) in enumerate(zip(BLOCKS, sample.blocks, strict=False)):
        if n < faded:
            parts.append(Part(latent_of(block), "latent"))
        else:
            parts.append(Part(f"<{block}>{text}</{block}>", "reason"))
    parts += [Part("</THOUGHT>", "reason"), Part(sample.answer, "sequence")]
    return tuple(parts)


def loss_of(
    losses: list[tuple[str, float]],
    weights: Weights = DEFAULT_WEIGHTS,
) -> float:
    """Return the loss of one sample: the weighted means over its reasons and over its sequence.

    Parameters
    ----------
    losses
        For each token, the kind of its part and its negative log-likelihood.
    weights
        What the tokens and the parts count.
    """
    factor = {"latent": weights.latent, "sequence": weights.sequence, "reason": 1.0}
    total = 0.0
    for kinds, share in (
        ({"reason", "latent"}, weights.reasoning_part),
        ({"sequence"}, weights.sequence_part),
    ):
        own = [(factor[kind], loss) for kind, loss in losses if kind in kinds]
        weight = sum(each for each, _ in own)
        if weight:
            total += share * sum(each * loss for each, loss in own) / weight
    return total
