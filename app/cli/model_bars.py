"""Progress of slow work on models, on stderr where a person watches; elsewhere nothing is shown."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator

BytesBar = Callable[[str, int, "int | None"], None]
ShareBar = Callable[[float, str], None]


@contextlib.contextmanager
def bytes_bar() -> Iterator[BytesBar]:
    """Show a bar while the block runs; the function given takes the step, the bytes done and those in all."""
    from rich.console import Console
    from rich.progress import BarColumn, DownloadColumn, Progress, TextColumn, TransferSpeedColumn

    console = Console(stderr=True)
    columns = (TextColumn("{task.description}"), BarColumn(), DownloadColumn(), TransferSpeedColumn())
    with Progress(*columns, console=console, transient=True, disable=not console.is_terminal) as bar:
        task = bar.add_task("", total=None)
        current = ""

        def tell(step: str, done: int, total: int | None) -> None:
            nonlocal current
            if step != current:  # its speed is another
                bar.reset(task, description=step, total=total, completed=done)
                current = step
            bar.update(task, completed=done, total=total)

        yield tell


@contextlib.contextmanager
def share_bar(title: str) -> Iterator[ShareBar]:
    """Show a bar while the block runs; the function given takes the share that is done, 0 to 1, and the step."""
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeElapsedColumn

    console = Console(stderr=True)
    columns = (TextColumn("{task.description}"), BarColumn(), TaskProgressColumn(), TimeElapsedColumn())
    with Progress(*columns, console=console, transient=True, disable=not console.is_terminal) as bar:
        task = bar.add_task(title, total=1.0)

        def tell(share: float, step: str) -> None:
            bar.update(task, completed=share, description=f"{title}: {step}")

        yield tell
