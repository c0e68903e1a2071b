"""Arrays in, numbers out: effect measures, models, pools of events, permutation and agreement on numpy arrays.

Nothing here knows a trial, a file or a codebook. Only this room imports PyMARE. What a user of metafor would call loads
on first use.
"""

from __future__ import annotations

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
