"""Side by side: every server under every load, in turn, several rounds."""
import contextlib
import sys
from dataclasses import dataclass

from load import median, total
from server import DidNotStart

COLUMNS = "{:<21}{:>10}{:>9}{:>10}{:>8}{:>10}{:>9}{:>9}{:>9}"
HEADINGS = ("server", "backlog", "greeted", "stranded", "failed", "a second",
            "p50 ms", "p99 ms", "max ms")


@dataclass
class Load:
    title: str
    run: object  # of (hail, server)


def loads(quick):
    """64 in flight is short where a server strands: nothing moves for 3 s."""
    steady = 500 if quick else 1000
    both = [Load("64 clients at once", lambda hail, server: hail.burst(server, 64)),
            Load("500 clients at once", lambda hail, server: hail.burst(server, 500))]
    return both + [Load(f"64 in flight for {steady / 1000:g} s, as fast as it goes",
                        lambda hail, server: hail.steady(server, 64, steady))]


def progress(words):
    if sys.stderr.isatty():
        sys.stderr.write(f"\r\033[K{words}")
        sys.stderr.flush()


def number(value, decimals=0):
    return "-" if value is None else f"{value:,.{decimals}f}"


def latency(value):
    return number(value, 2 if value is not None and value < 100 else 0)


def line(row, samples):
    print(COLUMNS.format(
        row.name, row.backlog, number(total(samples, "greeted")),
        number(total(samples, "stranded")), number(total(samples, "failed")),
        number(median(sample.rate for sample in samples)),
        latency(median(sample.p50 for sample in samples)),
        latency(median(sample.p99 for sample in samples)),
        latency(max((sample.max for sample in samples if sample.max is not None),
                    default=None))).rstrip())


def run_load(load, rounds, hail, servers):
    """A list of samples for each server; every other round goes backwards."""
    samples = {id(server): [] for _, server in servers}
    for i in range(rounds):
        for row, server in servers[::-1] if i % 2 else servers:
            progress(f"{load.title}, round {i + 1} of {rounds}: "
                     f"{row.name} (backlog {row.backlog})")
            samples[id(server)].append(load.run(hail, server))
            server.settle()
    progress("")
    return samples


def start_all(rows, make, stack):
    """Returns (row, server) for those that run, and says why others do not."""
    servers = []
    for row in rows:
        if row.argv is None:
            print(f"{row.name} (backlog {row.backlog}): not installed")
            continue
        try:
            servers.append((row, stack.enter_context(make(row))))
        except DidNotStart as why:
            print(why)
    return servers


def show(servers, hail, rounds, quick):
    limits = set()
    for load in loads(quick):
        samples = run_load(load, rounds, hail, servers)
        print(f"\n{load.title}" + f" ({rounds} rounds)" * (rounds > 1))
        print(COLUMNS.format(*HEADINGS))
        for row, server in servers:
            line(row, samples[id(server)])
            limits.update(f"{row.name}: {sample.client_limit}"
                          for sample in samples[id(server)] if sample.client_limit)
        sys.stdout.flush()
    print("\ngreeted, stranded (connected, not one byte) and failed (every other end): the sum of "
          "the rounds.\na second, p50, p99: the median of the rounds; max: the worst. A client "
          "waits 3 s, so does the\nrate of a server that strands one. Latency is of those greeted.")
    for limit in sorted(limits):
        print(f"hail was the limit: {limit}")


def run(rows, make, hail, rounds, quick):
    """make(row) gives a server that runs while it is entered."""
    with contextlib.ExitStack() as stack:
        show(start_all(rows, make, stack), hail, rounds, quick)
