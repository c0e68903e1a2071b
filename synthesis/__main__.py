"""Run the command line program as `python -m synthesis`."""

from synthesis.cli import main

main()
