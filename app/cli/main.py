"""The commands' table, and the one place where errors become exit codes.

Exit codes: 0 it worked, 1 it did not, 2 the command was not understood, 130 the user broke off.
"""

from __future__ import annotations

import contextlib
import logging
import sys
from collections.abc import Iterator, Sequence
from typing import Annotated

import typer

from app.cli import avatars, bench, calibrate, doctor, lists, mapping, models, render, run
from app.cli.versions import version_text
from app.errors import GuiseError
from app.logs import setup_logging
from app.paths import user_paths
from engines.errors import EngineError

logger = logging.getLogger(__name__)

_OK, _FAILED, _MISUSED, _BROKEN_OFF = 0, 1, 2, 130
_ANYWHERE = ("--verbose",)
# The class typer raises for every misuse; it has no public name, its child BadParameter has one.
_MISUSE: type[Exception] = typer.BadParameter.__mro__[1]

application = typer.Typer(
    name="guise",
    add_completion=False,
    rich_markup_mode=None,  # plain help: the coloured one costs 0.2 s of imports
    context_settings={"help_option_names": ["-h", "--help"]},
    epilog="`guise` alone opens the window, as `guise run` does. `guise COMMAND --help` tells more.",
)
application.command()(run.run)
application.command()(render.render)
application.command()(lists.cameras)
application.command()(lists.engines)
application.add_typer(avatars.commands, name="avatars")
application.add_typer(models.commands, name="models")
application.command()(calibrate.calibrate)
application.command()(mapping.mapping)
application.command()(doctor.doctor)
application.command()(bench.bench)

COMMANDS = (
    "run", "render", "cameras", "engines", "avatars", "models", "calibrate", "mapping", "doctor", "bench",
)  # fmt: skip


def _show_version(wanted: bool) -> None:
    if wanted:
        typer.echo(version_text())
        raise typer.Exit


@application.callback()
def guise(
    version: Annotated[
        bool, typer.Option("--version", callback=_show_version, is_eager=True, help="Versions, then exit.")
    ] = False,
    verbose: Annotated[
        bool, typer.Option("--verbose", help="Say everything, and show where an error comes from.")
    ] = False,
) -> None:
    """A webcam as a puppet string: animate any picture with your face, live, into any video call."""


def main(arguments: Sequence[str]) -> int:
    """Run a command and return the exit code; errors become one line on stderr.

    Args:
        arguments: without the program's name.
    """
    _speak_unicode()
    verbose = "--verbose" in arguments
    with _logging(arguments, verbose):
        return _run(arguments, verbose)


def _run(arguments: Sequence[str], verbose: bool) -> int:
    try:
        result = application(_completed(arguments), prog_name="guise", standalone_mode=False)
    except _MISUSE as error:
        return _report(_format(error), _MISUSED)
    except (GuiseError, EngineError) as error:
        logger.info("the command failed", exc_info=True)
        return _report(str(error), _FAILED)
    except (KeyboardInterrupt, typer.Abort):
        return _BROKEN_OFF
    except BrokenPipeError:  # `guise cameras | head -1`
        sys.stdout = None  # nothing more can be flushed there
        return _OK
    except Exception as error:  # the program's last door: one line, unless more is asked for
        if verbose:
            raise
        logger.info("the command failed", exc_info=True)
        return _report(f"{type(error).__name__}: {error} (this is a bug; --verbose shows where)", _FAILED)
    return result if isinstance(result, int) else _OK


@contextlib.contextmanager
def _logging(arguments: Sequence[str], verbose: bool) -> Iterator[None]:
    """Log while a command runs; asking for help leaves no trace."""
    if {"-h", "--help", "--version"} & set(arguments):
        yield
        return
    stop = setup_logging(user_paths(), verbose)
    try:
        yield
    finally:
        stop()


def _completed(arguments: Sequence[str]) -> list[str]:
    """Put what may stand anywhere first, and `run` where no command is named, as in `guise --camera 1`."""
    front = [each for each in arguments if each in _ANYWHERE]
    rest = [each for each in arguments if each not in _ANYWHERE]
    if not rest or (rest[0].startswith("-") and rest[0] not in ("-h", "--help", "--version")):
        rest.insert(0, "run")
    return front + rest


def _format(error: Exception) -> str:
    """Return a misuse in one line, with the way to the help."""
    text = " ".join(str(error.format_message() if hasattr(error, "format_message") else error).split())
    context = getattr(error, "ctx", None)
    command = context.command_path if context is not None else "guise"
    return f"{text.rstrip('.')}. Try `{command} --help`."


def _report(text: str, code: int) -> int:
    typer.echo(f"guise: {text}", err=True)
    return code


def _speak_unicode() -> None:
    """A console that cannot write a letter gets a stand-in instead of ending the program."""
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="replace")
