"""A private OpenID provider that is certified, npm's `oidc-provider`. Nobody needs a password; who there is we tell it.

Source: https://openid.net/developers/certified-openid-connect-implementations/
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Mapping, Sequence
from pathlib import Path

import requests

from tests.services import node
from tests.services.server import Server, ServiceMissing

CLIENT_ID, CLIENT_SECRET = "blockerbugs", "the secret of the test client, long enough"


class OpenIDProvider(Server):
    """`issuer` is its name and its address."""

    def __init__(self, redirect_url: str) -> None:
        """Raises ServiceMissing on a machine without Node or the packages."""
        program, packages = node.find_programs(), node.find_packages()
        if program is None or packages is None:
            raise ServiceMissing("no oidc-provider (Debian: nodejs and npm; then python -m tests.services.install)")
        super().__init__("openid")
        self._program = program
        self._packages = packages
        self._redirect_url = redirect_url
        self._port = self._reserve_port()
        self._people = self.folder / "people.json"
        self.issuer = f"http://127.0.0.1:{self._port}"

    def tell(self, groups_by_account: Mapping[str, Sequence[str]]) -> None:
        """Who there is from now on, and in which groups."""
        new = self._people.with_suffix(".new")
        new.write_text(json.dumps(groups_by_account), encoding="utf-8")
        new.chmod(0o644)
        new.replace(self._people)

    def _prepare(self) -> None:
        shutil.copytree(self._packages / "node_modules", self.folder / "node_modules")
        shutil.copy(node.FOLDER / "provider.mjs", self.folder)
        self.tell({})
        self.give_folder_away()

    def _command(self) -> Sequence[str | Path]:
        return [self._program, self.folder / "provider.mjs", str(self._port), self._people, self._redirect_url]

    def _environment(self) -> Mapping[str, str]:
        return {"HOME": str(self.folder)}

    def _is_ready(self) -> bool:
        try:
            return requests.get(f"{self.issuer}/.well-known/openid-configuration", timeout=5).ok
        except requests.ConnectionError:
            return False
