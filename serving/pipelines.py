"""What answers under a policy, over what all policies share."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from random import SystemRandom

from sqlalchemy import Engine

from router.accounts.limits.admission import Admission
from router.accounts.people.rules import PeopleRules
from router.accounts.people.tokens import TokenVerifier
from router.accounts.standing import Standing
from router.api.in_force import InForce
from router.audit.ledger import Ledger
from router.audit.vault.rules import VaultRules
from router.audit.vault.subjects import PURPOSE, SubjectNames
from router.audit.vault.vault import Vault
from router.audit.vault.wrapping import KeyWrapper
from router.cascade.walk import Cascade
from router.conversation.conversations import Conversations
from router.conversation.keys import PURPOSE as CONVERSATION
from router.conversation.keys import ConversationKeys
from router.conversation.store import ConversationStore
from router.egress.clearance import ClearanceOffice
from router.features.classifier import load_classifier
from router.features.reader import FeatureReader
from router.load.gates import Gates
from router.output_guard import OutputGuard
from router.pipeline import Pipeline
from router.policy.policy import CascadeRules, Rules
from router.privacy.classify import Classifier
from router.privacy.rules import DetectionRules
from router.privacy.stickiness import Stickiness
from router.privacy.taint import TaintKeys
from router.privacy.taint_store import TaintStore
from router.privacy.tenancy import TenantSecrets
from router.protocols import Backend, Clock, Detector
from router.registry.execution import DeployedModel
from router.registry.registry import Registry
from router.store.writer import Writer
from router.telemetry.observer import Observers
from router.telemetry.paces import Paces
from router.trials.observations import Observations
from router.trials.shadows import ShadowRoom, Shadows
from serving.learned_router import LearnedRouters


@dataclass(frozen=True, slots=True)
class Shared:
    """What outlives a policy.

    `deployed` asks what runs now, by key; `backends` has one for each of these.
    """

    engine: Engine
    writer: Writer
    detector: Detector
    backends: Mapping[str, Backend]
    deployed: Callable[[], Mapping[str, DeployedModel]]
    office: ClearanceOffice
    tenants: TenantSecrets
    wrapper: KeyWrapper
    standing: Standing
    clock: Clock
    gates: Gates
    shadow_room: ShadowRoom = field(default_factory=ShadowRoom)
    observers: Observers = field(default_factory=Observers)


class Pipelines:
    """Makes pipelines, and what lets people in to them; called by one thread at a time.

    What remembers something (which models are down, what was scanned, by which keys an issuer
    signs) goes over from one policy to the next where the rules that it follows are the same.
    """

    def __init__(self, shared: Shared) -> None:
        self._shared = shared
        self._cascade: tuple[CascadeRules, frozenset[str], Cascade] | None = None
        self._classifier: tuple[DetectionRules, Classifier] | None = None
        self._tokens = TokenVerifier(PeopleRules(), shared.clock)
        self._paces = Paces()
        self._task_classifier = load_classifier()
        self._learned = LearnedRouters()

    def wire(self, rules: Rules) -> InForce:
        """Raises KeyError for a model of the registry, not retired, that has no backend."""
        pipeline = self._pipeline(rules)
        self._tokens = self._tokens.following(rules.policy.people)
        return InForce(rules, pipeline, self._tokens)

    def _pipeline(self, rules: Rules) -> Pipeline:
        shared, policy = self._shared, rules.policy
        cascade = self._cascade_of(policy.cascade, rules.registry.without_retired())
        return Pipeline(
            rules=rules,
            classifier=self._classifier_of(policy.detection),
            stickiness=Stickiness(
                rules=policy.taint,
                keys=TaintKeys(shared.tenants.purpose("taint")),
                store=TaintStore(shared.engine),
                clock=shared.clock,
            ),
            features=FeatureReader(policy.routing.tasks, self._task_classifier),
            conversations=Conversations(
                rules=policy.routing.conversation,
                keys=ConversationKeys(shared.tenants.purpose(CONVERSATION)),
                store=ConversationStore(shared.engine),
                clock=shared.clock,
            ),
            ledger=Ledger(
                shared.writer,
                shared.clock,
                Admission(policy.limits, longest_request_s=policy.cascade.total_timeout_s),
                self._vault_of(policy.vault),
            ),
            cascade=cascade,
            output=OutputGuard(shared.detector, policy),
            tenants=shared.tenants,
            standing=shared.standing,
            clock=shared.clock,
            paces=self._paces,
            shadows=Shadows(
                rules=rules,
                cascade=cascade,
                writer=shared.writer,
                standing=shared.standing,
                clock=shared.clock,
                room=shared.shadow_room,
            ),
            observations=Observations(
                rules=rules,
                keys=ConversationKeys(shared.tenants.purpose(CONVERSATION)),
                writer=shared.writer,
                clock=shared.clock,
            ),
            observers=shared.observers,
            learned=self._learned.of(policy.routing.learned, rules.registry.entries),
        )

    def _vault_of(self, rules: VaultRules) -> Vault:
        shared = self._shared
        return Vault(
            engine=shared.engine,
            writer=shared.writer,
            rules=rules,
            wrapper=shared.wrapper,
            subjects=SubjectNames(shared.tenants.purpose(PURPOSE)),
            clock=shared.clock,
        )

    def _cascade_of(self, rules: CascadeRules, registry: Registry) -> Cascade:
        models = frozenset(registry.entries)
        if self._cascade is None or self._cascade[:2] != (rules, models):
            cascade = Cascade(
                rules=rules,
                backends={key: self._shared.backends[key] for key in registry.entries},
                office=self._shared.office,
                clock=self._shared.clock,
                random=SystemRandom(),
                gates=self._shared.gates,
            )
            self._cascade = rules, models, cascade
        return self._cascade[2]

    def _classifier_of(self, rules: DetectionRules) -> Classifier:
        if self._classifier is None or self._classifier[0] != rules:
            classifier = Classifier(self._shared.detector, rules, self._shared.clock)
            self._classifier = rules, classifier
        return self._classifier[1]
