"""nbformat, imported without a second and a half that no notebook needs.

jsonschema, where it finds `rfc3987_syntax`, has that build a grammar of internationalised addresses on import, for a
check that notebooks do not use. Whoever needs nbformat in this package imports it from here.
"""

from __future__ import annotations

import importlib
import sys

_GRAMMAR = "rfc3987_syntax"
_loaded = _GRAMMAR in sys.modules
if not _loaded:
    sys.modules[_GRAMMAR] = None  # "not installed", to the import system
try:
    nbformat = importlib.import_module("nbformat")
finally:
    if not _loaded:
        del sys.modules[_GRAMMAR]
