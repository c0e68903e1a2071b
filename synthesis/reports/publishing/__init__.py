"""The folder that is served: the report of today, that of each version as it was, and what changed between them."""

from synthesis.reports.publishing.assemble import publish_site
from synthesis.reports.publishing.freeze import freeze_version
from synthesis.reports.publishing.frozen import FrozenError, FrozenVersion, read_frozen

__all__ = ["FrozenError", "FrozenVersion", "freeze_version", "publish_site", "read_frozen"]
