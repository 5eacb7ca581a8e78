"""All that errors and log lines can tell of a secret."""

import logging
import traceback

from bbconsumer.log import SecretMask


def told_by(error: BaseException) -> str:
    """All that an error and whatever it drags along can tell, by whichever way it is shown."""
    texts, waiting, seen = [], [error], set[int]()
    while waiting:
        each = waiting.pop()
        if id(each) not in seen:
            seen.add(id(each))
            texts += [str(each), repr(each), repr(each.args), repr(vars(each))]
            texts += traceback.format_exception(each)
            waiting += [e for e in (each.__cause__, each.__context__) if e is not None]
    return "\n".join(texts)


def formatted(log: list[logging.LogRecord], error: BaseException, secret: str) -> str:
    """The lines that the service would write, the error's own included."""
    mask = SecretMask([secret])
    own = logging.LogRecord("bbconsumer", logging.ERROR, __file__, 1, "it failed", None, (type(error), error, None))
    return "\n".join(mask.format(record) for record in [*log, own])
