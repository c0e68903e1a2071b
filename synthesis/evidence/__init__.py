"""Files in, `Evidence` out: the contract, its checks and its doubts.

Names load on first use: a command that only needs the contract must not pay for pandas.
"""

from __future__ import annotations

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
