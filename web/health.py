"""Health of this process, for the platform. What the data are worth is another question: the status page tells.

Both functions are coroutines: the threads in which pages run may all be waiting for a database that hangs.
"""

from __future__ import annotations

import logging

import anyio
from sqlalchemy.exc import SQLAlchemyError
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response

from bbconsumer.db.schema import SchemaError, schema_state
from bbconsumer.db.session import Database

_log = logging.getLogger(__name__)

# The platform waits five seconds for an answer.
PATIENCE_S = 3.0
# Threads that may hang at once; a probe that gets none is answered all the same.
THREADS = 2


async def live(_request: Request) -> Response:
    """Whether the process answers. No database: a restart would not mend one."""
    return PlainTextResponse("ok")


class Readiness:
    """Whether this process can serve pages."""

    def __init__(self, database: Database, *, patience_s: float = PATIENCE_S) -> None:
        self._database = database
        self._patience_s = patience_s
        self._threads = anyio.CapacityLimiter(THREADS)

    async def ready(self, _request: Request) -> Response:
        """200, or 503 with the reason; never later than the patience says."""
        problem = f"the database has not answered within {self._patience_s:g} seconds"
        with anyio.move_on_after(self._patience_s):
            problem = await anyio.to_thread.run_sync(self._problem, abandon_on_cancel=True, limiter=self._threads)
        if problem:
            _log.warning("not ready: %s", problem)
            return PlainTextResponse(problem, 503)
        return PlainTextResponse("ok")

    def _problem(self) -> str:
        """What is wrong, or nothing. Errors are told by their kind only: their text may name hosts and accounts."""
        try:
            with self._database.reading() as session:
                state = schema_state(session.connection())
        except SchemaError as error:
            return str(error)
        except SQLAlchemyError as error:
            return f"the database cannot be reached ({type(error).__name__})"
        return state.problem
