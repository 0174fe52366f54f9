#!/usr/bin/env bash
# SPDX-License-Identifier: BSL-1.0
# bash kill.sh FOLDER COMMAND...: kills a program that saves, at several moments; it must leave a whole file each time.
set -euo pipefail
folder=$1
shift
cd "$folder"
rm -f -- *.safetensors*
"$@" save model.safetensors >saved.log 2>&1 & # until there is a first one
saver=$!
for ((i = 0; i < 600; ++i)); do
    if [[ -f model.safetensors ]]; then break; fi
    sleep 0.1
done
kill -KILL $saver
wait $saver 2>/dev/null || true
for delay in 0.51 0.62 0.73 0.84 0.95; do
    status=0
    timeout -s KILL "$delay" "$@" save model.safetensors >saved.log 2>&1 || status=$?
    if [[ $status -ne 137 ]]; then
        echo "at fault: it was to be killed, and ended with $status: $(cat saved.log)"
        exit 1
    fi
    "$@" check model.safetensors
done
