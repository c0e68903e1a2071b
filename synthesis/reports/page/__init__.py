"""An executed notebook as a page: safe, accessible, in one layout."""
