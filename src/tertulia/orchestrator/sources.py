"""Where answers come from, put together: the settings' providers, the workspaces' own, and the one way to them all."""

from collections.abc import Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from typing import Any

from pydantic import SecretStr

from tertulia.orchestrator.admission import Admission, Bounds, ProviderLimits
from tertulia.orchestrator.breaker import BreakerRules
from tertulia.orchestrator.providers import file
from tertulia.orchestrator.providers.adapters import adapters
from tertulia.orchestrator.providers.failover import Failover
from tertulia.orchestrator.providers.file import ModelSpec, ProviderSpec
from tertulia.orchestrator.providers.port import Deadlines
from tertulia.orchestrator.providers.prices import FREE
from tertulia.orchestrator.providers.registry import Model, Registry
from tertulia.orchestrator.routing import Router, Routing
from tertulia.orchestrator.service.keys import Keys
from tertulia.orchestrator.service.own_providers import OwnProviders
from tertulia.orchestrator.service.workspace_settings import WorkspaceSettings
from tertulia.orchestrator.settings import OPENAI_URL, OrchestratorSettings
from tertulia.platform.http import HttpClient
from tertulia.platform.valkey import Valkey

_PROVIDER_CONNECTIONS = 5000
_OWN_CONNECTIONS = 500


class Sources:
    """``resources`` are to be entered before anybody is asked; ``registry`` is to be run."""

    def __init__(
        self,
        settings: OrchestratorSettings,
        environ: Mapping[str, str],
        valkey: Valkey,
        chosen: WorkspaceSettings,
        keys: Keys,
    ) -> None:
        specs = provider_specs(settings, environ)
        deadlines = _deadlines(settings)
        http, own_http = _http(settings), _own_http(settings)
        rules = BreakerRules(settings.breaker_failures, 4 * settings.breaker_failures, rest=settings.breaker_rest)
        providers = {spec.name: adapters(spec, http, deadlines) for spec in specs}
        admission = _admission(settings, valkey, specs)
        self.registry = Registry(
            [keys[0] for keys in providers.values()],
            own_embedding=_own_embedding(settings) if settings.embeddings_dir else None,
            default=settings.default_model,
        )
        self.own = OwnProviders(
            self.registry,
            chosen,
            keys,
            lambda spec: adapters(spec, own_http, deadlines),
            rules=rules,
            reach=settings.own_providers,
        )
        self.catalogues = Router(self.own.catalogue, chosen.of(Routing)).catalogue
        self.failover = Failover(
            self.registry, providers, admission, rules=rules, patience=settings.queue_wait, own=self.own.targets
        )
        self.resources: list[AbstractAsyncContextManager[Any]] = [admission, http, own_http]


def _http(settings: OrchestratorSettings) -> HttpClient:
    return HttpClient(
        per_host=_PROVIDER_CONNECTIONS, total=2 * _PROVIDER_CONNECTIONS, connect_timeout=settings.connect_timeout
    )


def _own_http(settings: OrchestratorSettings) -> HttpClient:
    return HttpClient(
        per_host=_OWN_CONNECTIONS,
        total=_PROVIDER_CONNECTIONS,
        connect_timeout=settings.connect_timeout,
        public_only=settings.own_providers != "any",
    )


def provider_specs(settings: OrchestratorSettings, environ: Mapping[str, str]) -> list[ProviderSpec]:
    """The provider of the OPENAI_ variables first, then the file's, then the local model. Raises: SettingsError."""
    specs: list[ProviderSpec] = []
    if settings.openai_api_key or settings.openai_base_url:
        url = settings.openai_base_url or OPENAI_URL
        specs.append(ProviderSpec("openai", url, _keys(settings.openai_api_key)))
    if settings.providers_file:
        named = {spec.name for spec in specs}
        specs += [spec for spec in file.read(settings.providers_file, environ) if spec.name not in named]
    if settings.local_model_url:
        url = settings.local_model_url
        specs.append(
            ProviderSpec(
                "local",
                url if url.endswith("/v1") else f"{url}/v1",
                _keys(settings.local_model_key),
                kind="local",
                models=(ModelSpec(settings.local_model_name, settings.local_model_context, FREE),),
                concurrency=settings.local_model_slots,
            )
        )
    return specs


def _keys(secret: SecretStr | None) -> tuple[str, ...]:
    return () if secret is None else (secret.get_secret_value(),)


def _own_embedding(settings: OrchestratorSettings) -> Model:
    name = settings.embeddings_name
    return Model(name, name, "local", "embedding", 256, FREE)


def _admission(settings: OrchestratorSettings, valkey: Valkey, specs: Sequence[ProviderSpec]) -> Admission:
    limits = {
        spec.name: ProviderLimits(spec.requests_per_minute, spec.tokens_per_minute, spec.concurrency) for spec in specs
    }
    waking = Valkey(settings.valkey_url.get_secret_value(), name="orchestrator-wakes")
    return Admission(valkey, waking, limits, Bounds(settings.queue_length, settings.queue_of_workspace))


def _deadlines(settings: OrchestratorSettings) -> Deadlines:
    return Deadlines(
        first_token=settings.first_token,
        between_tokens=settings.between_tokens,
        whole_answer=settings.whole_answer,
        longest_answer=settings.longest_answer,
    )
