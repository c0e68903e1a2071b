"""A database in the Metapsy standard as a data root."""
