#!/usr/bin/env bash
# Builds infra/vm/Dockerfile as localhost/cnndemo without a Docker engine, for tests/container.
#
#     tests/container/build.sh            on a base made by debootstrap
#     BASE_IMAGE=ubuntu:24.04 tests/container/build.sh      on one from a registry
#
# The base is Ubuntu 24.04 where its archive can be reached and Debian 13 otherwise. All is kept
# in build/container/. Needs root; installs what is missing from Debian's or Ubuntu's packages.
set -euo pipefail
cd "$(dirname "$0")/../.."

folder=$PWD/build/container
export STORAGE_DRIVER=${STORAGE_DRIVER:-overlay}
buildah=(buildah --root "$folder/storage" --runroot "$folder/run")
mkdir -p "$folder"

missing=()
for program in buildah debootstrap; do
    command -v "$program" > /dev/null || missing+=("$program")
done
if [ ${#missing[@]} -gt 0 ]; then
    apt-get update
    apt-get install --yes --no-install-recommends "${missing[@]}"
fi

# Ubuntu's keys, as a package of Debian's, whose own keys vouch for it.
ubuntu_keys() {
    local lists=$folder/lists keys=$folder/keys
    mkdir -p "$lists/partial" "$keys"
    echo "deb http://deb.debian.org/debian trixie main" > "$folder/sources.list"
    local apt=(apt-get -o "Dir::Etc::SourceList=$folder/sources.list" -o Dir::Etc::SourceParts=/dev/null
        -o "Dir::State::Lists=$lists" -o APT::Sandbox::User=root)
    "${apt[@]}" update
    (cd "$keys" && rm -f ./*.deb && "${apt[@]}" download ubuntu-keyring && dpkg-deb -x ./*.deb .)
    cp "$keys/usr/share/keyrings/ubuntu-archive-keyring.gpg" "$folder/ubuntu.gpg"
}

noble() {
    [ -f /usr/share/keyrings/ubuntu-archive-keyring.gpg ] &&
        cp /usr/share/keyrings/ubuntu-archive-keyring.gpg "$folder/ubuntu.gpg" || ubuntu_keys || return
    local archive=http://archive.ubuntu.com/ubuntu
    debootstrap --variant=minbase --components=main,universe --keyring="$folder/ubuntu.gpg" \
        noble "$1" $archive /usr/share/debootstrap/scripts/gutsy || return
    for suite in noble noble-updates noble-security; do
        echo "deb $archive $suite main universe"
    done > "$1/etc/apt/sources.list"
}

trixie() {
    echo "Ubuntu's archive cannot be reached: this base is Debian 13" >&2
    rm -rf "$1"
    debootstrap --variant=minbase trixie "$1" http://deb.debian.org/debian
}

if [ -z "${BASE_IMAGE:-}" ]; then
    BASE_IMAGE=localhost/base
    if [ ! -f "$folder/base.tar" ]; then
        rm -rf "$folder/base"
        noble "$folder/base" || trixie "$folder/base"
        rm -rf "$folder"/base/var/cache/apt/* "$folder"/base/var/lib/apt/lists/*
        # Where packages come through a proxy with a certificate of its own.
        cp /etc/ssl/certs/ca-certificates.crt "$folder/base/etc/pip-ca.pem"
        tar --create --directory "$folder/base" --file "$folder/base.part" .
        rm -rf "$folder/base"
        mv "$folder/base.part" "$folder/base.tar"
    fi
    if ! "${buildah[@]}" inspect --type image $BASE_IMAGE > /dev/null 2>&1; then
        container=$("${buildah[@]}" from scratch)
        "${buildah[@]}" add --quiet "$container" "$folder/base.tar" /
        "${buildah[@]}" config --env PIP_CERT=/etc/pip-ca.pem \
            --env SSL_CERT_FILE=/etc/pip-ca.pem "$container"
        "${buildah[@]}" commit --quiet --rm "$container" $BASE_IMAGE
    fi
fi

build() {
    "${buildah[@]}" build --isolation chroot --format docker --layers \
        --build-arg "BASE_IMAGE=$BASE_IMAGE" --file infra/vm/Dockerfile --tag localhost/cnndemo .
}
# The kernel may refuse to seal buildah's copy of itself for a moment ("sealing memfd copy: Device
# or resource busy"), and mirrors drop out. Layers that were built are kept.
build || { sleep 5; build; } || { sleep 30; build; }
