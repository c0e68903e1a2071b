"""The contract held against a data root: every breach with its file, spreadsheet row, column and how to mend it.

Names load on first use: who only asks what one cell may hold must not pay for pandas.
"""

from __future__ import annotations

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
