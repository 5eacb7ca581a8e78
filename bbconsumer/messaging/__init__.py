"""Ready-made configurations of fedora-messaging: for a broker on this machine and for Fedora's public broker."""

PRESETS = ("local", "public")
