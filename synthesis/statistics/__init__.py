"""Arrays in, numbers out: effect measures, models, permutation and agreement on numpy arrays.

Nothing here knows a trial, a file or a codebook. Only this room imports PyMARE.
"""
