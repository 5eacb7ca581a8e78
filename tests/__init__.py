"""Tests mirror the packages; `services` starts the real PostgreSQL and RabbitMQ that they use."""
