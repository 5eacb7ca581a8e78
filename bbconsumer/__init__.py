"""Tells Fedora whether a release can ship.

A bus message tells us *that* something changed, never *what*.
The consumer turns it into keys (of bugs, review tickets and updates), notes them in a durable work queue in one short
transaction, and acknowledges.
A worker takes keys in batches, reads the authoritative state of each from its source, lets a pure function decide what
that means for the release, and stores the result in one short transaction.
Every thirty minutes the sync puts *every* key, remote or stored, into the same queue and drains it.
So a lost, late, doubled or reordered message costs at most thirty minutes, and an unreachable source costs no message.
The web only reads what was stored.
"""
