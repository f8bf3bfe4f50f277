"""Geometry: boundary layers as coverages, the district of a point, shares of lines and areas, distances.

Belongs here: computations on coordinates and shapes that know nothing of projects or money.
`boundaries` checks, repairs and simplifies a layer; `district_index` finds the district of each
point; `overlay` measures which part of a line or an area lies in which district; `geodesy` and
`distances` measure on the WGS 84 ellipsoid.

Does not belong here: reading a layer from a file (`sources.vector`), and what a place means for
an amount (`ledger.placement`).
"""
