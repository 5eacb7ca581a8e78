"""How a command says no."""


class CommandRefused(Exception):
    """What was asked for cannot be done; the text says why and what to do."""
