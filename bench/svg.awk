# What the plots share: the frame of an SVG, text, lines. Plain SVG 1.1, no script, no font of its own.

function svg_open(width, height) {
    printf "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"%d\" height=\"%d\" viewBox=\"0 0 %d %d\" font-family=\"sans-serif\" font-size=\"12\">\n", width, height, width, height
    printf "<rect width=\"%d\" height=\"%d\" fill=\"#ffffff\"/>\n", width, height
}

function svg_close() {
    print "</svg>"
}

# anchor: start, middle or end
function svg_text(x, y, anchor, text, more) {
    printf "<text x=\"%.1f\" y=\"%.1f\" text-anchor=\"%s\" fill=\"#222222\" %s>%s</text>\n", x, y, anchor, more, text
}

function svg_line(x1, y1, x2, y2, color, width) {
    printf "<line x1=\"%.1f\" y1=\"%.1f\" x2=\"%.1f\" y2=\"%.1f\" stroke=\"%s\" stroke-width=\"%s\"/>\n", x1, y1, x2, y2, color, width
}

function svg_rect(x, y, width, height, color) {
    printf "<rect x=\"%.1f\" y=\"%.1f\" width=\"%.1f\" height=\"%.1f\" fill=\"%s\"/>\n", x, y, width, height, color
}

function svg_dot(x, y, color) {
    printf "<circle cx=\"%.1f\" cy=\"%.1f\" r=\"3\" fill=\"%s\"/>\n", x, y, color
}

# A coloured square and what it stands for; returns where the next one goes.
function svg_legend(x, y, color, text) {
    svg_rect(x, y - 10, 12, 12, color)
    svg_text(x + 17, y, "start", text, "")
    return x + 32 + 7 * length(text)
}

# The least round number (1, 2 or 5 and zeros) of which `steps` reach at least most.
function round_step(most, steps, unit) {
    for (unit = 1; unit * steps * 10 <= most; unit *= 10)
        ;
    if (unit * steps >= most)
        return unit
    if (unit * 2 * steps >= most)
        return unit * 2
    return unit * 5 * steps >= most ? unit * 5 : unit * 10
}

# 1200000 → 1.2M
function short_number(n) {
    if (n >= 1000000)
        return n / 1000000 "M"
    return n >= 1000 ? n / 1000 "k" : n ""
}

function mode_title(mode) {
    return mode == "pull0" ? "pull, nothing new" : mode == "pull10" ? "pull of 10" : \
        mode == "push1" ? "push of 1" : mode == "push10" ? "push of 10" : \
        mode == "mix" ? "9 pulls, 1 push" : "first pull of 10,000"
}

function side_color(side) {
    return side == "transport" ? "#0072b2" : side == "database" ? "#d55e00" : "#009e73"
}

function side_name(side) {
    return side == "transport" ? "nginx + constant answers" : side == "database" ? "bare SQL" : "mobync"
}
