"""Reporting checklists whose answers are computed: PRISMA 2020 and PRISMA-S."""
