"""What the tests of sources are built with."""

import threading

import pytest

from tests.sources.world import send_json, serving


def test_a_server_has_ended_however_its_block_ends() -> None:
    before = threading.active_count()
    with pytest.raises(ValueError, match="as a source is expected to"), serving(lambda handler: send_json(handler, {})):
        raise ValueError("as a source is expected to")
    assert threading.active_count() == before
    with serving(lambda handler: send_json(handler, {})):
        pass
    assert threading.active_count() == before
