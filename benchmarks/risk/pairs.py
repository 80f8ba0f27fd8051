"""Which models of the recorded answers are tried first, and which come after them."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Pair:
    """`samples` are models that cost about as much as the cheap one, or less."""

    cheap: str
    strong: str
    samples: tuple[str, ...]

    @property
    def models(self) -> tuple[str, ...]:
        return self.cheap, self.strong, *self.samples


_LLAMA_8B, _LLAMA_70B = "Meta-Llama-3_1-8B-Instruct", "Meta-Llama-3_1-70B-Instruct"
_FLASH, _PRO = "gemini-1.5-flash-002", "gemini-1.5-pro-002"
_PHI_3, _MATHSTRAL, _MISTRAL = "Phi-3-mini-4k-instruct", "mathstral-7B", "Mistral-7B-Instruct-v0.2"

PAIRS = (
    Pair(_LLAMA_8B, _LLAMA_70B, (_PHI_3, _MATHSTRAL, _MISTRAL)),
    Pair(_PHI_3, _LLAMA_70B, (_LLAMA_8B, _MATHSTRAL, _MISTRAL)),
    Pair(_FLASH, _PRO, (_LLAMA_8B, _PHI_3, _MATHSTRAL)),
    Pair(_LLAMA_70B, _PRO, (_FLASH, _LLAMA_8B, _PHI_3)),
)
