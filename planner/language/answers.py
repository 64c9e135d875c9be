"""What a language model is to the rest of the program, and what it answers."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, Protocol, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Callable

    from planner.language.chat import Adapter, Conversation

Ending: TypeAlias = Literal["end", "enough", "length", "cancelled"]


@dataclass(frozen=True, slots=True)
class TokenCost:
    """Tokens evaluated, restored from memory and generated, and the seconds it took."""

    prompt: int = 0
    cached: int = 0
    completion: int = 0
    seconds: float = 0.0

    def __add__(self, other: TokenCost) -> TokenCost:
        return TokenCost(
            self.prompt + other.prompt,
            self.cached + other.cached,
            self.completion + other.completion,
            self.seconds + other.seconds,
        )


@dataclass(frozen=True, slots=True)
class Completion:
    """What a model answered, and why it stopped: by itself, enough, too long, or cancelled."""

    text: str
    ending: Ending
    cost: TokenCost


class LanguageModel(Protocol):
    """What understanding and narration need of a model."""

    @property
    def name(self) -> str:
        """The model's name."""

    @property
    def lead(self) -> bool:
        """Whether its reading of a request goes before that of the rules."""

    @property
    def adapters(self) -> tuple[Adapter, ...]:
        """What was taught to it, one adapter a task."""

    def complete(
        self,
        conversation: Conversation,
        *,
        max_tokens: int,
        grammar: str | None = None,
        temperature: float = 0.0,
        seed: int = 0,
        watch: Callable[[str], bool] | None = None,
        cancel: Callable[[], bool] | None = None,
    ) -> Completion:
        """Answer a conversation; see :meth:`Engine.complete`."""
