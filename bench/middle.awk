# What several tables share: lines of name=value, and the middle of what was measured in each round.

function take(line, i, part) {
    delete value
    for (i = 1; i <= NF; i++) {
        split($i, part, "=")
        value[part[1]] = part[2]
    }
}

# "median (least–greatest)" of list[1..count]
function middle(list, count, i, k, held, sorted) {
    for (i = 1; i <= count; i++) {
        held = list[i]
        for (k = i - 1; k >= 1 && sorted[k] > held; k--)
            sorted[k + 1] = sorted[k]
        sorted[k + 1] = held
    }
    held = count % 2 ? sorted[(count + 1) / 2] : (sorted[count / 2] + sorted[count / 2 + 1]) / 2
    return sprintf("%.2f (%.2f–%.2f)", held, sorted[1], sorted[count])
}
