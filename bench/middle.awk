# What several tables share: lines of name=value, and the middle of what was measured in each round.

BEGIN {
    name["pull0"] = "pull, nothing new"
    name["pull10"] = "pull of 10"
    name["push1"] = "push of 1"
    name["push10"] = "push of 10"
}

function take(line, i, part) {
    delete value
    for (i = 1; i <= NF; i++) {
        split($i, part, "=")
        value[part[1]] = part[2]
    }
    if (value["round"] > rounds)
        rounds = value["round"]
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

# The middle of the ratios of two sides, round by round, of list[mode, round, side].
function divide(list, mode, over, under, i, ratios) {
    for (i = 1; i <= rounds; i++)
        ratios[i] = list[mode, i, over] / list[mode, i, under]
    return middle(ratios, rounds)
}
