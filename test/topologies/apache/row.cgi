#!/bin/sh
# Appends a row, and answers when it is on the disk: GET /cgi-bin/row?17
printf '%s\n' "$QUERY_STRING" >>/data1/www/rows && sync /data1/www/rows || exit 1
printf 'Content-Type: text/plain\r\n\r\n%s\n' "$(hostname)"
