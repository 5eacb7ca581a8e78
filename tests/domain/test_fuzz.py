"""Comments made of nested fragments, whose votes the generator knows, give exactly these votes, in linear time."""

import time

import pytest

from bbconsumer.domain.ballots import Ballot, parse_comment
from tests.domain.fuzz import Made, Writer
from tests.long import IS_LONG

# Each batch is a test of its own, so that they run in parallel.
BATCHES, COMMENTS = (20, 5_000) if IS_LONG else (4, 500)
LONG, LONG_COMMENTS = 1_000_000, 10 if IS_LONG else 1


def check(made: Made) -> None:
    items = parse_comment(made.text).items
    assert all(isinstance(item, Ballot) for item in items), made.text[:5000]
    votes = [f"{item.tracker.label}{item.value:+d}" for item in items if isinstance(item, Ballot)]
    assert votes == made.votes, made.text[:5000]


@pytest.mark.parametrize("batch", range(BATCHES))
def test_a_comment_gives_the_votes_that_were_put_into_it(batch: int) -> None:
    writer = Writer(batch)
    for _ in range(COMMENTS):
        check(writer.comment())


@pytest.mark.parametrize("batch", range(BATCHES))
def test_so_does_a_very_long_comment(batch: int) -> None:
    writer = Writer(1000 + batch)
    for _ in range(LONG_COMMENTS):
        check(writer.long_comment(LONG))


@pytest.mark.parametrize(
    "piece",
    [
        "BetaBlocker +1\n",
        "BetaBlocker +1 ",
        "> quoted\nnot\n\n",
        "```\n",
        "`` ` ",
        "`\n",
        "\\`\\",
        "\\",
        "- ",
        "-      ",
        "1. ",
        "<!-- ",
        "--> <!",
        "<pre> </s> ",
        "<s ",
        " ",
        "\t",
        "\u200b",
        "ﷺ ",
        "a\r",
    ],
)
def test_a_comment_ten_times_as_long_takes_about_ten_times_as_long(piece: str) -> None:
    def seconds(length: int) -> float:
        text = piece * (length // len(piece))
        started = time.process_time()
        parse_comment(text)
        return time.process_time() - started

    seconds(1_000)
    short = min(seconds(10_000) for _ in range(3))
    # Quadratic would be a hundred times.
    assert min(seconds(100_000) for _ in range(3)) < 40 * max(short, 0.001)
