"""Decomposition: slices leave the master, and cuts stand in their place.

`siting.mip.benders.choice` says which studies are solved so, `program` adds the cuts, `dispatch`
and `site_program` are the subproblems, and `restricted_master` mixes their dispatches where one
price of the metrics cannot meet every limit.
"""
