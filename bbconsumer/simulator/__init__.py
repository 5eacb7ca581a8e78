"""A simulated Bugzilla, Pagure and Bodhi, over real HTTP, with the bus messages that they would cause.

For demonstrations, tests and benchmarks: they behave like the servers that were
measured, traps included, and can be told to misbehave while they run. They hold
everything in memory and must never be reachable from another machine: whoever can
connect may edit bugs and switch faults on.

Start with `server.SimulatedBugzilla`, `pagure_server.SimulatedPagure` and
`bodhi_server.SimulatedBodhi`, or `python -m bbconsumer.simulator`, which is Bugzilla alone.

What all have:

    loopback            the server in this process; gate and switches: faults in front of it
    versions            what was some edits ago
    amqp                messages to a real broker
    fidelity            comparison with recorded answers and messages of real servers

Bugzilla:

    records, errors     what a bug is; what Bugzilla answers when it refuses
    bugzilla            the state and its operations; edits, messages: what they cause
    reading, search     what one reader sees; charts, ordering, paging
    rest                the HTTP face
    scenario, bulk      a release in a freeze; thousands of bugs for benchmarks

Pagure, each in a module that begins with `pagure_`:

    records, errors     what a ticket is; what Pagure answers when it refuses
    site, edits         people and projects; `pagure`: tickets and what is done to them
    bridge, hooks       what the bus and webhooks are told
    reading, listing    what one reader sees; filters, paging
    rest                the HTTP face
    cast, steps         people who discuss, and what must be seen of it; scenario, bulk

Bodhi, each in a module that begins with `bodhi_`:

    records, errors     what an update is; what Bodhi answers when it refuses
    registry            releases and people; `bodhi`: updates and what is done to them
    work                what one operation brings about; bridge: what the bus is told of it
    query, listing      what is asked of a list; which rows it has
    rest                the HTTP face; switches: what only Bodhi can do wrong
    steps               what goes on with updates in a freeze; bulk: thousands of them for benchmarks
"""
