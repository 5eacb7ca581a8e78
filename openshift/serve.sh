#!/bin/bash
# What a pod of a source-to-image build runs: first the schema, then the web on port 8080. Where the schema cannot be
# brought up to date the pod ends, and the pods of the previous build stay. The image of the Dockerfile does not use it:
# there, upgrade_db is an init container.
set -euo pipefail

bbconsumer upgrade_db
# The same options as in the Dockerfile.
exec uvicorn --factory web.app:create_app_from_environment --host 0.0.0.0 --port "${PORT:-8080}" \
    --no-server-header --no-proxy-headers --timeout-graceful-shutdown 20
