# A command's --help becomes a manual page: awk -v version=V -f man.awk HELP > archipelago-COMMAND.1
function text(line) {
  gsub(/\\/, "\\e", line)
  gsub(/-/, "\\-", line)
  if (line ~ /^[.']/) line = "\\&" line
  return line
}
function blanks(n) { return substr($0, 1, n) ~ /^ *$/ && length($0) > n }
function section(name) { pending = 0; printf ".SH %s\n", toupper(name); in_section = toupper(name); plain = 1 }
function keep(on) { # lines as they are
  if (on == kept) return
  print on ? ".nf" : ".fi"
  kept = on
}
function entry(tag, what) { printf ".TP\n.B %s\n", text(tag); if (what != "") print text(what) }

NR == 1 {
  at = index($0, ": ")
  name = substr($0, 1, at - 1); summary = substr($0, at + 2)
  split(name, word, " ")
  page = (word[1] == "archipelago" && word[2] != "" && word[2] !~ /^[0-9]/) ? word[1] "-" word[2] : word[1]
  printf ".TH %s 1 \"\" \"archipelago %s\" \"Archipelago\"\n", toupper(text(page)), version
  printf ".SH NAME\n%s \\- %s\n", text(page), text(summary)
  next
}
/^Usage: / { section("synopsis"); printf ".B %s\n", text(substr($0, 8)); described = 0; next }
/^(Commands|Options):$/ { keep(0); section(substr($0, 1, length($0) - 1)); next }
/^Examples?:$/ { keep(0); section("examples"); keep(1); next }
/^Example: / { keep(0); section("examples"); keep(1); print "  " text(substr($0, 10)); keep(0); next }
/^Exit status: / { keep(0); section("exit status"); print text(substr($0, 14)); next }
/^$/ { if (in_section == "COMMANDS" || in_section == "OPTIONS" || in_section == "EXAMPLES") pending = 1
       else if (!blank && in_section != "SYNOPSIS" && in_section != "") { keep(0); print ".PP" }
       next }
pending { keep(0); section("notes"); pending = 0; blank = 1 }
in_section == "OPTIONS" && blanks(30) { sub(/^ +/, ""); print text($0); next }
in_section == "OPTIONS" { whole = substr($0, 35, 1) != " " # a long one stands alone on its line
  tag = whole ? $0 : substr($0, 1, 34); what = whole ? "" : substr($0, 36); gsub(/^ +| +$/, "", tag); entry(tag, what); next }
in_section == "COMMANDS" { at = $1; sub(/^ +[^ ]+ +/, ""); printf ".TP\n.BR archipelago\\-%s (1)\n%s\n", text(at), text($0); next }
in_section == "EXAMPLES" { print text($0); next }
{ if (in_section == "SYNOPSIS" || in_section == "") { section("description") } }
blanks(6) && tagged { sub(/^ +/, ""); print text($0); tagged = 0; next }
/^  [a-z]/ && usage_in_list { sub(/^ +/, ""); entry($0, ""); tagged = 1; next }
/^ / { keep(1); print text($0); blank = 0; next }
{ if (usage_in_list && tagged_any) { print ".PP"; tagged_any = 0 } keep(0); print text($0); blank = 0 }
