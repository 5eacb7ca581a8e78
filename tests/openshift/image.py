"""Reads the Dockerfile: its steps, and what they say about the stage that builds and the one that is shipped."""

from __future__ import annotations

import json
import re
import shlex
from dataclasses import dataclass
from pathlib import Path

Step = tuple[str, str]

ROOT = Path(__file__).resolve().parents[2]


def read_steps() -> list[Step]:
    """Instruction and argument of every step, comments and line breaks taken out."""
    lines = [line for line in (ROOT / "Dockerfile").read_text().splitlines() if not line.lstrip().startswith("#")]
    joined = re.sub(r"\s*\\\n\s*", " ", "\n".join(lines))
    return [(step.split(maxsplit=1)[0], step.split(maxsplit=1)[1]) for step in joined.splitlines() if step.strip()]


@dataclass(frozen=True)
class Stage:
    """The steps from one FROM to the next."""

    steps: list[Step]

    def last(self, instruction: str) -> str:
        """The argument that counts where each overrides the one before."""
        return [argument for name, argument in self.steps if name == instruction][-1]

    def environment(self) -> dict[str, str]:
        return dict(part.split("=", 1) for name, text in self.steps if name == "ENV" for part in shlex.split(text))

    def shell_commands(self) -> list[str]:
        """What RUN gives to a shell, in order."""
        return [text for name, text in self.steps if name == "RUN" and not text.startswith("[")]

    def command(self) -> list[str]:
        return [str(part) for part in json.loads(self.last("CMD"))]

    def health_check(self) -> list[str]:
        return [str(part) for part in json.loads(self.last("HEALTHCHECK").split("CMD ", 1)[1])]


def read_stages() -> list[Stage]:
    """In the order of the file; the last one is shipped."""
    steps = read_steps()
    begins = [index for index, (instruction, _) in enumerate(steps) if instruction == "FROM"]
    return [Stage(steps[begin:end]) for begin, end in zip(begins, [*begins[1:], len(steps)], strict=True)]
