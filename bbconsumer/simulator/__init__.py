"""A simulated Bugzilla, over real HTTP, with the bus messages that it would cause.

For demonstrations, tests and benchmarks: it behaves like the servers that were
measured, traps included, and can be told to misbehave while it runs. It holds
everything in memory and must never be reachable from another machine: whoever can
connect may edit bugs and switch faults on.

Start with `server.SimulatedBugzilla`, or `python -m bbconsumer.simulator`.

    records, errors     what a bug is; what Bugzilla answers when it refuses
    bugzilla            the state and its operations; edits, messages: what they cause
    reading, search     what one reader sees; charts, ordering, paging
    rest                the HTTP face; gate and switches: faults in front of it
    scenario, bulk      a release in a freeze; thousands of bugs for benchmarks
    fidelity            comparison with recorded answers of real servers
"""
