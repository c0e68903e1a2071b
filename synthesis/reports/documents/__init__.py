"""The panel's pack as documents, Word and tagged PDF, from the rows and pictures of the report's pages."""

from synthesis.reports.documents.pack import make_documents

__all__ = ["make_documents"]
