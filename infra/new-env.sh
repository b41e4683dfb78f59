#!/bin/sh
# Writes .env from .env.example, with a random value (256 bits, hexadecimal) for every setting that is empty there.
# An .env that exists is left alone: its secrets are in use.
set -eu
cd "$(dirname "$0")/.."

if [ -e .env ]; then
  echo '.env exists already' >&2
  exit 1
fi

umask 077
while IFS= read -r line; do
  case $line in
    '#'*) ;;
    *=) line=$line$(od -An -v -N32 -tx1 /dev/urandom | tr -d ' \n') ;;
  esac
  printf '%s\n' "$line"
done <.env.example >.env.new
mv .env.new .env
echo 'Wrote .env'
