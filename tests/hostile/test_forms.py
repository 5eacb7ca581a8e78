"""Forms that are filled in with nasty texts are previewed, or refused beside the field; nothing executes."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.hostile.corpus import TEXTS
from tests.hostile.pages import Tokens, known_attributes
from tests.proposals.world import build_proposal_world
from tests.web.propose_site import PROPOSE, Site
from tests.web.reading import PREFIX
from tests.web.signed_in import settings_with_sign_in, sign_out

KNOWN = known_attributes()
FIELDS = ("criterion", "justification", "account", "bug", "milestone", "kinds", "id", "action")


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Site]:
    """The web in front of a Bugzilla with one bug."""
    with build_proposal_world(f"sqlite:///{tmp_path / 'world.sqlite'}") as world:
        bugs = world.bugs.settings
        sources = {"bugzilla_url": bugs.bugzilla_url, "bugzilla_api_key": bugs.bugzilla_api_key}
        yield Site(world, settings_with_sign_in(**sources, bugzilla_tries=1, proposals_enabled=True))


def test_a_form_with_a_nasty_text_is_answered_and_nothing_of_it_executes(site: Site) -> None:
    fields = {**site.typed(site.world.bugs.create()), "action": "preview"}
    for number, text in enumerate(TEXTS[::2]):
        # Nobody may send as many as this.
        site.sign_in(f"person{number}")
        name = FIELDS[number % len(FIELDS)]
        sent = {**fields, name: text.encode("utf-8", "replace").decode()}
        answer = site.client.post(PREFIX + PROPOSE, data=sent)
        assert answer.status_code in {200, 422}, (name, text[:80])
        assert Tokens(answer.text, KNOWN).problems == [], (name, text[:80])
    assert site.world.kept() == ()


def test_what_comes_back_to_who_is_not_signed_in_any_more_does_not_execute_either(site: Site) -> None:
    sign_out(site.client)
    for text in TEXTS[::9]:
        sent = text.encode("utf-8", "replace").decode()
        answer = site.client.post(PREFIX + PROPOSE, data={sent[:100]: "x", "justification": sent})
        assert answer.status_code == 403
        assert Tokens(answer.text, KNOWN).problems == [], text[:80]
