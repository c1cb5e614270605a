# Time per request against the number of diffs in the table, as a multiple of the time with the
# fewest: a panel for each mode and kind of owner. Reads best.awk, the fewest diffs of a case first.

sides = "transport database product"
cases = distinct("2,3")
panels = words(cases)
width = panels > 1 ? 300.0 * columns_of(panels) : 480.0
height = 40.0 + 225 * rows_of(panels)
set terminal svg size width,height font "sans-serif,12" background "white"
head = 40 / height
set multiplot layout rows_of(panels),columns_of(panels) \
    margins char 6,char 2,char 3.5,screen 1 - 1.6 * head spacing char 7,char 6
set logscale x
unset mxtics
set format x "10^{%T}"
set format y "%g ×"
set xlabel "diffs in the table" offset 0,0.5
set offsets graph 0.05,graph 0.05,0,0
set yrange [0:3]
set ytics 0.5
set arrow from graph 0,first 1 to graph 1,first 1 nohead linecolor rgb "#999999" back

colon(text) = strstrt(text, ":")
mode_of(text) = text[1:colon(text) - 1]
devices_of(text) = int(text[colon(text) + 1:*])
# The first row of a side sets what the others are measured by.
multiple(mode, devices, side) = (of(mode, devices, side, 1) == 1 && fewest == 0 ? fewest = $6 : 0, \
    fewest == 0 ? NaN : of(mode, devices, side, fewest / $6))
unset key
do for [k = 2:3] {
    set label k "● ".side_name(word(sides, k)) at screen (25 + 120 * (k - 2)) / width,screen 1 - 0.5 * head \
        textcolor linestyle k
}
do for [panel = 1:panels] {
    mode = mode_of(word(cases, panel))
    devices = devices_of(word(cases, panel))
    set title mode_title(mode).(devices > 1 ? ", one owner" : "")
    if (panel == 2) { unset label }
    plot for [k = 2:3] side = word(sides, k), fewest = 0, \
        data using 1:(multiple(mode, devices, side)) with linespoints linestyle k
}
unset multiplot
