"""Comments as people may write them, and the short form in which tests name what they say."""

from hypothesis import strategies as st

from bbconsumer.domain.ballots import Agreed, Ballot, Item, Revote, parse_comment

VOTE = "BetaBlocker +1"
KELVIN, MINUS, ZERO_WIDTH, NO_BREAK = "\N{KELVIN SIGN}", "\N{MINUS SIGN}", "\u200b", "\u00a0"


def said(item: Item) -> str:
    """An item in a short form: ``BetaBlocker+1``, ``accepted 0Day``, ``again BetaFE``."""
    match item:
        case Ballot(tracker, value, _):
            return f"{tracker.label}{value:+d}"
        case Agreed(outcomes, _):
            return ", ".join(f"{outcome} {tracker.label}" for tracker, outcome in outcomes)
        case Revote(trackers, _):
            return f"again {', '.join(tracker.label for tracker in trackers)}"


def items(text: str) -> list[str]:
    return [said(item) for item in parse_comment(text).items]


def reasons(text: str) -> list[str]:
    return [odd.reason for odd in parse_comment(text).odd]


_fragments = st.sampled_from(
    ["BetaBlocker", "+1", "-1", "0", "AGREED", "AcceptedBetaFE", "REVOTE", " ", "\n", "\r\n", ">", "`", "```", "~~~"]
) | st.sampled_from(
    ["<!--", "-->", "<pre>", "</pre>", "    ", "- ", "\\", "\u2028", ZERO_WIDTH, KELVIN, "＋１", "\ud800", "1. "]
)
texts = st.lists(_fragments | st.text(max_size=5), max_size=30).map("".join) | st.text()
