"""Rows in, one effect a comparison out: decisions, routes, clusters, direction, selection, shared arms."""

from __future__ import annotations

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
