"""Benchmarks: time and memory of each phase by size of the study, and against a peer.

::

    python -m benchmarks [--smallest | --full] [--limit SECONDS] [--orlib FOLDER] [--json FILE]
"""
