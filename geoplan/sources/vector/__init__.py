"""Vector layers: what GDAL and GeoParquet hold, as longitude and latitude on WGS 84.

Belongs here: opening a layer, its coordinate reference system, its geometries checked.
`vector_layers.read_vector` is the way in.
"""
