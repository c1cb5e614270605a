# Requests per second against connections: one panel per mode with distinct owners, one line per
# side. Bars reach from the least to the greatest.

sides = "transport database product"
modes = distinct("2")
panels = words(modes)
width = panels > 1 ? 300.0 * columns_of(panels) : 480.0
height = 40.0 + 225 * rows_of(panels)
set terminal svg size width,height font "sans-serif,12" background "white"
head = 40 / height
set multiplot layout rows_of(panels),columns_of(panels) \
    margins char 7,char 2,char 3.5,screen 1 - 1.6 * head spacing char 8,char 6
set logscale x 2
set xtics (1, 2, 4, 8, 16, 32, 64, 128, 256)
set xrange [0.8:160]
set yrange [0:*]
set format y "%.0s%c"
set xlabel "connections" offset 0,0.5
unset key
do for [k = 1:3] {
    set label k "● ".side_name(word(sides, k)) at screen (25 + 200 * (k - 1)) / width,screen 1 - 0.5 * head \
        textcolor linestyle k
}
do for [panel = 1:panels] {
    mode = word(modes, panel)
    set title mode_title(mode).", requests/s"
    if (panel == 2) { unset label }
    plot for [k = 1:3] side = word(sides, k) \
        data using 4:(of(mode, 1, side, $6)):7:8 with yerrorlines linestyle k
}
unset multiplot
