"""A body for each operation of the OpenAPI document that takes one; ids, keys and models in it are placeholders."""

from typing import Any

_ID = "01997c2e-6f4a-7c11-9a52-0f1d6b6f3a10"
_MODEL = "qwen2.5-coder-0.5b"
_TURN = {"role": "user", "content": "What is a dolmen?"}

EXAMPLES: dict[str, Any] = {
    "sign_up": {"email": "ada@example.com", "password": "seven lanterns over the quay", "name": "Ada"},
    "log_in": {"email": "ada@example.com", "password": "seven lanterns over the quay"},
    "refresh": {"refresh_token": "tr_…", "token_delivery": "body"},
    "change_me": {"name": "Ada Lovelace"},
    "change_password": {"current_password": "seven lanterns over the quay", "new_password": "eight herons on the weir"},
    "create_workspace": {"name": "Harbour office"},
    "change_workspace": {"name": "Harbour office"},
    "add_member": {"email": "grace@example.com", "role": "member"},
    "change_member": {"role": "admin"},
    "create_api_key": {"name": "Nightly report", "scopes": ["inference", "models:read"]},
    "create_conversation": {"title": "Tides"},
    "change_conversation": {"title": "Tides in May"},
    "ask": {"id": "tides", "message": {"id": "tides-1", "parts": [{"type": "text", "text": "When is high tide?"}]}},
    "put_privacy": {"kinds": {"EMAIL": "mask", "CARD": "block"}, "allow_list": ["info@example.com"]},
    "try_privacy": {"text": "Write to ada@example.com."},
    "put_assistant": {"instructions": "Answer in one paragraph.", "temperature": 0.3},
    "put_answer_cache": {"exact": True},
    "put_routing": {"threshold": 0.5},
    "put_provider": {"kind": "openai", "base_url": "https://api.openai.com/v1", "api_key": "sk-…"},
    "create_knowledge_base": {"name": "Harbour rules", "visibility": "workspace"},
    "change_knowledge_base": {"description": "What holds from May on."},
    "search_knowledge_base": {"query": "Who may moor at the quay?", "limit": 5},
    "create_evaluation_set": {
        "name": "Mooring",
        "knowledge_base_ids": [_ID],
        "cases": [{"question": "Who may moor at the quay?", "documents": ["rules.pdf"]}],
    },
    "change_evaluation_set": {
        "name": "Mooring",
        "knowledge_base_ids": [_ID],
        "cases": [{"question": "What does a night cost?", "facts": ["12 euros"]}],
        "version": 1,
    },
    "start_evaluation_run": {"model": _MODEL},
    "create_chat_completion": {"model": _MODEL, "messages": [_TURN], "max_completion_tokens": 200},
    "create_response": {"input": "What is a dolmen?", "instructions": "One sentence.", "max_output_tokens": 200},
    "create_openai_conversation": {"items": [_TURN], "metadata": {"topic": "stones"}},
    "update_openai_conversation": {"metadata": {"topic": "old stones"}},
    "create_conversation_items": {"items": [_TURN]},
    "count_input_tokens": {"input": "What is a dolmen?"},
    "create_embedding": {"model": "all-minilm-l6-v2", "input": ["a dolmen", "a menhir"]},
    "create_batch": {
        "input_file_id": f"file-{_ID}",
        "endpoint": "/v1/chat/completions",
        "completion_window": "24h",
    },
}
"""By operation id."""
