# From the lines of summary.awk: requests a second against connections, a panel for each mode of
# distinct owners, a line for each side; the bars reach from the least to the greatest.

BEGIN {
    FS = "\t"
    PANEL_W = 300; PANEL_H = 220; LEFT = 52; TOP = 34; PLOT_W = 225; PLOT_H = 145
    split("transport database product", sides, " ")
}

$3 == 1 {
    if (!($2 in panel_of)) {
        panel_of[$2] = ++panels
        modes[panels] = $2
    }
    if (!($4 in place_of)) {
        place_of[$4] = ++places
        connections[places] = $4
    }
    rate[$2, $4, $5] = $6
    least[$2, $4, $5] = $7
    greatest[$2, $4, $5] = $8
    if ($8 + 0 > most[$2])
        most[$2] = $8
}

function x_of(place) {
    return LEFT + (places > 1 ? (place - 1) * PLOT_W / (places - 1) : PLOT_W / 2)
}

function y_of(value, top) {
    return TOP + PLOT_H - PLOT_H * value / top
}

function draw_axes(mode, top, step, k) {
    svg_text(LEFT + PLOT_W / 2, 16, "middle", mode_title(mode), "font-weight=\"bold\"")
    svg_text(6, 16, "start", "per s", "fill-opacity=\"0.7\"")
    for (k = 0; k <= 4; k++) {
        svg_line(LEFT, y_of(k * step, top), LEFT + PLOT_W, y_of(k * step, top), "#dddddd", 1)
        svg_text(LEFT - 6, y_of(k * step, top) + 4, "end", short_number(k * step), "")
    }
    for (k = 1; k <= places; k++)
        svg_text(x_of(k), TOP + PLOT_H + 17, "middle", connections[k], "")
    svg_text(LEFT + PLOT_W / 2, TOP + PLOT_H + 33, "middle", "connections", "fill-opacity=\"0.7\"")
}

function draw_side(mode, side, top, k, key, last_x, last_y, x, y) {
    last_x = -1
    for (k = 1; k <= places; k++) {
        key = mode SUBSEP connections[k] SUBSEP side
        if (!(key in rate))
            continue
        x = x_of(k)
        y = y_of(rate[key], top)
        svg_line(x, y_of(least[key], top), x, y_of(greatest[key], top), side_color(side), 1)
        if (last_x >= 0)
            svg_line(last_x, last_y, x, y, side_color(side), 2)
        svg_dot(x, y, side_color(side))
        last_x = x
        last_y = y
    }
}

END {
    columns = panels < 3 ? panels : 3
    height = int((panels + columns - 1) / columns) * PANEL_H
    svg_open(columns * PANEL_W < 480 ? 480 : columns * PANEL_W, height + 34)
    x = 20
    for (k = 1; k <= 3; k++)
        x = svg_legend(x, 22, side_color(sides[k]), side_name(sides[k]))
    svg_text(x, 22, "start", "(requests a second)", "fill-opacity=\"0.7\"")
    for (p = 1; p <= panels; p++) {
        printf "<g transform=\"translate(%d,%d)\">\n", (p - 1) % columns * PANEL_W, 34 + int((p - 1) / columns) * PANEL_H
        step = round_step(most[modes[p]], 4)
        draw_axes(modes[p], step * 4, step)
        for (k = 1; k <= 3; k++)
            draw_side(modes[p], sides[k], step * 4)
        print "</g>"
    }
    svg_close()
}
