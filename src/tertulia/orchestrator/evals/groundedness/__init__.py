"""How much of an answer its passages bear out: sentence by sentence, without a model that judges.

``reading`` takes texts apart, ``claims`` judges what an answer claims, ``evaluation`` measures the judge itself on
answers whose sentences are labelled.
"""
