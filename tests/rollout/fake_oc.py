#!/usr/bin/env python3
"""An `oc` for one project: image stream, build, what follows the tag, and what may go wrong with each.

It reads and writes the clusters in the JSON file that FAKE_OC names, knows only what a deployment needs, and refuses
every command, option and path that it does not know: a script that asks for something else must fail here too.

As in a real cluster a tag has two sides: what was asked for (`asked`, its spec) and what it holds (`tags`, its status).
A build pushes to the second; `oc tag` sets the first, and moves the second only where the first became another.
"""

import json
import os
import sys
from pathlib import Path
from typing import Any, NoReturn

COMMIT_LABEL = r"{.image.metadata.name} {.image.dockerImageMetadata.Config.Labels.io\.openshift\.build\.commit\.id}"
RECORD = "blockerbugs.fedoraproject.org/verified-commit"
RECORD_PATH = r"jsonpath={.metadata.annotations.blockerbugs\.fedoraproject\.org/verified-commit}"
_POD = ".spec.template.spec"
_IMAGES = "jsonpath={{{0}.initContainers[*].image}} {{{0}.containers[*].image}}"
IMAGES = {"deployment": _IMAGES.format(_POD), "cronjob": _IMAGES.format(".spec.jobTemplate" + _POD)}
TAKES_VALUE = {"--namespace", "--output", "--commit", "--source", "--timeout", "--container"}
FLAGS = {"--ignore-not-found", "--follow", "--wait", "--overwrite"}


def fail(text: str, code: int = 1) -> NoReturn:
    print(f"error: {text}", file=sys.stderr)
    sys.exit(code)


def parse(arguments: list[str]) -> tuple[list[str], dict[str, str]]:
    """Positional arguments and options; what stands after -- is positional."""
    words, options = [], {}
    waiting = list(arguments)
    while waiting:
        word = waiting.pop(0)
        if word == "--":
            words += waiting
            break
        if word in TAKES_VALUE:
            options[word] = waiting.pop(0)
        elif word in FLAGS:
            options[word] = ""
        elif word.startswith("-"):
            fail(f"unknown flag: {word}", 99)
        else:
            words.append(word)
    return words, options


def follow_tag(cluster: dict[str, Any]) -> None:
    """What the image triggers do, when they work."""
    for name, workload in cluster["workloads"].items():
        if name not in cluster["deaf"]:
            image = f"registry/blockerbugs/blockerbugs@{cluster['tags']['latest']}"
            workload["images"] = [image] * len(workload["images"])


def get(cluster: dict[str, Any], words: list[str], options: dict[str, str]) -> str:
    tags = cluster["tags"]
    match words, options.get("--output"):
        case ["buildconfig", "blockerbugs"], "jsonpath={.spec.source.git.ref}":
            return str(cluster["branch"])
        case ["imagestream", "blockerbugs"], path if path == RECORD_PATH:
            return str(cluster["annotations"].get(RECORD, ""))
        case ["imagestreamtag", "blockerbugs:latest"], "jsonpath={.image.metadata.name}":
            return str(tags.get("latest", ""))
        case ["imagestreamtag", "blockerbugs:built"], path if path == f"jsonpath={COMMIT_LABEL}":
            return f"{tags['built']} {cluster['commits'][tags['built']]}"
        case [name], path if path == IMAGES.get(name.partition("/")[0]):
            return " ".join(cluster["workloads"][name]["images"])
    fail(f"cannot get {words} {options}", 99)


def start_build(cluster: dict[str, Any], options: dict[str, str]) -> None:
    if not {"--follow", "--wait"} <= options.keys():
        fail("a build that nobody waits for", 99)
    if cluster["build"] == "fails":
        fail("the build blockerbugs-2 status is Failed")
    digest = f"sha256:{options['--commit'][:8]}"
    cluster["commits"][digest] = options["--commit"] if cluster["build"] != "is overtaken" else "0" * 40
    cluster["tags"]["built"] = digest
    if cluster["build"] == "meets another deployment":
        tag(cluster, ["blockerbugs@sha256:other", "blockerbugs:latest"], {"--source": "imagestreamimage"})


def tag(cluster: dict[str, Any], words: list[str], options: dict[str, str]) -> None:
    source, target = words
    digest = source.removeprefix("blockerbugs@")
    if target != "blockerbugs:latest" or options.get("--source") != "imagestreamimage":
        fail(f"cannot tag {words} {options}", 99)
    if digest not in cluster["commits"] or digest in cluster["cannot_tag"]:
        fail(f"imagestreamimage {source} not found")
    if cluster["asked"].get("latest") != digest:
        cluster["asked"]["latest"] = cluster["tags"]["latest"] = digest
        follow_tag(cluster)
    print(f"Tag {target} set to {source}.")


def rollout(cluster: dict[str, Any], name: str) -> None:
    """Fails for an image that does not start, or whose upgrade_db fails: the pods never become ready."""
    digest = cluster["workloads"][name]["images"][-1].partition("@")[2]
    if digest in cluster["workloads"][name]["cannot_run"]:
        fail(f"{name} exceeded its progress deadline")
    print(f"{name} successfully rolled out")


def answer(cluster: dict[str, Any], words: list[str], options: dict[str, str]) -> None:
    match words:
        case ["whoami"]:
            print("alice")
        case ["get", *what]:
            print(get(cluster, what, options), end="")
        case ["start-build", "blockerbugs"]:
            start_build(cluster, options)
        case ["tag", *names]:
            tag(cluster, names, options)
        case ["rollout", "status", deployment]:
            rollout(cluster, deployment)
        case ["exec", "deployment/blockerbugs-web", "python", "-c", _]:
            if cluster["tags"]["latest"] in cluster["serves_no_page"]:
                fail("urllib.error.HTTPError: HTTP Error 500")
        case ["annotate", "imagestream", "blockerbugs", record]:
            if cluster["cannot_annotate"]:
                fail("imagestreams.image.openshift.io is forbidden")
            name, value = record.split("=")
            cluster["annotations"][name] = value
        case _:
            fail(f"unknown command: {words}", 99)


def main(arguments: list[str]) -> None:
    path = Path(os.environ["FAKE_OC"])
    state = json.loads(path.read_text())
    context = state["context"]
    if arguments[:1] == ["--context"]:
        context, arguments = arguments[1], arguments[2:]
    if context not in state["clusters"]:
        fail(f'context "{context}" does not exist')
    cluster = state["clusters"][context]
    words, options = parse(arguments)
    if words != ["whoami"] and options.get("--namespace") != "blockerbugs":
        fail(f"the wrong project: {options}", 99)
    state["asked"].append(f"{context}: {' '.join(words[:3])}")
    try:
        answer(cluster, words, options)
    finally:
        path.write_text(json.dumps(state))


if __name__ == "__main__":
    main(sys.argv[1:])
