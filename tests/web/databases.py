"""Which databases a test of the web runs on."""

import pytest

on_both = pytest.mark.parametrize("database_url", ["sqlite", "postgresql"], indirect=True)
"""For a test whose outcome may depend on the kind of database; see `database_url` in conftest.py."""
