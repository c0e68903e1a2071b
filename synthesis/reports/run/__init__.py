"""From a plan to a folder of pages: kernels, execution, what changed."""
