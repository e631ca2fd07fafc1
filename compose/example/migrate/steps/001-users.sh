#!/bin/sh
# The first step: a table, were this a database.
echo "id,name" >/schema/users.csv
