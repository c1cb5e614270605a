# Processor time per request, stacked by who spends it: for the product and the two ceilings, each
# at its best number of connections. Reads best.awk. Leaves out the first pull, which takes a
# hundred times as long.

modes = system("cut -f 2 '".data."' | awk '!seen[$0]++ && $0 != \"first\"'")
sides = "product transport database"
count = words(modes)
set terminal svg size 830,(70 + 75 * count) font "sans-serif,12" background "white"
set margins 30,8,3,3
unset key
set label "● nginx" at screen 0.03,screen 0.965 textcolor linestyle 1
set label "● worker, responder or SQL client" at screen 0.15,screen 0.965 textcolor linestyle 3
set label "● mariadbd" at screen 0.46,screen 0.965 textcolor linestyle 2
set xlabel "microseconds of processor time"
set xrange [0:*]
set yrange [4 * count:-0.5]
set grid noytics xtics
unset ytics
set border 1
set style fill solid noborder

place_of(mode) = sum [k = 1:count] (word(modes, k) eq mode ? k - 1 : 0)
place_in(side) = sum [s = 1:3] (word(sides, s) eq side ? s : 0)
y(mode, side, devices) = devices == 1 && mode ne "first" ? 4 * place_of(mode) + place_in(side) : NaN
micros(c) = valid(c) ? column(c) : 0
# Where the bars of nginx, the worker and MariaDB end. Of the bare SQL the client stands where a
# worker would; elsewhere it is no part of the server.
nginx(side) = micros(12)
worker(side) = nginx(side) + (side eq "database" ? micros(15) : micros(13))
mariadbd(side) = worker(side) + micros(14)
Y = "(y(strcol(2), strcol(5), $3))"
HEIGHT = "(y(strcol(2), strcol(5), $3) - 0.45):(y(strcol(2), strcol(5), $3) + 0.45)"

do for [k = 1:count] {
    set label mode_title(word(modes, k)) at screen 0.03,first 4 * (k - 1) + 0.15 left font ",13"
    do for [s = 1:3] {
        set label side_name(word(sides, s)) at graph -0.01,first 4 * (k - 1) + s right
    }
}
plot data using (0):@Y:(0):(nginx(strcol(5))):@HEIGHT \
        with boxxyerror linestyle 1, \
    data using (0):@Y:(nginx(strcol(5))):(worker(strcol(5))):@HEIGHT \
        with boxxyerror linestyle 3, \
    data using (0):@Y:(worker(strcol(5))):(mariadbd(strcol(5))):@HEIGHT \
        with boxxyerror linestyle 2, \
    data using (mariadbd(strcol(5))):@Y:(sprintf("%.0f µs", mariadbd(strcol(5)))) \
        with labels left offset char 0.5,0
