"""Real parts for tests: a private PostgreSQL and a private RabbitMQ, each gone when the test process is gone.

They never touch a server that runs on the machine already.
"""
