"""The orchestrator: turns a question into an answer, for the chat (jobs) and for the OpenAI-compatible API.

Port 3005. Tables: generation, step. Takes ``job.orchestrator.generate_answer.v1`` and ``event.chat.stop_requested.v1``;
tells ``event.orchestrator.generation_finished.v1``. Writes the live token log ``gen:{id}`` in Valkey.
"""
