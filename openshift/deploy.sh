#!/usr/bin/env bash
# Builds a commit, waits until all pods run it and a page is served, and otherwise goes back to the previous image.
#
#   openshift/deploy.sh staging COMMIT
#   openshift/deploy.sh production COMMIT STAGING_CONTEXT
#
# Log in to the cluster first (oc login). Production takes only the commit that this script has verified last on
# staging; STAGING_CONTEXT is the name under which `oc config get-contexts` lists the staging cluster.
#
# A build ends in the tag "built", and pods follow the tag "latest", which is moved here: so a build by itself deploys
# nothing. It also has to be so for going back: `oc tag` to an image does nothing where that tag was set to the same image
# before, whatever a build has pushed to it since.
# Source: https://github.com/openshift/openshift-apiserver (tagRefChanged in the strategy of image streams)
#
# Exit codes: 0 deployed · 1 not deployed, the previous version runs · 2 refused, nothing was tried · 3 not deployed
# and not back either: somebody has to look now.
set -euo pipefail

PROJECT=blockerbugs
STREAM=blockerbugs
DEPLOYMENTS=(blockerbugs-web blockerbugs-consumer)
CRONJOB=blockerbugs-sync
RECORD=blockerbugs.fedoraproject.org/verified-commit
# How long the image triggers may take, and how often is looked.
TRIGGERED_WITHIN_S=${TRIGGERED_WITHIN_S:-180}
LOOK_EVERY_S=${LOOK_EVERY_S:-5}
# Longer than the deadline after which a Deployment itself says that it makes no progress.
ROLLED_OUT_WITHIN=660s
PAGE="import urllib.request as r; print(r.urlopen('http://127.0.0.1:8080/blockerbugs/status', timeout=30).status)"

say() { printf '%s\n' "$*" >&2; }
refuse() {
    say "Refused: $*"
    exit 2
}

usage="usage: deploy.sh staging COMMIT | deploy.sh production COMMIT STAGING_CONTEXT"
environment=${1:-}
commit=${2:-}
case "$environment:$#" in
    staging:2) branch=develop ;;
    production:3) branch=master ;;
    production:2) refuse "production needs the staging cluster's context, to see that the commit works there. $usage" ;;
    *) refuse "$usage" ;;
esac
[[ $commit =~ ^[0-9a-f]{40}$ ]] || refuse "COMMIT must be all 40 digits of a commit: git rev-parse HEAD"
command -v oc >/dev/null || refuse "there is no oc on the PATH"
oc whoami >/dev/null || refuse "oc is not logged in"

branch_of() { oc "$@" get buildconfig "$STREAM" --namespace "$PROJECT" --output "jsonpath={.spec.source.git.ref}"; }
built_branch=$(branch_of) || refuse "this cluster has no BuildConfig $STREAM: oc apply -k openshift/$environment"
[[ $built_branch = "$branch" ]] || refuse "this cluster builds $built_branch: it is not $environment"

if [[ $environment = production ]]; then
    staging=(--context "$3")
    [[ $(branch_of "${staging[@]}") = develop ]] || refuse "the context $3 is not the staging cluster"
    verified=$(oc "${staging[@]}" get imagestream "$STREAM" --namespace "$PROJECT" \
        --output "jsonpath={.metadata.annotations.${RECORD//./\\.}}")
    [[ $verified = "$commit" ]] ||
        refuse "staging first. Verified there: ${verified:-nothing}; run there: openshift/deploy.sh staging $commit"
fi

# The image that pods follow, or nothing before the first deployment.
running() {
    oc get imagestreamtag "$STREAM:latest" --namespace "$PROJECT" --ignore-not-found --output \
        "jsonpath={.image.metadata.name}"
}

# What was built last: image digest and the commit that it was built from.
built() {
    oc get imagestreamtag "$STREAM:built" --namespace "$PROJECT" --output \
        "jsonpath={.image.metadata.name} {.image.dockerImageMetadata.Config.Labels.io\.openshift\.build\.commit\.id}"
}

move_to() { oc tag "$STREAM@$1" "$STREAM:latest" --source imagestreamimage --namespace "$PROJECT" >&2; }

# All containers of a Deployment or a CronJob, the initial ones too, have the image.
has_image() {
    local pod=.spec.template.spec images image
    [[ $1 = cronjob/* ]] && pod=.spec.jobTemplate$pod
    images=$(oc get "$1" --namespace "$PROJECT" --output \
        "jsonpath={${pod}.initContainers[*].image} {${pod}.containers[*].image}") || return 1
    for image in $images; do [[ $image = *"@$2" ]] || return 1; done
}

# Everything runs the image. An older roll-out that has ended must not pass for this one: hence the look at the images.
runs() {
    local workload deployment waited
    for workload in "${DEPLOYMENTS[@]/#/deployment/}" "cronjob/$CRONJOB"; do
        waited=0
        until has_image "$workload" "$1"; do
            if ((waited >= TRIGGERED_WITHIN_S)); then
                say "$workload was not given the image $1 within $TRIGGERED_WITHIN_S s"
                return 1
            fi
            sleep "$LOOK_EVERY_S"
            waited=$((waited + LOOK_EVERY_S))
        done
    done
    for deployment in "${DEPLOYMENTS[@]}"; do
        oc rollout status "deployment/$deployment" --namespace "$PROJECT" --timeout "$ROLLED_OUT_WITHIN" || {
            say "the roll-out of $deployment failed: oc logs deployment/$deployment --all-containers"
            return 1
        }
    done
}

serves_a_page() {
    oc exec deployment/blockerbugs-web --namespace "$PROJECT" --container web -- python -c "$PAGE" >/dev/null || {
        say "the web serves no page: oc logs deployment/blockerbugs-web"
        return 1
    }
}

go_back() {
    if [[ -z $previous ]]; then
        say "FAILED, and there is no previous image to go back to."
        exit 3
    fi
    say "Going back to $previous"
    if move_to "$previous" && runs "$previous"; then
        say "Not deployed: the previous image runs. The schema stays as it is: the previous version runs on it."
        exit 1
    fi
    say "FAILED, and the previous image does not run either. Look now: oc get pods; oc get events"
    exit 3
}

previous=$(running) || refuse "the image stream cannot be read"
say "Building $commit for $environment; running now: ${previous:-nothing}"
if ! oc start-build "$STREAM" --namespace "$PROJECT" --commit "$commit" --follow --wait; then
    say "Not deployed: the build failed. Nothing was changed."
    exit 1
fi
if ! what=$(built) || ! now=$(running); then
    say "Not deployed: the build has ended, but the image stream cannot be read. Nothing was changed."
    exit 1
fi
image=${what%% *}
built_commit=${what##* }
if [[ $built_commit != "$commit" || $now != "$previous" ]]; then
    say "Not deployed: somebody else is at it. Built last: ${built_commit:-nothing}; running now: ${now:-nothing}."
    exit 1
fi

trap 'say "Interrupted: the roll-out goes on. To go back: oc tag -n $PROJECT $STREAM@$previous $STREAM:latest"; exit 130' INT TERM
if move_to "$image" && runs "$image" && serves_a_page; then
    oc annotate imagestream "$STREAM" --namespace "$PROJECT" --overwrite "$RECORD=$commit" >&2 || {
        say "Deployed: $environment runs $commit ($image), but that could not be noted: run this again."
        exit 3
    }
    say "Deployed: $environment runs $commit ($image)"
else
    go_back
fi
