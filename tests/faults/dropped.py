"""Stands between the workers and their database, and lets it drop a transaction at one of so many
commands in transactions, by chance.

usage: dropped.py DATABASE LINK ONE_OF SEED   two sockets; LINK is where the workers look

Says `up` on a line once LINK can be used, and on TERM how many transactions were dropped.
"""
import signal
import sys

import link


def main():
    database, path, one_of, seed = sys.argv[1:]
    signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGTERM})
    proxy = link.Link(path, database)
    proxy.drops = link.Drops(int(one_of), seed)
    print("up", flush=True)
    signal.sigwait({signal.SIGTERM})
    print(proxy.drops.count)


if __name__ == "__main__":
    main()
