"""The same answers under a reader's hands: one small module in the browser, in a notebook and on a page of its own.

Names load on first use: only who asks for the widget needs what draws it.
"""

from __future__ import annotations

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
