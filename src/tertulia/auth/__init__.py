"""Who people are and what they may reach: accounts, sessions, tokens, workspaces, memberships, API keys.

Tables: user, password, session, refresh_token, workspace, membership, api_key, credential_use, signing_key,
audit_event. Events: ``auth.user_signed_up``, ``auth.workspace_created``, ``auth.access_changed``. Port: 3001.
Whether a call may be made is the gateway's decision; here are the facts that it decides by, and the rules of changing
them.
"""
