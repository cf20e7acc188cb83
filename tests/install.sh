#!/bin/bash
# Installs what is missing of the named sets of tests/packages.txt: install.sh build test
# Leaves apt alone when nothing is missing. Needs root or sudo only when something is.
set -euo pipefail
cd "$(dirname "$0")"

wanted() {
    local set
    for set in "$@"; do
        awk -v set="$set" '$1 == set { print $2 }' packages.txt
    done
}

# Also where another package provides it, as newer nodejs does npm.
is_installed() {
    [ "$(dpkg-query -W -f '${db:Status-Status}' "$1" 2>/dev/null)" = installed ] ||
        dpkg-query -W -f '${db:Status-Status} ${Provides},\n' 2>/dev/null | grep "^installed .*\b$1[, ]" >/dev/null
}

as_root() {
    if [ "$(id -u)" = 0 ]; then
        env DEBIAN_FRONTEND=noninteractive "$@"
    elif command -v sudo >/dev/null; then
        sudo env DEBIAN_FRONTEND=noninteractive "$@"
    else
        echo "Needed, as root: apt-get install ${missing[*]}" >&2
        exit 3
    fi
}

[ $# -gt 0 ] || { sed -n '2,3s/^# //p' "$0"; exit 2; }
missing=()
for package in $(wanted "$@"); do
    is_installed "$package" || missing+=("$package")
done
if [ ${#missing[@]} -gt 0 ]; then
    echo "Installing ${missing[*]}"
    as_root apt-get update -qq </dev/null
    as_root apt-get install -y -qq --no-install-recommends "${missing[@]}" </dev/null
fi
