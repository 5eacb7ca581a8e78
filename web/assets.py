"""Serves the static files, each under a version of its own, so that browsers may keep them for ever."""

from __future__ import annotations

import hashlib
import os
from pathlib import Path

from starlette.datastructures import QueryParams
from starlette.responses import Response
from starlette.staticfiles import StaticFiles
from starlette.types import Scope

FOLDER = Path(__file__).parent / "static"


class Assets(StaticFiles):
    """The files of one folder; `versions` has a text for each that changes with its content."""

    def __init__(self, folder: Path = FOLDER) -> None:
        super().__init__(directory=folder)
        files = (path for path in folder.rglob("*") if path.is_file())
        self.versions = {
            path.relative_to(folder).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()[:12] for path in files
        }

    async def get_response(self, path: str, scope: Scope) -> Response:
        """Answer with a file. Only the version that is asked for may be kept: in a roll-out both are served."""
        response = await super().get_response(path, scope)
        asked = QueryParams(scope["query_string"]).get("v")
        is_it = asked is not None and asked == self.versions.get(path.replace(os.sep, "/"))
        response.headers["Cache-Control"] = "public, max-age=31536000, immutable" if is_it else "no-cache"
        return response
