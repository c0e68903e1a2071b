"""How far coders agree, component by component."""
