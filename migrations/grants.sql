-- What the web and the consumer may do in the database, where each has a role of its own. Optional: the schema's owner
-- may do all of it. `bbconsumer upgrade_db` runs this as the owner, in one transaction, whenever both roles exist:
--     CREATE ROLE blockerbugs_web LOGIN PASSWORD '...';
--     CREATE ROLE blockerbugs_consumer LOGIN PASSWORD '...';
--
-- The sync has the consumer's role. The commands that set up milestones need the web's, or the owner's.

REVOKE ALL ON ALL TABLES IN SCHEMA public FROM blockerbugs_web, blockerbugs_consumer;
REVOKE ALL ON ALL SEQUENCES IN SCHEMA public FROM blockerbugs_web, blockerbugs_consumer;
GRANT USAGE ON SCHEMA public TO blockerbugs_web, blockerbugs_consumer;
GRANT SELECT ON ALL TABLES IN SCHEMA public TO blockerbugs_web, blockerbugs_consumer;

-- The web marks what is to be read, asks for syncs, and keeps messages of Pagure that it cannot read, until an
-- administrator drops them ...
GRANT INSERT, UPDATE ON work_item, sync_request TO blockerbugs_web;
GRANT INSERT, DELETE ON dead_letter TO blockerbugs_web;
-- ... numbers the update that such a message names, when an administrator has it read again ...
GRANT INSERT ON bodhi_update TO blockerbugs_web;
-- ... keeps what people propose, until they discard it, and the account that they named ...
GRANT INSERT, UPDATE, DELETE ON proposal TO blockerbugs_web;
GRANT INSERT, UPDATE, DELETE ON bugzilla_account TO blockerbugs_web;
-- ... and lets administrators change milestones. What they did can be noted and not changed.
GRANT INSERT, UPDATE ON release, milestone, tracker TO blockerbugs_web;
GRANT INSERT ON audit_entry TO blockerbugs_web;
GRANT UPDATE ON counter TO blockerbugs_web;

-- The consumer, its workers and the sync write what they read at the sources, and nothing that people typed here.
GRANT INSERT, UPDATE, DELETE ON
    bodhi_update, bug, dead_letter, discussion, event, nomination, record, review_project, sync_run, ticket,
    update_bug, work_item
TO blockerbugs_consumer;
GRANT INSERT, UPDATE ON counter, heartbeat, removal_gate, source_state TO blockerbugs_consumer;
GRANT UPDATE ON tracker TO blockerbugs_consumer;
-- To lock a row it must be allowed to change some column of it; this one nobody changes.
GRANT UPDATE (id) ON milestone TO blockerbugs_consumer;
-- A sync takes the request for it, and notes who accepted the removals that it believes.
GRANT DELETE ON sync_request TO blockerbugs_consumer;
REVOKE SELECT ON audit_entry, bugzilla_account, proposal FROM blockerbugs_consumer;
GRANT INSERT, SELECT (id) ON audit_entry TO blockerbugs_consumer;

GRANT USAGE ON ALL SEQUENCES IN SCHEMA public TO blockerbugs_web, blockerbugs_consumer;
