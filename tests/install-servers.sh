#!/bin/sh
# Installs the real servers and tools that the tests use, from the system's packages, when they are missing and root
# may. Without them the tests that need them are skipped by name (and fail under CI=true).
set -u
missing=""
need() { command -v "$1" >/dev/null 2>&1 || [ -x "/usr/sbin/$1" ] || missing="$missing $2"; }
need redis-server redis-server
need rabbitmq-server rabbitmq-server
need ffprobe ffmpeg
need chromium chromium
[ -n "$missing" ] || exit 0
if [ "$(id -u)" != 0 ] || ! command -v apt-get >/dev/null 2>&1; then
    echo "Not installed:$missing. Tests that need them are skipped."
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
exit 0
