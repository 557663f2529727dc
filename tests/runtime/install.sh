#!/usr/bin/env bash
# Debian trixie with Python 3.13, the app's requirements and Microsoft's own runtime library, in
# build/trixie. Needs a Debian or Ubuntu with root.
set -euo pipefail
cd "$(dirname "$0")/../.."
root=build/trixie
stamp=$(cat "$0" requirements.txt shared/requirements*.txt | sha256sum)
if [ "$(cat $root/installed 2>/dev/null)" = "$stamp" ]; then exit; fi

command -v debootstrap || { apt-get update && apt-get install --yes debootstrap; }
if [ ! -x $root/usr/bin/python3.13 ]; then
    rm -rf $root
    mkdir -p build
    debootstrap --variant=minbase --include=python3-venv,ca-certificates trixie $root
fi
cp -L /etc/resolv.conf $root/etc/resolv.conf
if [ -n "${PIP_CERT:-}" ]; then install -D "$PIP_CERT" "$root$PIP_CERT"; fi
mkdir -p $root/app/shared
cp requirements.txt $root/app/
cp shared/requirements*.txt $root/app/shared/
chroot $root python3 -m venv --clear /venv
chroot $root env -u PIP_FIND_LINKS /venv/bin/pip install --quiet --disable-pip-version-check \
    -r /app/requirements.txt 'azure-functions-runtime>=1.3,<2'
echo "$stamp" > $root/installed
