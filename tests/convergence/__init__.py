"""Whatever happens at Bugzilla, and however its messages arrive, one sync makes what is stored right.

`story` says what may happen, `scene` makes it happen at a simulated Bugzilla, `chronicle` notes it there and then,
`service` is the service that lives through it, stopped and moved on by `turns`, `truth` is what must be stored in the
end. The tests compare, beside, with a service that had each message at once.
"""
