"""What is still known at the end of a long conversation of what was said at its beginning.

``talk`` makes conversations from a seed, ``assistant`` holds them as a chat turn would, ``evaluation`` counts.
"""
