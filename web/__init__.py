"""The web: pages and health. It reads what was stored and asks no source; its one way out is `bbconsumer.commands`."""
