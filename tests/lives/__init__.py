"""Whole lives: Bugzilla, Pagure, Bodhi and the database go by one clock, weeks pass in a second, and messages get lost.

`sources` are what the service reads, `people` let things happen there by chance, `service` is the service with a bus
that may lose messages, `stored` is what a database holds, `updates` says what events of updates may be. A life is told
by its seed alone: the same one is told again by it.
"""
