"""Each `oc` command of the guide and of the deploy script exists and has the options that are given to it.

Most of them are kubectl's, which is asked itself. What `oc` adds is listed here, from its documentation.
"""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
TEXTS = [ROOT / "openshift" / name for name in ("README.md", "TROUBLE.md", "deploy.sh")]

# Source: https://docs.redhat.com/en/documentation/openshift_container_platform/4.19/html/cli_tools/openshift-cli-oc
OF_OC = {
    "login": set(),
    "new-project": set(),
    "project": set(),
    "start-build": {"--commit", "--follow", "--wait"},
    "tag": {"--source"},
    "whoami": set(),
}
# How many words behind them are commands too.
SUBCOMMANDS = {("config",): 1, ("create",): 1, ("rollout",): 1, ("create", "secret"): 2}


def spans(text: str, *, is_script: bool) -> Iterator[str]:
    """What may hold commands: a script's lines; of a guide what is marked as code."""
    joined = re.sub(r"\s*\\\n\s*", " ", text)
    if is_script:
        lines = (line for line in joined.splitlines() if not line.lstrip().startswith("#"))
        # What it says may speak of oc, and calls nothing.
        yield from (re.sub(r"\b(?:refuse|say) [\"'].*", "", line) for line in lines)
        return
    yield from re.findall(r"^\$ (.*)$", joined, flags=re.MULTILINE)
    yield from re.findall(r"`([^`\n]*)`", re.sub(r"```.*?```", "", joined, flags=re.DOTALL))


def commands() -> list[tuple[str, ...]]:
    """Each call once: its verb, further words as far as they are commands, its options."""
    found = set()
    for path in TEXTS:
        for span in spans(path.read_text(), is_script=path.suffix == ".sh"):
            for call in re.findall(r'\boc (?:"\$\S+" )?([a-z][^;&|#]*)', span):
                # What stands behind -- is another program's.
                words = call.split(" -- ")[0]
                verb, *others = [word.strip("\"')`").split("=")[0] for word in re.split(r"\s+", words.strip())]
                options = sorted({word for word in others if re.fullmatch(r"--?[a-z][a-z-]*", word)})
                count = SUBCOMMANDS.get((verb, *others[:1]), SUBCOMMANDS.get((verb,), 0))
                found.add((verb, *others[:count], *options))
    return sorted(found)


@cache
def kubectl(*arguments: str) -> str:
    program = shutil.which("kubectl", path=str(Path(sys.executable).parent)) or "kubectl"
    return subprocess.run([program, *arguments], capture_output=True, text=True, check=True).stdout


@pytest.mark.parametrize("call", commands(), ids=" ".join)
def test_a_command_exists_and_has_its_options(call: tuple[str, ...]) -> None:
    words = [word for word in call if not word.startswith("-")]
    options = {word for word in call if word.startswith("-")}
    everywhere = kubectl("options")
    if words[0] in OF_OC:
        known = OF_OC[words[0]]
        unknown = {option for option in options - known if not re.search(rf"(?<!\S){option}\b", everywhere)}
    else:
        # An unknown command is answered with the help of the one above it.
        told = kubectl(*words, "--help")
        assert re.search(rf"^  kubectl {' '.join(words)}\b", told, flags=re.MULTILINE), told
        unknown = {option for option in options if not re.search(rf"(?<!\S){option}\b", told + everywhere)}
    assert unknown == set()


def test_the_commands_are_found() -> None:
    verbs = {call[0] for call in commands()}
    assert verbs >= {"apply", "annotate", "create", "diff", "exec", "get", "logs", "rollout", "scale", *OF_OC}
