"""Pool the randomised trials of peer workers and test whether fidelity to the change model explains why they differ.

The public names load on first use, so that `import synthesis` and `synthesis --help` stay light. `__init__.pyi` lists
them with their homes; editors and type checkers read the same list.
"""

from __future__ import annotations

import lazy_loader

__version__ = "0.1.0"

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
__all__ += ["__version__"]
