"""How the service itself fares, for the status page and the command line, and the text that the latter prints.

Reads what is stored and the settings; asks no source.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from bbconsumer.config import Settings
from bbconsumer.db.status import StatusScope, load_status
from bbconsumer.domain.moments import when
from bbconsumer.domain.status import FailingKey, GateView, ServiceStatus, SourceView, SyncRunView
from bbconsumer.log import escaped


def load_service_status(session: Session, settings: Settings, now: datetime) -> ServiceStatus:
    """The state of the service: six SELECTs, and those that find out the schema's revision."""
    scope = StatusScope(
        sync_interval=timedelta(seconds=settings.sync_interval_s),
        bus_silent_after=timedelta(seconds=settings.bus_silent_s),
        left_alone=frozenset(settings.sources_left_alone),
    )
    return load_status(session, now, scope)


def render_status(status: ServiceStatus) -> str:
    """All of it as lines for a terminal, none of which commands it; the first says whether anything is wrong."""
    return "".join(f"{escaped(line)}\n" for line in _lines(status))


def _lines(status: ServiceStatus) -> Iterator[str]:
    yield _verdict(status)
    yield ""
    yield f"Last complete sync: {when(status.checked_at, status.now, 'none yet')}"
    yield from _sources(status)
    yield from _parts(status)
    yield ""
    yield "Removal gate"
    yield f"  {_gate(status.gate, status.now)}"
    yield from _trackers(status)
    yield from _queue(status)
    yield from _syncs(status)
    yield from _dead_letters(status)
    yield ""
    yield "Database schema"
    yield f"  {status.schema.revision}: {status.schema.standing}"


def _verdict(status: ServiceStatus) -> str:
    sentences = [sentence for _, sentence in status.troubles]
    if sentences:
        return f"Something is wrong: {'; '.join(sentences)}"
    return "Nothing is known to be wrong: the sources answer, their last syncs are complete, nothing waits for long"


def _sources(status: ServiceStatus) -> Iterator[str]:
    yield ""
    yield "Sources"
    for source in status.sources:
        yield f"  {source.name}: {_condition(source, status.now)}"
        if source.last_error:
            yield f"    last error {when(source.last_failure_at, status.now)}: {source.last_error}"


def _condition(source: SourceView, now: datetime) -> str:
    text = source.condition
    if source.failures and source.down_until:
        text += f", left alone until {when(source.down_until, now)}"
    if source.last_success_at or source.failures:
        text += f"; last success {when(source.last_success_at, now, 'never')}"
    if source.stale_after:
        text += f"; too long ago is more than {source.stale_after.total_seconds() / 60:.0f} min"
    return text


def _parts(status: ServiceStatus) -> Iterator[str]:
    yield ""
    yield "Who is at work"
    for part in status.parts:
        got_on = f"; got on last {when(part.alive_at, status.now)}" if part.alive_at else ""
        yield f"  {part.name}: {part.condition}{got_on}"


def _gate(gate: GateView, now: datetime) -> str:
    if gate.tripped_at:
        way_out = "when the removals are right, run bbconsumer sync --accept-removals"
        return f"closed since {when(gate.tripped_at, now)}: {gate.reason}; {way_out}"
    if gate.is_accepting:
        return "open for everything until the running sync has ended: an operator accepted all removals"
    return "open: removals are believed"


def _trackers(status: ServiceStatus) -> Iterator[str]:
    yield ""
    yield "Trackers with a problem"
    for trouble in status.troubled_trackers:
        yield f"  {trouble.tracker.title}, tracker {trouble.tracker.id}: {trouble.problem}"
    if not status.troubled_trackers:
        yield "  none"


def _queue(status: ServiceStatus) -> Iterator[str]:
    queue = status.queue
    oldest = f", the oldest since {when(queue.oldest_due_at, status.now)}" if queue.oldest_due_at else ""
    yield ""
    yield "Queue"
    yield f"  due {queue.due}{oldest}"
    yield f"  in work {queue.leased}, waiting {queue.waiting}; failing {queue.failing_count} of all these"
    yield from (f"    {_failing(key, status.now)}" for key in queue.failing)


def _failing(key: FailingKey, now: datetime) -> str:
    tries = "1 try" if key.attempts == 1 else f"{key.attempts} tries"
    error = key.last_error or "the error is not shown"
    return f"{key.name or 'a bug that is not public'}: {tries}, tried again {when(key.due_at, now)}: {error}"


def _syncs(status: ServiceStatus) -> Iterator[str]:
    yield ""
    yield "Last sync runs"
    if status.next_sync_at:
        tense = "was" if status.next_sync_at < status.now else "is"
        yield f"  the next sync {tense} to begin {when(status.next_sync_at, status.now)}"
    yield from (f"  {_run(run, status.now)}" for run in status.sync_runs)
    if not status.sync_runs:
        yield "  none: bbconsumer sync starts one"


def _run(run: SyncRunView, now: datetime) -> str:
    silent = " (not heard of any more: its process seems to be dead)" if run.is_silent else ""
    problem = f": {run.problem}" if run.problem else ""
    begun = f"begun {when(run.started_at, now)}, {run.seconds:.1f} s"
    return f"{run.id} {run.source}: {run.state}{silent}; {begun}, {run.keys} keys, {run.left} left{problem}"


def _dead_letters(status: ServiceStatus) -> Iterator[str]:
    yield ""
    yield f"Messages that could not be read: {status.dead_letter_count}"
    for letter in status.dead_letters:
        yield f"  received {when(letter.received_at, status.now)}, {letter.topic}: {letter.reason}"
