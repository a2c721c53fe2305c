"""Mutants of everything that a planner or a damaged disk may hand in.

``python -m tools.fuzz`` makes mutants of good studies, overrides, plans, tables, map layers,
weather files, run folders and records of sweeps, and reads each as the commands do. A mutant is
accepted or refused with an error of siting; any other exception is a failure, and the command says
how to have that mutant again. tests/tools/test_fuzz.py runs two thousand of them.
"""
