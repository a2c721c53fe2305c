"""How long each phase takes, and how much memory, by the size of the study.

::

    python -m benchmarks [--smallest] [--json FILE]
"""
