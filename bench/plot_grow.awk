# From the lines of summary.awk: time of a request against the number of diffs in the table, as a
# multiple of the time with the fewest; a panel for each mode and kind of owner, the product and the
# bare SQL.

BEGIN {
    FS = "\t"
    PANEL_W = 300; PANEL_H = 220; LEFT = 46; TOP = 34; PLOT_W = 230; PLOT_H = 145; MOST = 2
}

# Of each number of connections the best rate counts.
$5 != "transport" {
    kind = $2 SUBSEP $3
    if (!(kind in panel_of)) {
        panel_of[kind] = ++panels
        kinds[panels] = kind
    }
    if (!(($1, kind) in places_known)) {
        places_known[$1, kind] = 1
        rows[kind, ++places[kind]] = $1
    }
    if ($6 + 0 > rate[kind, $1, $5])
        rate[kind, $1, $5] = $6
}

function x_of(kind, place) {
    return LEFT + (places[kind] > 1 ? (place - 1) * PLOT_W / (places[kind] - 1) : PLOT_W / 2)
}

function y_of(value) {
    return TOP + PLOT_H - PLOT_H * (value > MOST ? MOST : value) / MOST
}

function draw_axes(kind, k, part) {
    split(kind, part, SUBSEP)
    svg_text(LEFT + PLOT_W / 2, 16, "middle", mode_title(part[1]) (part[2] > 1 ? ", one owner" : ""), "font-weight=\"bold\"")
    for (k = 0; k <= MOST * 2; k++) {
        svg_line(LEFT, y_of(k / 2), LEFT + PLOT_W, y_of(k / 2), k == 2 ? "#999999" : "#dddddd", 1)
        svg_text(LEFT - 6, y_of(k / 2) + 4, "end", k / 2 " ×", "")
    }
    for (k = 1; k <= places[kind]; k++)
        svg_text(x_of(kind, k), TOP + PLOT_H + 17, "middle", short_number(rows[kind, k]), "")
    svg_text(LEFT + PLOT_W / 2, TOP + PLOT_H + 33, "middle", "diffs in the table", "fill-opacity=\"0.7\"")
}

function draw_side(kind, side, k, first, value, x, y, last_x, last_y) {
    first = rate[kind, rows[kind, 1], side]
    last_x = -1
    for (k = 1; k <= places[kind] && first > 0; k++) {
        if (!((kind, rows[kind, k], side) in rate))
            continue
        x = x_of(kind, k)
        y = y_of(first / rate[kind, rows[kind, k], side])
        if (last_x >= 0)
            svg_line(last_x, last_y, x, y, side_color(side), 2)
        svg_dot(x, y, side_color(side))
        last_x = x
        last_y = y
    }
}

END {
    columns = panels < 3 ? panels : 3
    svg_open(columns * PANEL_W < 480 ? 480 : columns * PANEL_W, int((panels + columns - 1) / columns) * PANEL_H + 34)
    x = svg_legend(20, 22, side_color("product"), side_name("product") ", time of a request")
    svg_legend(x, 22, side_color("database"), side_name("database"))
    for (p = 1; p <= panels; p++) {
        printf "<g transform=\"translate(%d,%d)\">\n", (p - 1) % columns * PANEL_W, 34 + int((p - 1) / columns) * PANEL_H
        draw_axes(kinds[p])
        draw_side(kinds[p], "database")
        draw_side(kinds[p], "product")
        print "</g>"
    }
    svg_close()
}
