"""How an answer comes about: a graph of steps, one file a step, run as soon as their needs are met.

``runner`` knows graphs and nothing of answers; ``turn`` is what the steps of a chat turn work on; ``chat_turn`` says
which steps there are.
"""
