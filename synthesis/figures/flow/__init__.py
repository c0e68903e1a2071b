"""The PRISMA 2020 flow diagram, drawn of counts that add up."""
