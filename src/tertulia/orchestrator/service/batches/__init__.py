"""``/v1/batches``: many calls from one file, made in the background behind everything that somebody waits for.

``batches`` takes them, ``lines`` reads their files, ``running`` is the job that makes the calls.
"""
