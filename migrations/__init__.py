"""The schema's history. `bbconsumer upgrade_db` applies it; `bbconsumer.db.schema` tells where a database stands.

Old code runs on the new schema while a new image rolls out, and again when it is rolled back. So a revision only adds
(*expand*); what has become unused is removed (*contract*) in a later release. Each revision ends with a call of
`migrations.compatibility.runs_on`, which records the code that still runs on the schema.
"""
