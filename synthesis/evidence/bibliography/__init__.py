"""The bibliography: LaTeX read as text, entries as references, new entries placed without touching another byte."""
