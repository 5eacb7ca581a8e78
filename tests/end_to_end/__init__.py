"""The service as its operators run it: real processes, a real broker, a real database, pages over HTTP."""
