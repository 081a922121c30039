#!/usr/bin/env bash
# Plain English: words and phrases that make readers read a sentence twice. Arguments: files or folders; the clean ones unless given.
set -euo pipefail
cd "$(dirname "$0")/.."

# What is clean, and stays clean. Add a folder once `tests/words.sh FOLDER` finds nothing in it.
clean=(README.md CHANGELOG.md CONTRIBUTING.md SECURITY.md docs docker sql src tests benches clients)

# One pattern a line, and what to write instead. A space also matches the end of a line, with the marks of a comment or the
# seam of two SQL literals.
list=$(
    cat <<'LIST'
whoever|whomever|whosoever   # name who it is: the caller, the worker, the session, a role
nobody|somebody|someone|anybody|everybody   # name who it is: no session, another session, any role
he|him|his|himself|she|her|hers|herself   # a program is "it", a reader is "you", people are "they"
of which|of whom   # begin a new sentence
thereof|therein|thereby|thereupon|hereby|whereof|whereby|wherein|whence   # begin a new sentence
likewise   # repeat what is alike
(?-i:The same)\.   # say what it is: each comment stands alone
as ever|(?-i:[Aa]s always)|by and by|for ever   # delete it
at the turn of   # name the setting
put right|puts right   # corrected, repaired
let in|lets in   # admitted
stand aside|stands aside|stood aside|step aside|steps aside   # name the table that holds it
left word|leaves word|leave word   # writes a row, sends a notification
has to say|have to say|does justice to|do justice to   # name the check
on the same footing   # name what it replaces
as it were|so to speak|lest|nought|amiss|hitherto|henceforth   # archaic: delete it
LIST
)

[ $# -gt 0 ] && clean=("$@")
files=$(git ls-files --cached --others --exclude-standard -- "${clean[@]}" | grep -E '\.(md|rs|sql|sh|spec|rb|py|js|mjs|ts|toml)$|Dockerfile$' |
    grep -vx tests/words.sh)
LIST=$list perl -e '
    my @rules = map { /^(.*\S)\s+#\s(.*)$/ or die "words: no advice: $_\n"; [$1, $2] } split /\n/, $ENV{LIST};
    my $found = 0;
    for my $file (@ARGV) {
        open my $in, "<", $file or next;
        local $/;
        my $text = <$in>;
        for (@rules) {
            my ($pattern, $advice) = @$_;
            $pattern =~ s{ }{(?:\\s|\\x27\\n\\s*\\x27|\\n\\s*(?://[/!]?|--|#|\\*)\\s)+}g;
            while ($text =~ /(?<![\w`])(?:$pattern)(?!\w)/gi) {
                my ($word, $line) = ($&, 1 + (substr($text, 0, $-[0]) =~ tr/\n//));
                $word =~ s/\s+/ /g;
                print "$file:$line: \"$word\": $advice\n";
                $found++;
            }
        }
    }
    exit($found > 0);
' $files || {
    printf 'words: plain English, please (the list is in tests/words.sh)\n' >&2
    exit 1
}
