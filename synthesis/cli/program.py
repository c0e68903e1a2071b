"""The program: the group that holds the commands, its exit codes, and how an error reaches the user."""

from __future__ import annotations

import os
import sys
from typing import Any, NoReturn

import click

from synthesis import __version__
from synthesis.cache import use_cache
from synthesis.cli.output import readable_output
from synthesis.errors import ChoiceError, ParameterError, SynthesisError


def main() -> NoReturn:
    """Run the program: 0 done, 1 a problem in the data, 2 a mistake in the command, 130 interrupted."""
    use_cache()
    with readable_output():
        _run()


def _run() -> NoReturn:
    try:
        code = commands(standalone_mode=False)
        sys.stdout.flush()  # here, where a full disk can still be told
    except click.exceptions.Abort:
        _stop("Interrupted; nothing half-written was left.", 130)
    except KeyboardInterrupt:
        _stop("Interrupted; nothing half-written was left.", 130)
    except click.ClickException as error:
        error.show()
        sys.exit(error.exit_code)
    except (ChoiceError, ParameterError) as error:
        _stop(f"Error: {error}", 2)
    except SynthesisError as error:
        _stop(f"Error: {error}", 1)
    except MemoryError:
        _stop("Error: This machine has not enough memory for that.", 1)
    except OSError as error:  # a file that vanished or may not be read; without a name, the output itself
        place = f"{error.filename}:" if error.filename else "The output cannot be written:"
        _stop(f"Error: {place} {error.strerror or error}.", 1)
    sys.exit(code if isinstance(code, int) else 0)


def _stop(message: str, code: int) -> NoReturn:
    click.echo(message, err=True)
    sys.exit(code)


class _Program(click.Group):
    """A group of commands that ends quietly when its reader stops reading, as `synthesis effects | head` does."""

    def invoke(self, ctx: click.Context) -> Any:
        """Run the command; a closed pipe is no error, and click would make it exit code 1, a problem in the data."""
        try:
            return super().invoke(ctx)
        except BrokenPipeError:
            # What is still buffered goes nowhere, or Python complains when it closes the pipe at its end.
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
            raise click.exceptions.Exit(0) from None


@click.group(cls=_Program, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 110})
@click.version_option(__version__, prog_name="synthesis")
def commands() -> None:
    """Pool the trials of peer workers and ask whether fidelity to the change model explains why they differ.

    \b
    A first look:
      synthesis check                 is everything in data/ in order?
      synthesis pool recovery         what do the trials say on recovery?
      synthesis fidelity recovery     does fidelity explain why they differ?
      synthesis report                all of it, as pages to read
    """
