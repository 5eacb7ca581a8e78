# Two images: one that can build (compilers, headers), one that only runs.
# With another base, give both arguments: the virtual environment needs the same python3.12 in both.
ARG BASE_IMAGE=registry.access.redhat.com/ubi9/python-312
ARG RUNTIME_IMAGE=registry.access.redhat.com/ubi9/python-312-minimal

FROM ${BASE_IMAGE} AS build

# Of this stage only: nothing is kept for a next time that does not come.
ENV PIP_NO_CACHE_DIR=1 \
    PIP_DISABLE_PIP_VERSION_CHECK=1
WORKDIR /opt/app-root/src

# Exactly the versions of the lock, each file checked by its hash. Wheels first, with a locked setuptools, since some
# packages come as source only and pip would otherwise fetch whatever setuptools is the newest to build them.
COPY --chown=1001:0 requirements.txt requirements-build.txt ./
RUN python3.12 -m venv /opt/app-root/build \
    && /opt/app-root/build/bin/pip install --require-hashes --no-deps -r requirements-build.txt \
    && /opt/app-root/build/bin/pip wheel --require-hashes --no-deps --no-build-isolation --wheel-dir /opt/app-root/wheels \
        -r requirements.txt

# The virtual environment has no pip. Its path is the same in both stages, since scripts in it name their interpreter by
# its full path. Readable for everybody, since OpenShift runs the container as a user that no image knows.
COPY --chown=1001:0 . .
RUN /opt/app-root/build/bin/pip wheel --no-deps --no-build-isolation --wheel-dir /opt/app-root/wheels . \
    && python3.12 -m venv --without-pip /opt/app-root/bbconsumer \
    && /opt/app-root/build/bin/pip --python /opt/app-root/bbconsumer/bin/python install --no-index --no-deps \
        /opt/app-root/wheels/*.whl \
    && /opt/app-root/build/bin/pip --python /opt/app-root/bbconsumer/bin/python check \
    && chmod -R a+rX /opt/app-root/bbconsumer


FROM ${RUNTIME_IMAGE}

LABEL name="blockerbugs" \
      summary="Blocker Bugs: what blocks the next Fedora release" \
      description="Follows blocker and freeze exception bugs of Fedora releases: web, consumer and sync" \
      maintainer="Fedora Quality" \
      usage="bbconsumer --help" \
      io.k8s.display-name="Blocker Bugs" \
      io.k8s.description="Follows blocker and freeze exception bugs of Fedora releases: web, consumer and sync" \
      io.openshift.expose-services="8080:http" \
      io.openshift.tags="fedora,quality,python" \
      org.opencontainers.image.title="blockerbugs" \
      org.opencontainers.image.description="Follows blocker and freeze exception bugs of Fedora releases" \
      org.opencontainers.image.licenses="GPL-3.0-or-later" \
      org.opencontainers.image.url="https://qa.fedoraproject.org/blockerbugs"

# Owned by root: the application can read its own code, not change it.
COPY --from=build /opt/app-root/bbconsumer /opt/app-root/bbconsumer

# The base image's shells activate its own virtual environment, which would put another python in front of ours:
# BASH_ENV, ENV and PROMPT_COMMAND are emptied. /tmp is the only place that can be written, so it is HOME too, and byte
# code is never written at run time (pip has written it already).
ENV PATH=/opt/app-root/bbconsumer/bin:$PATH \
    BASH_ENV="" \
    ENV="" \
    PROMPT_COMMAND="" \
    HOME=/tmp \
    LANG=C.UTF-8 \
    LC_ALL=C.UTF-8 \
    PYTHONUNBUFFERED=1 \
    PYTHONDONTWRITEBYTECODE=1 \
    PYTHONFAULTHANDLER=1

# Not /tmp: uvicorn imports from its working directory first, and nobody should be able to put a module there.
WORKDIR /opt/app-root/src
USER 1001

# A library that only the build image has (libpq, for one) is noticed here and not in a roll-out.
RUN ["python", "-c", "import bbconsumer.cli, psycopg, web.app"]

EXPOSE 8080

# For docker and podman; OpenShift uses the probes of the Deployment. The consumer has no port: run it with
# --no-healthcheck.
HEALTHCHECK --interval=30s --timeout=5s --start-period=30s --retries=3 \
    CMD ["python", "-c", "from urllib.request import urlopen; urlopen('http://127.0.0.1:8080/healthz/live', timeout=4)"]

# Some bases have an entry point that goes through a shell; signals are to reach the process itself.
ENTRYPOINT []
# Live streams never end by themselves: without the last option an old pod would hang until it is killed. No header of a
# caller tells uvicorn who calls and how: what of them counts the web reads itself (PROXIES_IN_FRONT).
CMD ["uvicorn", "--factory", "web.app:create_app_from_environment", "--host", "0.0.0.0", "--port", "8080", \
     "--no-server-header", "--no-proxy-headers", "--timeout-graceful-shutdown", "20"]
