"""Storms: people work at Bugzilla, Pagure and Bodhi while processes, broker, database, sources and messages fail.

Everything is real: the service's processes, RabbitMQ, PostgreSQL, and the sources over HTTP. `plan` draws from a seed
what happens and what fails, and when; `stage` is all that runs; `processes`, `broker`, `database`, `sources` make it
fail; `courier` brings the messages, or does not; `reader` looks at pages all the while; `reference` knows the truth;
`storm` puts these together; `runs` has many of them, one after the other. `mutations` damages each kind of message.
"""
