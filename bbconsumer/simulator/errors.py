"""What Bugzilla answers when it refuses: code, HTTP status, text.

The status belongs to the code, and not always as one would guess: a wrong API key is
a 400, an unknown account a 404.
"""

from bbconsumer.simulator.records import Json

LONGEST_COMMENT = 65_535

_STATUS_BY_CODE = {51: 404, 101: 404, 102: 401, 106: 401, 115: 401, 410: 401, 32614: 404}


class Refusal(Exception):
    """An answer with an error body. Nothing has been written."""

    def __init__(self, code: int, message: str, status: int | None = None) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.status = status or _STATUS_BY_CODE.get(code, 400)

    def body(self, documentation_url: str) -> Json:
        return {
            "error": True,
            "code": self.code,
            "message": self.message,
            "documentation": documentation_url,
        }


def no_such_bug(bug_id: int) -> Refusal:
    return Refusal(101, f"Bug #{bug_id} does not exist.")


def bad_bug_reference(reference: object) -> Refusal:
    return Refusal(100, f"'{reference}' is not a valid bug number nor an alias to a bug.")


def access_denied(bug_id: int) -> Refusal:
    return Refusal(102, f"You are not authorized to access bug #{bug_id}.")


def login_required() -> Refusal:
    return Refusal(410, "You must log in before using this part of Bugzilla.")


def bad_api_key() -> Refusal:
    return Refusal(
        306,
        "The API key you specified is invalid. Please check that you typed it correctly.",
    )


def no_such_value(kind: str, name: object) -> Refusal:
    return Refusal(51, f"There is no {kind} named '{name}'.")


def missing_argument(function: str, name: str) -> Refusal:
    return Refusal(50, f"The function {function} requires a {name} argument, and none was set.")


def bad_date(text: str) -> Refusal:
    return Refusal(56, f"'{text}' is not a legal date.")


def alias_taken(alias: str, bug_id: int) -> Refusal:
    return Refusal(103, f"Bug {bug_id} has already taken the alias '{alias}'.")


def comment_too_long() -> Refusal:
    return Refusal(114, f"Comments cannot be longer than {LONGEST_COMMENT} characters.")


def not_permitted(field: str) -> Refusal:
    return Refusal(115, f"You tried to change the {field} field, but you are not allowed to.")


def circular_dependency(bug_id: int) -> Refusal:
    return Refusal(116, f"This change would make bug {bug_id} depend on itself.")


def duplicate_of_what() -> Refusal:
    return Refusal(119, "You must specify a bug id to mark this bug as a duplicate of.")


def resolution_required(status: str) -> Refusal:
    return Refusal(121, f"A valid resolution is required to mark bugs as {status}.")


def resolution_on_open_bug() -> Refusal:
    return Refusal(122, "You cannot set a resolution for open bugs.")


def no_such_resource(path: str) -> Refusal:
    return Refusal(32614, f"There is no REST resource '{path}'.")


def not_simulated(what: str) -> Refusal:
    """Not an answer of a real server: loud, so that nobody trusts a result by accident."""
    return Refusal(32000, f"The simulated Bugzilla does not know {what}.", status=501)
