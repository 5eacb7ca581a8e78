"""What the service writes elsewhere. Each effect is desired state, too: it is computed from what is stored, compared
with what the other side says now, and only a difference is written; a crash is mended by the next pass.

Nothing is written before every source was read completely once, or while the removal gate is closed: what is desired
is not known then.
"""
