#!/bin/sh
# Installs the Debian packages whose programs the tests use, as far as they are missing. Users of corex need none of them.
set -eu

# program package
wanted='
git git
python3 python3
runc runc
crun crun
skopeo skopeo
umoci umoci
busybox busybox-static
zstd zstd
iptables iptables
ip iproute2
/usr/lib/cni/bridge containernetworking-plugins
'

missing=$(echo "$wanted" | while read -r program package; do
  [ -z "$program" ] || command -v "$program" >/dev/null || echo "$package"
done)

if [ -z "$missing" ]; then
  echo 'All system packages are there'
  exit 0
fi

as_root=''
[ "$(id -u)" -eq 0 ] || as_root='sudo -n'
$as_root apt-get update -q
# shellcheck disable=SC2086
DEBIAN_FRONTEND=noninteractive $as_root apt-get install -q -y --no-install-recommends $missing
