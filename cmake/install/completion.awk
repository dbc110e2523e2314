# The --help of all commands becomes a completion for bash. Each command's help follows a line "@ PROGRAM COMMAND"; the words
# after an option come from what its help shows of its argument.
function flush_options() { if (command != "") { names[++n] = command; all[command] = options } options = "" }
function takes(option, argument) {
  if (argument == "") return
  if (argument ~ /^[a-z0-9.-]+(\|[a-z0-9.-]+)+$/) { gsub(/\|/, " ", argument); words[command " " option] = argument }
  else if (argument !~ /FILE|DIR|CASE|FOLDER|STUDY|RUN|OUT|LINES/) words[command " " option] = ""
}
/^@ / { flush_options(); program = $2; command = $3; next }
command == "archipelago" && /^Commands:$/ { listing = 1; next }
command == "archipelago" && /^$/ { listing = 0 }
listing && /^  [a-z]/ { options = options " " $1; next }
command == "ledger" && /^  [a-z]/ { # a line for each of the ledger's commands, with its options
  verb = $1; options = options " " verb; mine = ""
  line = $0
  while (match(line, /--[a-z-]+( [A-Z][A-Z|]*)?/)) {
    split(substr(line, RSTART, RLENGTH), part, " ")
    if (index(" " mine " ", " " part[1] " ") == 0) mine = mine " " part[1]
    line = substr(line, RSTART + RLENGTH)
  }
  if ($0 ~ /-o /) mine = mine " -o"
  verbs[++v] = verb; verb_options[verb] = mine
  next
}
/^Options:$/ { optioned = 1; next }
/^$/ { optioned = 0; next }
optioned && match($0, /^  (-[a-zA-Z], |    )--[a-z0-9-]+/) {
  shown = substr($0, 1, 34); if (length($0) > 34 && substr($0, 35, 1) != " ") shown = $0
  short = substr($0, 3, 1) == "-" ? substr($0, 3, 2) : ""
  k = split(shown, part, " ")
  long = short == "" ? part[1] : part[2]
  argument = short == "" ? part[2] : part[3]
  sub(/[[=].*/, "", long) # a value that may follow with "="
  options = options " " long (short == "" ? "" : " " short)
  takes(long, argument)
  if (short != "") takes(short, argument)
}
END {
  flush_options()
  print "# bash completion for archipelago and archipelago-ledger; made from their --help.\n"
  print "_archipelago()\n{"
  print "  local current=\"${COMP_WORDS[COMP_CWORD]}\" previous=\"${COMP_WORDS[COMP_CWORD - 1]}\" at=1 command=\"\" verb=\"\" words=\"\""
  print "  COMPREPLY=()"
  print "  if [ \"${COMP_WORDS[0]##*/}\" = archipelago-ledger ]; then command=ledger; at=0; else command=\"${COMP_WORDS[1]}\"; fi"
  print "  verb=\"${COMP_WORDS[at + 1]}\""
  print "  if [ \"$COMP_CWORD\" -eq 1 ] && [ \"$at\" -eq 1 ]; then"
  for (k = 1; k <= n; k++) if (names[k] == "archipelago") printf "    words=\"%s --help --version\"\n", substr(all[names[k]], 2)
  print "  elif [ \"$command\" = ledger ] && [ \"$COMP_CWORD\" -eq $((at + 1)) ]; then"
  printf "    words=\"%s --help\"\n", substr(all["ledger"], 2)
  print "  elif [ \"$command\" = ledger ]; then\n    case \"$verb\" in"
  for (k = 1; k <= v; k++) printf "    %s) words=\"%s --help\" ;;\n", verbs[k], substr(verb_options[verbs[k]], 2)
  print "    esac\n  else\n    case \"$command $previous\" in"
  for (key in words) order[++o] = key
  for (i = 2; i <= o; i++) for (j = i; j > 1 && order[j - 1] > order[j]; j--) { t = order[j]; order[j] = order[j - 1]; order[j - 1] = t }
  for (i = 1; i <= o; i++) printf "    \"%s\") %s ;;\n", order[i], words[order[i]] == "" ? "return" : "words=\"" words[order[i]] "\""
  print "    *)\n      case \"$command\" in"
  for (k = 1; k <= n; k++)
    if (names[k] != "archipelago" && names[k] != "ledger") printf "      %s) words=\"%s\" ;;\n", names[k], substr(all[names[k]], 2)
  print "      esac\n      [ \"${current:0:1}\" = - ] || words=\"\"\n      ;;\n    esac\n  fi"
  print "  if [ \"$command\" = ledger ] && [ \"$COMP_CWORD\" -gt $((at + 1)) ] && [ \"${current:0:1}\" != - ]; then words=\"\"; fi"
  print "  if [ -n \"$words\" ]; then mapfile -t COMPREPLY < <(compgen -W \"$words\" -- \"$current\"); fi"
  print "}"
  print "complete -o default -F _archipelago archipelago archipelago-ledger"
}
