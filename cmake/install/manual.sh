#!/bin/sh
# Manual pages and completion from what the programs say of themselves: manual.sh OUTPUT VERSION LEDGER [PROGRAM]
set -eu
here=$(dirname "$0")
output=$1 version=$2 ledger=$3 program=${4:-}

rm -rf "$output"
mkdir -p "$output/man" "$output/help"

page() { # NAME HELP [usage_in_list]
  awk -v version="$version" -v usage_in_list="${3:-}" -f "$here/man.awk" "$2" > "$output/man/$1.1"
}

"$ledger" --help > "$output/help/ledger"
page archipelago-ledger "$output/help/ledger" 1
if [ -n "$program" ]; then
  "$program" --help > "$output/help/archipelago"
  page archipelago "$output/help/archipelago"
  sed -n '/^Commands:$/,/^$/s/^  \([a-z][a-z-]*\) .*/\1/p' "$output/help/archipelago" > "$output/commands"
  while read -r command; do
    [ "$command" = ledger ] && continue
    "$program" "$command" --help > "$output/help/$command" < /dev/null
    page "archipelago-$command" "$output/help/$command"
  done < "$output/commands"
else
  printf 'ledger\n' > "$output/commands"
fi
{
  if [ -n "$program" ]; then printf '@ archipelago archipelago\n'; cat "$output/help/archipelago"; fi
  while read -r command; do
    printf '@ archipelago %s\n' "$command"
    cat "$output/help/$command"
  done < "$output/commands"
} | awk -f "$here/completion.awk" > "$output/archipelago.bash"
