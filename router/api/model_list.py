"""`GET /v1/models`: what a key can name, tiers first."""

from __future__ import annotations

from collections.abc import Sequence

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from router.api.answer_headers import headers_of
from router.api.in_force import CurrentRules
from router.domain import AUTO, JsonObject, ModelSpec, Principal, Tier
from router.errors import UnknownModel
from router.policy.policy import Rules


class ModelRoutes:
    def __init__(self, current: CurrentRules, private_only: bool) -> None:
        self._current = current
        self._private_only = private_only

    async def list(self, request: Request) -> Response:
        """GET /v1/models"""
        now = self._current()
        data = self._entries(await request.state.admit(now.tokens), now.rules)
        headers = headers_of(request.state.trail)
        return JSONResponse({"object": "list", "data": data}, headers=headers)

    async def read(self, request: Request) -> Response:
        """GET /v1/models/{name}: a bare id is that of its alias's version. Raises UnknownModel."""
        name = request.path_params["name"]
        now = self._current()
        principal, rules = await request.state.admit(now.tokens), now.rules
        model = rules.registry.resolve(name)
        wanted = model.key if model else name
        for entry in self._entries(principal, rules):
            if entry["id"] == wanted:
                return JSONResponse(entry, headers=headers_of(request.state.trail))
        raise UnknownModel("There is no such model for this key; GET /v1/models lists them.")

    def _entries(self, principal: Principal, rules: Rules) -> Sequence[JsonObject]:
        tiers = [tier for tier in Tier if tier in principal.tiers]
        if self._stays(principal):
            tiers = [tier for tier in tiers if tier is Tier.PRIVATE]
        models = [
            _described(registered.spec)
            for registered in rules.registry.entries.values()
            if self._may_name(registered.spec, principal, rules)
        ]
        return [_entry(name) for name in (AUTO, *tiers)] + models

    def _stays(self, principal: Principal) -> bool:
        return self._private_only or principal.private_only

    def _may_name(self, model: ModelSpec, principal: Principal, rules: Rules) -> bool:
        if self._stays(principal) and model.is_external:
            return False
        if principal.models and model.id not in principal.models:
            return False
        tiers = rules.tiers_of(model.key)
        return not tiers or not principal.tiers.isdisjoint(tiers)


def _entry(name: str) -> JsonObject:
    return {"id": name, "object": "model", "created": 0, "owned_by": "ringfence"}


def _described(model: ModelSpec) -> JsonObject:
    description: JsonObject = {
        "location": model.location.value,
        "approved_data_classes": [data_class.label for data_class in sorted(model.approved)],
        "capabilities": [capability.value for capability in sorted(model.capabilities)],
        "context_tokens": model.context_tokens,
        "weights_digest": model.weights_digest,
    }
    return _entry(model.key) | description
