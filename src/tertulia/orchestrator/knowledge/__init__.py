"""From a file to passages that can be found: ``reader`` runs apart and reads, ``reading`` runs it and bounds it,
``chunking`` cuts what was read. Storing and finding are the services' and repositories'.
"""
