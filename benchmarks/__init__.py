"""How long each phase takes, and how much memory, by the size of the study; and against a peer.

::

    python -m benchmarks [--smallest | --full] [--limit SECONDS] [--orlib FOLDER] [--json FILE]
"""
