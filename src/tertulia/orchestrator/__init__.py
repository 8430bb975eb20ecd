"""The orchestrator: turns a question into an answer, for the chat (jobs) and for the OpenAI-compatible API.

Port 3005. Tables: generation, step, knowledge_base, document, chunk, stored_file, workspace_key, workspace_setting,
pii_vault.
Takes ``job.orchestrator.generate_answer.v1``, its own ``job.orchestrator.ingest_document.v1``, and
``event.chat.stop_requested.v1``; tells ``event.orchestrator.generation_finished.v1``. Writes the live token log
``gen:{id}`` in Valkey.
"""
