"""Installs the programs that the tests need and this machine lacks, among them PostgreSQL, RabbitMQ and Chromium.

The OpenID provider comes from npm, into a cache of its own (tests/services/node.py).

Only with apt-get or dnf, and only as root or with a sudo that asks nothing. No service is started, none stays enabled.
Where it cannot, it says what is missing and ends well: the tests in question are then left out, visibly.
"""

import contextlib
import os
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

from tests.services import chromium, nginx, node, postgres, rabbitmq

_POLICY = Path("/usr/sbin/policy-rc.d")
_NO_MAIN_CLUSTER = Path("/etc/postgresql-common/createcluster.d/zz-bbconsumer-tests.conf")
_UNITS_BY_PACKAGE = {
    "postgresql": ["postgresql.service"],
    "rabbitmq-server": ["rabbitmq-server.service", "epmd.socket", "epmd.service"],
    "nginx-light": ["nginx.service"],
    "prometheus": ["prometheus.service"],
    "chromium": [],
    "nodejs": [],
}
# Debian's Chromium only recommends fonts, and without any a page has no size.
_WITH = {
    "chromium": {"apt-get": ["fonts-dejavu-core"], "dnf": ["dejavu-sans-fonts"]},
    # Debian has npm in a package of its own.
    "nodejs": {"apt-get": ["npm"], "dnf": ["nodejs-npm"]},
}
_FEDORA_NAMES = {
    "postgresql": "postgresql-server",
    "nginx-light": "nginx-core",
    "prometheus": "golang-github-prometheus",
}


class InstallationFailed(Exception):
    """The text says why; what was missing is still missing."""


def list_missing() -> list[str]:
    """The packages to install, by their Debian names."""
    needed: dict[str, Callable[[], object]] = {
        "postgresql": postgres.find_programs,
        "rabbitmq-server": rabbitmq.find_scripts,
        "nginx-light": nginx.find_program,
        # Only for its promtool.
        "prometheus": lambda: shutil.which("promtool"),
        "chromium": chromium.find_program,
        "nodejs": node.find_programs,
    }
    return [package for package, find in needed.items() if find() is None]


def find_privilege() -> list[str] | None:
    """What to put in front of a command so that it runs as root; None: it cannot."""
    if os.geteuid() == 0:
        return []
    sudo = shutil.which("sudo")
    if sudo and subprocess.run([sudo, "-n", "true"], capture_output=True, check=False).returncode == 0:
        return [sudo, "-n"]
    return None


def main() -> None:
    """Install what is missing, or say what is."""
    # An interrupted installation takes its temporary policy away too.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))
    # One by one: what one of them lacks must not keep the others away.
    for package in list_missing():
        try:
            _install(package)
        except InstallationFailed as error:
            print(f"Cannot install {package}: {error}", file=sys.stderr)
    if node.find_programs() and not node.find_packages() and (problem := node.install_packages()):
        print(f"Cannot install oidc-provider: {problem}: tests that need it are left out.", file=sys.stderr)
    for package in list_missing():
        print(f"{package} is missing: tests that need it are left out.", file=sys.stderr)


def _install(package: str) -> None:
    privilege = find_privilege()
    if privilege is None:
        raise InstallationFailed("this takes root, or sudo without a password")
    tool = next(filter(shutil.which, ("apt-get", "dnf")), None)
    if tool is None:
        raise InstallationFailed("neither apt-get nor dnf is here")
    print(f"Installing {package} for the tests; no service is started")
    also = _WITH.get(package, {}).get(tool, [])
    if tool == "apt-get":
        _install_with_apt(privilege, package, *also)
    else:
        # Fedora's packages neither start nor enable anything by themselves.
        name = _FEDORA_NAMES.get(package, package)
        _run(privilege, "dnf", "install", "--assumeyes", "--quiet", name, *also)


def _install_with_apt(privilege: list[str], package: str, *also: str) -> None:
    units = _UNITS_BY_PACKAGE[package]
    enabled_before = {unit for unit in units if _is_enabled(unit)}
    with _temporary_file(privilege, _POLICY, "#!/bin/sh\nexit 101\n", "755"):
        if package == "postgresql":
            _apt_install(privilege, "postgresql-common")
            with _temporary_file(privilege, _NO_MAIN_CLUSTER, "create_main_cluster = false\n", "644"):
                _apt_install(privilege, package)
        else:
            _apt_install(privilege, package, *also)
    for unit in units:
        if unit not in enabled_before and _is_enabled(unit) and shutil.which("systemctl"):
            _run(privilege, "systemctl", "--quiet", "disable", unit)
    if Path("/etc/init.d", package).exists() and not enabled_before:
        # What the unit says counts under systemd; this is for the machines without.
        _run(privilege, "update-rc.d", package, "disable")


def _apt_install(privilege: list[str], *packages: str) -> None:
    # Somebody's automatic upgrade may hold the lock for a while.
    options = ["--yes", "--quiet", "--no-install-recommends", "--option=DPkg::Lock::Timeout=120"]
    command = ["apt-get", "install", *options, *packages]
    try:
        _run(privilege, *command)
    except InstallationFailed:
        # No package lists yet, or lists that name what is no longer there.
        _run(privilege, "apt-get", "update", "--quiet")
        _run(privilege, *command)


def _is_enabled(unit: str) -> bool:
    return any(Path("/etc/systemd/system").glob(f"*.wants/{unit}"))


@contextlib.contextmanager
def _temporary_file(privilege: list[str], path: Path, content: str, mode: str) -> Iterator[None]:
    """The file exists inside the block. One that exists before is somebody else's: it stays as it is."""
    if path.exists():
        yield
        return
    with tempfile.NamedTemporaryFile("w") as source:
        source.write(content)
        source.flush()
        try:
            _run(privilege, "install", "-D", "--mode", mode, source.name, str(path))
            yield
        finally:
            _run(privilege, "rm", "-f", str(path))


def _run(privilege: list[str], *command: str) -> None:
    """Run as root, quietly."""
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    # sudo drops the environment: env puts it back.
    frontend = ["env", "DEBIAN_FRONTEND=noninteractive"] if privilege else []
    done = subprocess.run(
        [*privilege, *frontend, *command],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
        env=environment,
    )
    if done.returncode != 0:
        raise InstallationFailed(f"{' '.join(command[:2])} ended with {done.returncode}:\n{done.stdout[-2000:]}")


if __name__ == "__main__":
    main()
