"""Answers in JSON, also of texts with half a pair of surrogates, which real servers pass on as they got them."""

from __future__ import annotations

import json
from typing import Any

from starlette.responses import JSONResponse


class JSONAnswer(JSONResponse):
    """JSON in UTF-8. What has no form in UTF-8 is escaped, which JSON reads as the same."""

    def render(self, content: Any) -> bytes:
        text = json.dumps(content, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
        return text.encode("utf-8", "backslashreplace")
