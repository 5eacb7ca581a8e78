"""Who and what appears in a simulated release: accounts, components, titles."""

from collections.abc import Mapping
from random import Random

from bbconsumer.simulator.bug_json import TIME_TRACKING_GROUP
from bbconsumer.simulator.bugzilla import EDIT_GROUP, Bugzilla

PRIVATE_GROUP = "fedora_private"

# The service's own account may edit, and reads bugs that the public may not see.
SERVICE = "blockerbot@example.test"
SERVICE_KEY = "simulated-service-key"
ADMIN = "admin@example.test"
ADMIN_KEY = "simulated-admin-key"
# May log in, and nothing else.
VISITOR = "visitor@example.test"
VISITOR_KEY = "simulated-visitor-key"

SECRETARY = "quinn@example.test"
REPORTERS: Mapping[str, str] = {
    "alice@example.test": "Alice Example",
    "bob@example.test": "Bob Example",
    "carol@example.test": "Carol Example",
    "dave@example.test": "Dave Example",
    "erin@example.test": "Erin Ünïcode Example",
}
MAINTAINERS: Mapping[str, str] = {
    "frank@example.test": "Frank Example",
    "grace@example.test": "Grace Example",
    "heidi@example.test": "Heidi Example",
    "ivan@example.test": "Ivan Example",
    "judy@example.test": "Judy Example",
}

COMPONENTS = (
    "anaconda",
    "gnome-shell",
    "kernel",
    "systemd",
    "grub2",
    "selinux-policy",
    "dnf5",
    "firefox",
    "plasma-workspace",
    "mutter",
    "NetworkManager",
    "initial-setup",
    "livecd-tools",
    "lorax",
    "shim",
    "dracut",
    "python-blivet",
    "gdm",
    "sddm",
    "pipewire",
    "mesa",
    "podman",
    "rpm",
    "uboot-tools",
    "gnome-software",
    "fedora-release",
    "libreport",
    "cups",
    "kde-settings",
    "distribution",
)
_TITLES = (
    "{component} crashes when {action}",
    "{component} does not start after {action}",
    "No error message from {component} when {action}",
    "{component}: black screen when {action}",
    "[abrt] {component}: killed by SIGSEGV while {action}",
    "Installation fails in {component} when {action}",
    "{component} ignores the keyboard layout when {action}",
    "{component} uses all memory when {action}",
    "Live image: {component} hangs when {action}",
    "{component} has unresolved dependencies when {action}",
)
_ACTIONS = (
    "upgrading from Fedora 44",
    "an encrypted disk is selected",
    "booting with Secure Boot on",
    "a second monitor is connected",
    "resuming from suspend",
    "installing over the network",
    "choosing custom partitioning",
    "the root account is disabled",
    "logging in for the first time",
    "running on aarch64",
    "the disk has an existing Windows system",
    "a proxy is configured",
    "selecting Arabic as the language",
    "updating offline",
    "booting the netinst image from USB",
    "using two storage controllers",
)
LONG_TITLE = ("The installer stops at the summary of storage and says only “unknown error” " * 5)[:300]


def add_people(state: Bugzilla) -> None:
    """All accounts, with the same ids in every scenario."""
    everything = (EDIT_GROUP, PRIVATE_GROUP, TIME_TRACKING_GROUP)
    state.add_user(ADMIN, "Admin Example", api_key=ADMIN_KEY, groups=everything)
    state.add_user(SERVICE, "Blocker Bot", api_key=SERVICE_KEY, groups=(EDIT_GROUP, PRIVATE_GROUP))
    state.add_user(VISITOR, "Visitor Example", api_key=VISITOR_KEY)
    state.add_user(SECRETARY, "Quinn Example", groups=(EDIT_GROUP, PRIVATE_GROUP))
    for name, real_name in {**REPORTERS, **MAINTAINERS}.items():
        state.add_user(name, real_name, groups=(EDIT_GROUP,))


def invented_title(component: str, chance: Random) -> str:
    return chance.choice(_TITLES).format(component=component, action=chance.choice(_ACTIONS))


def maintainer_of(component: str) -> str:
    """Always the same person for a component."""
    return list(MAINTAINERS)[COMPONENTS.index(component) % len(MAINTAINERS)]
