"""How fast the service is, as a ratio to what cannot be beaten on the same machine in the same minutes.

`python -m tests.bench` prints one table; see README, "How fast it is". Every measured part is a process of its own,
every figure stands beside a ceiling that was measured interleaved with it, and the median of the rounds is shown.
"""
