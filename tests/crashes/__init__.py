"""The service while its processes are killed, its broker and database go away, and others send it nonsense.

`make verify` runs the long form (see `runs.py`); `BBCONSUMER_SEED=…` repeats a failure.
"""
