#!/bin/sh
# The second step: a first row.
echo "1,admin" >>/schema/users.csv
