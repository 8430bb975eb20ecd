"""``/v1/responses``: OpenAI's newer way of asking, with answers that are kept, chained and written in the background.

A request becomes a chat request (``asked``) and goes the way of every other; what comes back becomes OpenAI's events
(``events``). ``responses`` answers while the client waits, ``background`` as a job; ``kept`` is what is stored of both.
"""
