#!/bin/sh
# Installs the real servers and tools that the tests use, from the system's packages, when they are missing and root
# may. Without them the tests that need them are skipped by name (and fail under CI=true).
set -u
missing=""
need() { command -v "$1" >/dev/null 2>&1 || [ -x "/usr/sbin/$1" ] || missing="$missing $2"; }
need redis-server redis-server
need rabbitmq-server rabbitmq-server
need ffprobe ffmpeg
need nginx nginx-light
need chromium chromium
need npm npm
mongosh() {
    # MongoDB's own shell, for the tests of docs/mongo.md; it lies beside the server's other files.
    tools=var/tools/mongosh
    if [ -x "$tools/node_modules/.bin/mongosh" ] || ! command -v npm >/dev/null 2>&1; then return; fi
    echo "Installing mongosh for the tests …"
    mkdir -p "$tools"
    npm install --prefix "$tools" --silent --no-audit --no-fund mongosh@2 >/dev/null 2>&1 ||
        echo "Could not install mongosh. Tests that need it are skipped."
}
if [ -z "$missing" ]; then
    mongosh
    exit 0
fi
if [ "$(id -u)" != 0 ] || ! command -v apt-get >/dev/null 2>&1; then
    echo "Not installed:$missing. Tests that need them are skipped."
    mongosh
    exit 0
fi
echo "Installing$missing for the tests …"
# The packages would start services of their own; the tests start private ones on free ports.
policy=/usr/sbin/policy-rc.d
ours=""
if [ ! -e "$policy" ]; then
    printf '#!/bin/sh\nexit 101\n' >"$policy" && chmod +x "$policy" && ours=yes
fi
trap '[ -n "$ours" ] && rm -f "$policy"' EXIT
export DEBIAN_FRONTEND=noninteractive
# shellcheck disable=SC2086
apt-get install -y -q --no-install-recommends $missing >/dev/null 2>&1 ||
    { apt-get update -q >/dev/null 2>&1 && apt-get install -y -q --no-install-recommends $missing >/dev/null; } ||
    echo "Could not install$missing. Tests that need them are skipped."
mongosh
exit 0
