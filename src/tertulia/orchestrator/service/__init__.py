"""The rules: how a chat turn is answered (``answers``), how the OpenAI-compatible API is served (``completions``,
``embedding``), and how every generation ends in the books (``accounting``).
"""
