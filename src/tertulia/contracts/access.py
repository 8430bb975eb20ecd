"""Who may do what: roles in a workspace, the permissions they hold, scopes of API keys, and what a plan allows.

The gateway is the one place that decides by these tables; ``contracts.routes`` says which permission a path needs.
"""

from enum import StrEnum

import msgspec


class Role(StrEnum):
    OWNER = "owner"
    ADMIN = "admin"
    MEMBER = "member"
    VIEWER = "viewer"


class Permission(StrEnum):
    """What a route asks for. ``account.*`` is about the person alone and needs no workspace."""

    ACCOUNT_MANAGE = "account.manage"
    WORKSPACE_READ = "workspace.read"
    WORKSPACE_MANAGE = "workspace.manage"
    WORKSPACE_DELETE = "workspace.delete"
    MEMBERS_READ = "members.read"
    MEMBERS_MANAGE = "members.manage"
    KEYS_READ = "keys.read"
    KEYS_MANAGE = "keys.manage"
    PRIVACY_REVEAL = "privacy.reveal"
    ANSWERS_EXPLAIN = "answers.explain"
    CHAT_READ = "chat.read"
    CHAT_WRITE = "chat.write"
    KNOWLEDGE_READ = "knowledge.read"
    KNOWLEDGE_WRITE = "knowledge.write"
    MODELS_READ = "models.read"
    INFERENCE = "inference"


_VIEWER = frozenset(
    {
        Permission.ACCOUNT_MANAGE,
        Permission.WORKSPACE_READ,
        Permission.MEMBERS_READ,
        Permission.CHAT_READ,
        Permission.KNOWLEDGE_READ,
        Permission.MODELS_READ,
    }
)
_MEMBER = _VIEWER | {Permission.CHAT_WRITE, Permission.KNOWLEDGE_WRITE, Permission.INFERENCE}
_ADMIN = _MEMBER | {
    Permission.WORKSPACE_MANAGE,
    Permission.MEMBERS_MANAGE,
    Permission.KEYS_READ,
    Permission.KEYS_MANAGE,
    Permission.PRIVACY_REVEAL,
    Permission.ANSWERS_EXPLAIN,
}

PERMISSIONS: dict[Role, frozenset[Permission]] = {
    Role.VIEWER: _VIEWER,
    Role.MEMBER: _MEMBER,
    Role.ADMIN: _ADMIN,
    Role.OWNER: _ADMIN | {Permission.WORKSPACE_DELETE},
}

SCOPES: dict[str, frozenset[Permission]] = {
    "inference": frozenset({Permission.INFERENCE, Permission.MODELS_READ}),
    "models:read": frozenset({Permission.MODELS_READ}),
    "chat:read": frozenset({Permission.CHAT_READ, Permission.WORKSPACE_READ}),
    "chat:write": frozenset({Permission.CHAT_READ, Permission.CHAT_WRITE, Permission.WORKSPACE_READ}),
    "knowledge:read": frozenset({Permission.KNOWLEDGE_READ}),
    "knowledge:write": frozenset({Permission.KNOWLEDGE_READ, Permission.KNOWLEDGE_WRITE}),
    "workspace:read": frozenset({Permission.WORKSPACE_READ, Permission.MEMBERS_READ}),
    "workspace:manage": frozenset(
        {
            Permission.WORKSPACE_READ,
            Permission.WORKSPACE_MANAGE,
            Permission.MEMBERS_READ,
            Permission.MEMBERS_MANAGE,
            Permission.KEYS_READ,
            Permission.KEYS_MANAGE,
        }
    ),
}
DEFAULT_SCOPES = ("inference", "chat:read", "chat:write", "knowledge:read", "knowledge:write", "workspace:read")
"""What an API key may do when its maker names no scopes: use models, its maker's conversations and documents."""


class PlanLimits(msgspec.Struct, frozen=True):
    """A workspace's rates: generations and tokens a minute, generations at once; other calls a minute.

    ``weight`` is its share, beside others', of a provider that is at its limit.
    """

    requests_per_minute: int
    tokens_per_minute: int
    concurrency: int
    calls_per_minute: int
    weight: int = 1


PLANS: dict[str, PlanLimits] = {
    "free": PlanLimits(requests_per_minute=20, tokens_per_minute=40_000, concurrency=2, calls_per_minute=300),
    "pro": PlanLimits(
        requests_per_minute=600, tokens_per_minute=1_000_000, concurrency=20, calls_per_minute=3_000, weight=4
    ),
    "unlimited": PlanLimits(
        requests_per_minute=1_000_000,
        tokens_per_minute=1_000_000_000,
        concurrency=2_000,
        calls_per_minute=1_000_000,
        weight=4,
    ),
}
"""``unlimited`` still has bounds, far above what a workspace can use: nothing in the system is without one."""
