"""Turn parameterised notebooks into executed notebooks, checked pages, their provenance and an index.

Names load on first use: a kernel that only calls `publish` must not pay for papermill and nbconvert.
"""

from __future__ import annotations

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
