# Shared by the plots; loaded before each of them, with `data` set to a file of summary.awk or
# best.awk. Columns: rows mode devices connections side, rate least greatest, p50 p99 max,
# processor time of nginx workers mariadbd client.

set datafile separator "\t"
# A row of another mode or side is skipped; it does not interrupt the line.
set datafile missing NaN
set style line 1 linecolor rgb "#0072b2" linewidth 2 pointtype 7 pointsize 0.6
set style line 2 linecolor rgb "#d55e00" linewidth 2 pointtype 7 pointsize 0.6
set style line 3 linecolor rgb "#009e73" linewidth 2 pointtype 7 pointsize 0.6
set border 3 linecolor rgb "#666666"
set tics nomirror textcolor rgb "#222222"
set grid ytics linecolor rgb "#dddddd" linetype 1
set title font ",13" offset 0,-0.5

mode_title(mode) = mode eq "pull0" ? "pull, nothing new" : mode eq "pull10" ? "pull of 10" : \
    mode eq "push1" ? "push of 1" : mode eq "push10" ? "push of 10" : \
    mode eq "mix" ? "9 pulls, 1 push" : "first pull of 10,000"

side_name(side) = side eq "transport" ? "nginx + constant responses" : \
    side eq "database" ? "bare SQL" : "mobync"

# The value of a row of this mode, number of devices and side, else NaN.
of(mode, devices, side, value) = \
    strcol(2) eq mode && $3 == devices && strcol(5) eq side ? value : NaN

# The distinct values of a pattern of columns, in the order of the file.
distinct(columns) = system("cut -f ".columns." '".data."' | tr '\\t' ':' | awk '!seen[$0]++'")

columns_of(panels) = panels < 3 ? panels : 3
rows_of(panels) = int((panels + 2) / 3)
