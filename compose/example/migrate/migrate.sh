#!/bin/sh
# Takes each step that has not been taken yet, in the order of their names, and notes it.
set -eu

for step in /srv/steps/*.sh; do
    name=$(basename "$step" .sh)
    if test -e "/schema/$name.done"; then
        echo "$name: done before"
    else
        sh "$step"
        touch "/schema/$name.done"
        echo "$name: done"
    fi
done
