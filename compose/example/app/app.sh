#!/bin/sh
# An app: asks the store every few seconds, and is healthy while the store answers.
set -eu
trap 'exit 0' TERM

password=$(sed -n 's/^store_password: //p' /run/secrets/credentials)
test -n "${SESSION_KEY:-}" || { echo "SESSION_KEY is empty"; exit 1; }
echo "log level $LOG_LEVEL, session key of ${#SESSION_KEY} characters"

while :; do
    if greeting=$(wget -q -O - "http://app:$password@$STORE/private/greeting.txt"); then
        test "$LOG_LEVEL" != debug || echo "the store says: $greeting"
        touch /tmp/healthy
    else
        echo "the store does not answer"
        rm -f /tmp/healthy
    fi
    sleep 5 &
    wait $!
done
