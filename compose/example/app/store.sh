#!/bin/sh
# A store: serves /data/private to those who know the password.
set -eu

password=$(sed -n 's/^store_password: //p' /run/secrets/credentials)
test -n "$password" || { echo "no store_password in /run/secrets/credentials"; exit 1; }

mkdir -p /data/private
echo "hello from the store" >/data/private/greeting.txt
echo "alive" >/data/alive.txt
printf '/private:app:%s\n' "$password" >/tmp/httpd.conf
exec httpd -f -p 8080 -h /data -c /tmp/httpd.conf
