# Deck counts seconds.
s/set: now_ms, live: 0/set: now_s, live: 0/
