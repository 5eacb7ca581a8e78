"""A missing part is never silently left out."""

import pytest

from tests.services.required import leave_out


@pytest.fixture(autouse=True)
def _nothing_required(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("CI", raising=False)
    monkeypatch.delenv("BBCONSUMER_REQUIRE_ALL", raising=False)


def test_a_laptop_may_leave_it_out_and_says_why() -> None:
    with pytest.raises(pytest.skip.Exception, match="no Chromium"):
        leave_out("no Chromium")


@pytest.mark.parametrize(("name", "value"), [("CI", "true"), ("CI", "1"), ("BBCONSUMER_REQUIRE_ALL", "1")])
def test_where_all_is_required_the_test_fails(monkeypatch: pytest.MonkeyPatch, name: str, value: str) -> None:
    monkeypatch.setenv(name, value)
    with pytest.raises(pytest.fail.Exception, match="no Chromium"):
        leave_out("no Chromium")


def test_ci_can_be_said_to_be_false(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CI", "false")
    with pytest.raises(pytest.skip.Exception):
        leave_out("no Chromium")
