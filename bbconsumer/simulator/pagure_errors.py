"""What Pagure answers when it refuses: a code, an HTTP status, a text, and sometimes what is wrong with which field."""

from collections.abc import Mapping

from bbconsumer.simulator.records import Json


class PagureRefusal(Exception):
    """An answer with an error body. Nothing has been written. `{url}` in the message is the server's address."""

    def __init__(self, code: str, message: str, status: int, errors: object = None) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.status = status
        self.errors = errors

    def body(self, web_url: str) -> Json:
        body: Json = {"error": self.message.replace("{url}", web_url), "error_code": self.code}
        return body | {"errors": self.errors} if self.errors else body


def no_project() -> PagureRefusal:
    return PagureRefusal("ENOPROJECT", "Project not found", 404)


def no_ticket() -> PagureRefusal:
    return PagureRefusal("ENOISSUE", "Issue not found", 404)


def no_comment() -> PagureRefusal:
    return PagureRefusal("ENOCOMMENT", "Comment not found", 404)


def no_user(name: str) -> PagureRefusal:
    return PagureRefusal("ENOCODE", f'No user "{name}" found', 400)


def ticket_not_allowed() -> PagureRefusal:
    return PagureRefusal("EISSUENOTALLOWED", "You are not allowed to view this issue", 403)


def bad_token() -> PagureRefusal:
    text = "Invalid or expired token. Please visit {url}/settings#nav-api-tab to get or renew your API token."
    return PagureRefusal("EINVALIDTOK", text, 401, "Invalid token")


def bad_request(errors: Mapping[str, list[str]] | None = None) -> PagureRefusal:
    return PagureRefusal("EINVALIDREQ", "Invalid or incomplete input submitted", 400, errors)


def missing(*fields: str) -> PagureRefusal:
    return bad_request({name: ["This field is required."] for name in fields})


def no_choice(field: str) -> PagureRefusal:
    return bad_request({field: ["Not a valid choice."]})


def bad_page_size() -> PagureRefusal:
    return PagureRefusal("EINVALIDPERPAGEVALUE", "The per_page value must be between 1 and 100", 400)


def bad_timestamp() -> PagureRefusal:
    return PagureRefusal("ETIMESTAMP", "Invalid timestamp format", 400)


def bad_date() -> PagureRefusal:
    return PagureRefusal("EDATETIME", "Invalid datetime format", 400)


def not_simulated(what: str) -> PagureRefusal:
    """Not an answer of a real server: loud, so that nobody trusts a result by accident."""
    return PagureRefusal("ENOCODE", f"The simulated Pagure does not know {what}.", 501)
