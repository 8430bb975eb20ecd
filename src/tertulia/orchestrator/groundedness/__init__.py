"""How much of an answer its passages bear out: sentence by sentence, without a model that judges.

``reading`` takes texts apart, ``claims`` judges what an answer claims. How well it does is measured by
``evals.groundedness``.
"""
