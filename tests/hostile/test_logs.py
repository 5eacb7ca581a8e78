"""A log has a line for each record, whatever is in it, and nothing that commands a terminal."""

from __future__ import annotations

import json
import logging
import re
import sys

import pytest

from bbconsumer.log import CONTINUED, JsonLines, SecretMask
from tests.hostile.corpus import TEXTS_BY_KIND

# Also what splits a line where others than we do it.
UNFIT = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069\ud800-\udfff]")


def _record(text: str, *, with_traceback: bool = False) -> logging.LogRecord:
    trouble = None
    if with_traceback:
        try:
            raise ValueError(text)
        except ValueError:
            trouble = sys.exc_info()
    record = logging.LogRecord("web", logging.WARNING, __file__, 1, "%s cannot be served: %r", (text, text), trouble)
    # All at the same time, whenever they are made.
    record.created, record.msecs = 0.0, 0.0
    record.fields = {"path": text, "times": [text]}
    return record


@pytest.mark.parametrize("kind", TEXTS_BY_KIND)
def test_a_record_is_one_line_and_its_traceback_can_be_told_from_records(kind: str) -> None:
    mask = SecretMask([])
    for text in TEXTS_BY_KIND[kind]:
        line = mask.format(_record(text))
        assert not UNFIT.search(line)
        first, *others = mask.format(_record(text, with_traceback=True)).split("\n")
        assert first == line
        assert [each for each in others if UNFIT.search(each) or not each.startswith(CONTINUED)] == []


@pytest.mark.parametrize("kind", TEXTS_BY_KIND)
def test_a_record_as_json_is_one_line_from_which_the_text_is_read_as_it_was(kind: str) -> None:
    for text in TEXTS_BY_KIND[kind]:
        line = JsonLines([]).format(_record(text, with_traceback=True))
        assert not UNFIT.search(line)
        read = json.loads(line)
        # JSON makes one character of two halves.
        told = json.loads(json.dumps(text))
        assert (read["path"], read["times"], read["level"]) == (told, [told], "WARNING")
