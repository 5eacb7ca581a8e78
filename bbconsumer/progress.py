"""Shows on standard error how far a sync is."""

from __future__ import annotations

import sys
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext

import click

from bbconsumer.sync import Progress


def shown_progress(noun: str) -> AbstractContextManager[Callable[[Progress], None]]:
    """A bar on a terminal, a plain line now and then otherwise."""
    if sys.stderr.isatty():
        return _ProgressBar(noun)
    return nullcontext(_PlainProgress(noun))


class _ProgressBar(nullcontext[Callable[[Progress], None]]):
    def __init__(self, noun: str) -> None:
        self._bar = click.progressbar(length=1, label=f"Reading {noun}", file=sys.stderr)
        super().__init__(self._show)

    def _show(self, progress: Progress) -> None:
        self._bar.length = max(1, progress.total)
        self._bar.update(progress.done - self._bar.pos)

    def __exit__(self, *_: object) -> None:
        self._bar.render_finish()


class _PlainProgress:
    def __init__(self, noun: str) -> None:
        self._noun = noun
        self._shown = -1

    def __call__(self, progress: Progress) -> None:
        if progress.done != self._shown:
            self._shown = progress.done
            click.echo(f"{progress.done} of {progress.total} {self._noun}", err=True)
