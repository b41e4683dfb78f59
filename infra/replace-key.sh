#!/bin/sh
# Replaces a key in .env in three steps, so that every process knows the new value before one uses it. Roll the services after each step.
#
#   sh infra/replace-key.sh add NAME     a new value behind the present one: all take both, and use the old one
#   sh infra/replace-key.sh use NAME     the new one in front: all use it
#   sh infra/replace-key.sh drop NAME    the old one goes
#
# A step that was made already changes nothing; how far it is stands in a comment of .env.
set -eu
cd "$(dirname "$0")/.."
step=${1:-}
name=${2:-}

case $name in
  ADMIN_API_KEY | SERVICE_API_KEY | INTERNAL_SIGNING_SECRET | GATEWAY_SIGNING_SECRET | CONSOLE_KEY | AUTH_ENCRYPTION_KEY | USERS_ENCRYPTION_KEY) ;;
  *)
    sed -n '4,6s/^# *//p' "$0" >&2
    echo 'of ADMIN_API_KEY, SERVICE_API_KEY, INTERNAL_SIGNING_SECRET, GATEWAY_SIGNING_SECRET, CONSOLE_KEY, AUTH_ENCRYPTION_KEY, USERS_ENCRYPTION_KEY' >&2
    exit 64
    ;;
esac

value=$(sed -n "s/^$name=//p" .env)
made=$(sed -n "s/^# $name is being replaced: //p" .env)
refuse() {
  echo "$name: $1" >&2
  exit 1
}

case $step:$made in
  add:added | use:used | drop:)
    echo "$name: $step was made already"
    exit 0
    ;;
  add:)
    case $value in
      '') refuse 'is not set in .env' ;;
      *,*) refuse 'has several values already; remove all but one of them' ;;
    esac
    value=$value,$(od -An -v -N32 -tx1 /dev/urandom | tr -d ' \n')
    made=added
    ;;
  use:added)
    value=${value#*,},${value%%,*}
    made=used
    ;;
  drop:used)
    value=${value%%,*}
    made=
    ;;
  use:) refuse 'add comes first' ;;
  drop:added) refuse 'use comes first' ;;
  add:used) refuse 'drop comes first' ;;
  *)
    sed -n '4,6s/^# *//p' "$0" >&2
    exit 64
    ;;
esac

umask 077
while IFS= read -r line; do
  case $line in
    "# $name is being replaced: "*) ;;
    "$name="*)
      [ -z "$made" ] || printf '%s\n' "# $name is being replaced: $made"
      printf '%s\n' "$name=$value"
      ;;
    *) printf '%s\n' "$line" ;;
  esac
done <.env >.env.new
mv .env.new .env
echo "$name: $step is made in .env; roll the services"
