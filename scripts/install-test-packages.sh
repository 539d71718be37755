#!/usr/bin/env bash
# Installs what some tests need and npm does not bring along: a browser, identity providers that others wrote, an XML
# signature tool, a Redis, a gateway. For Debian and its relatives, as root. Does nothing when all is there; leaves no service
# running. Tests whose packages are missing are skipped and say so.
set -euo pipefail

packages=(
  chromium
  xmlsec1
  redis-server
  caddy
  # SimpleSAMLphp, run by PHP's own web server
  simplesamlphp php-cli php-xml php-mbstring
  # LemonLDAP::NG, with what Debian only suggests for SAML and OpenID Connect
  nginx liblemonldap-ng-portal-perl lemonldap-ng-fastcgi-server
  liblasso-perl libxml-simple-perl libstring-random-perl libio-string-perl
  libcrypt-openssl-x509-perl libcrypt-openssl-rsa-perl
)

missing=()
for name in "${packages[@]}"; do
  [ "$(dpkg-query --show --showformat='${db:Status-Status}' "$name" 2>/dev/null || true)" = installed ] || missing+=("$name")
done
[ ${#missing[@]} -gt 0 ] || exit 0
echo "Installing for tests: ${missing[*]}"

# Whoever installs a web server's package gets it started, unless this file says no.
policy=/usr/sbin/policy-rc.d
log=$(mktemp)
restore() {
  rm -f "$policy" "$log"
  [ ! -e "$policy.kept" ] || mv "$policy.kept" "$policy"
}
[ ! -e "$policy" ] || mv "$policy" "$policy.kept"
trap restore EXIT
printf '#!/bin/sh\nexit 101\n' >"$policy"
chmod +x "$policy"

export DEBIAN_FRONTEND=noninteractive
{
  apt-get update &&
    apt-get install --yes --no-install-recommends "${missing[@]}"
} >"$log" 2>&1 || {
  tail -n 20 "$log"
  exit 1
}
