"""How good the pipeline is, in figures that can be had again: one file an evaluation, each listed in ``catalogue``.

``cases`` judges what was found for a question; ``laboratory`` is what an evaluation works in. A workspace's own sets
are judged by the same ``cases``, on its own documents (``service/evaluations``).
"""
