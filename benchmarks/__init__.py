"""The toolkit's speed beside its peers', in one run, on the same data: `python -m benchmarks` or `make bench`.

Every table gives the median of repeated runs after a warm-up, their range, the processor time, and both as multiples of
the first line. A peer that is not installed is named as absent. What the contestants found is compared as well: where
they disagree the run ends with exit code 1. No time is judged.
"""
