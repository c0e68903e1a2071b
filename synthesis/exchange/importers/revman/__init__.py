"""The data rows of a Cochrane review as a data root."""
