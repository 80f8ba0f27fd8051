"""The geometry of a language model: what its memory and its arithmetic follow from.

Parameters, by layer, with h = hidden, d = head_dim:

    attention (GQA)   h·heads·d + 2·h·kv_heads·d + heads·d·h
    attention (MLA)   h·q_rank + q_rank·heads·(nope + rope)      (or h·heads·(nope + rope))
                      + h·(kv_rank + rope) + kv_rank·heads·(nope + v) + heads·v·h
    gated MLP         3·h·intermediate
    experts           total·3·h·expert_intermediate + h·total + shared·3·h·expert_intermediate

Norms and biases are counted too, and come to less than a thousandth. Vision towers and modules for
predicting several tokens are not: text is served without them.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class LatentAttention:
    """MLA: one latent vector a token and layer is cached in place of keys and values."""

    kv_lora_rank: int
    qk_rope_head_dim: int
    qk_nope_head_dim: int
    v_head_dim: int
    q_lora_rank: int | None


@dataclass(frozen=True, slots=True)
class Experts:
    """`layers` is how many layers have experts; the others have an MLP of their own."""

    layers: int
    total: int
    active: int
    shared: int
    intermediate: int
    have_biases: bool = False


@dataclass(frozen=True, slots=True)
class ModelShape:
    """`dtype` is what the published weights are in, as config.json says it.

    `windows` has an entry for each layer: how many tokens back it sees, None for all of them.
    """

    name: str
    model_type: str
    layers: int
    hidden: int
    intermediate: int
    heads: int
    kv_heads: int
    head_dim: int
    vocab: int
    tied_embeddings: bool
    max_context_tokens: int
    dtype: str
    windows: tuple[int | None, ...]
    experts: Experts | None = None
    latent: LatentAttention | None = None
    norms_per_layer: int = 2
    has_qk_norm: bool = False
    has_qkv_bias: bool = False
    has_output_bias: bool = False
    has_sinks: bool = False

    @property
    def parameters(self) -> int:
        """All that is stored."""
        return (
            self.embedding_parameters
            + self.layers * (self.attention_parameters + self.norms_per_layer * self.hidden)
            + self.dense_mlp_parameters
            + self.router_parameters
            + self.shared_expert_parameters
            + self.expert_parameters
            + self.hidden
        )

    @property
    def active_parameters(self) -> int:
        """What one token passes through, embeddings with it, as publishers count."""
        if self.experts is None:
            return self.parameters
        touched = self.expert_parameters * self.experts.active // self.experts.total
        return self.parameters - self.expert_parameters + touched

    @property
    def multiplied_parameters(self) -> int:
        """What one token is multiplied with: an embedding is looked up, a head is a matrix."""
        looked_up = 0 if self.tied_embeddings else self.vocab * self.hidden
        return self.active_parameters - looked_up

    @property
    def embedding_parameters(self) -> int:
        return self.vocab * self.hidden * (1 if self.tied_embeddings else 2)

    @property
    def attention_parameters(self) -> int:
        """Of one layer."""
        if self.latent is not None:
            return _latent_attention(self.hidden, self.heads, self.latent)
        queries, keys = self.heads * self.head_dim, self.kv_heads * self.head_dim
        return (
            self.hidden * (queries + 2 * keys)
            + queries * self.hidden
            + (queries + 2 * keys if self.has_qkv_bias else 0)
            + (self.hidden if self.has_output_bias else 0)
            + (2 * self.head_dim if self.has_qk_norm else 0)
            + (self.heads if self.has_sinks else 0)
        )

    @property
    def dense_mlp_parameters(self) -> int:
        """Of all layers without experts."""
        with_experts = 0 if self.experts is None else self.experts.layers
        return (self.layers - with_experts) * 3 * self.hidden * self.intermediate

    @property
    def expert_parameters(self) -> int:
        """Of all routed experts of all layers."""
        if self.experts is None:
            return 0
        biases = 2 * self.experts.intermediate + self.hidden if self.experts.have_biases else 0
        one = 3 * self.hidden * self.experts.intermediate + biases
        return self.experts.layers * self.experts.total * one

    @property
    def shared_expert_parameters(self) -> int:
        """Of all shared experts of all layers: every token passes through them."""
        if self.experts is None:
            return 0
        shared = self.experts.shared * 3 * self.hidden * self.experts.intermediate
        return self.experts.layers * shared

    @property
    def router_parameters(self) -> int:
        if self.experts is None:
            return 0
        biases = self.experts.total if self.experts.have_biases else 0
        return self.experts.layers * (self.hidden * self.experts.total + biases)


def _latent_attention(hidden: int, heads: int, latent: LatentAttention) -> int:
    query_head = latent.qk_nope_head_dim + latent.qk_rope_head_dim
    rank = latent.q_lora_rank
    queries = hidden * heads * query_head
    if rank is not None:
        queries = hidden * rank + rank + rank * heads * query_head
    keys = hidden * (latent.kv_lora_rank + latent.qk_rope_head_dim) + latent.kv_lora_rank
    expanded = latent.kv_lora_rank * heads * (latent.qk_nope_head_dim + latent.v_head_dim)
    return queries + keys + expanded + heads * latent.v_head_dim * hidden
