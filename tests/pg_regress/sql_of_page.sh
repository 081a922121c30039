# The first block of SQL below a heading of a page: sql_of_page.sh PAGE HEADING
awk -v heading="$2" '
    $0 == heading { below = 1 }
    below && inside && $0 == "```" { exit }
    inside { print }
    below && $0 == "```sql" { inside = 1 }
' "$1"
