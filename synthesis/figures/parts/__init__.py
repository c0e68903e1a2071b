"""What figures are made of: style, scale, marks, labels, grids, SVG, and the shown figure."""
