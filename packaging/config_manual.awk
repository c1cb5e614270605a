# Turns docs/config.md into the Markdown of a manual page: its title becomes the page's NAME, and
# each row of a table an entry of a definition list, because five columns do not fit on a terminal.
# usage: awk -f config_manual.awk config.md

function capital(text) {
    return toupper(substr(text, 1, 1)) substr(text, 2)
}

# The term is bold, without what Markdown would make of its characters.
function term(text) {
    gsub(/`/, "", text)
    gsub(/[][_*]/, "\\\\&", text)
    return "**" text "**"
}

/^```/ { in_code = !in_code }
in_code { print; next }
/^# / {
    print "# NAME\n\nmobync.yaml - configuration of the mobync sync server\n\n# DESCRIPTION"
    next
}
/^## / { print "# " toupper(substr($0, 4)); next }
/^### / { print substr($0, 2); next }
/^\|[-:| ]+$/ && /---/ { next }
/^\|/ {
    count = split(substr($0, 3), cells, / *\| */) - 1
    if (!in_table) {
        in_table = split(substr($0, 3), titles, / *\| */)
        next
    }
    printf "\n%s\n:   %s", term(cells[1]), cells[2]
    for (i = 3; i <= count; i++)
        if (cells[i] !~ /^–?$/)
            printf ". *%s*: %s", capital(titles[i]), cells[i]
    print "."
    next
}
{ in_table = 0; print }
END { print "\n# SEE ALSO\n\n**mobync**(8)" }
