"""What haild must reach, measured, one after the other."""
import statistics

import machine
from load import Crowd, total
from table import progress

THROUGHPUT = 1.5  # times the plain C server
SLOWER = 15  # per cent
SANDBOX = 3  # per cent that the filters may cost
HELD, MANY_HELD = 440, 9900  # children that wait for clients who hold on
HELD_SLOWER = 25  # per cent


def verdict(number, title, met, *findings):
    print(f"\n{number}. {title}: {'met' if met else 'MISSED'}")
    for finding in findings:
        print(f"     {finding}", flush=True)


class Targets:
    def __init__(self, make, rows, hail, quick):
        """make(row) gives a server that runs while it is entered."""
        self.make = make
        self.rows = rows
        self.hail = hail.patient()
        self.quick = quick

    def times(self, number):
        return max(number // 4, 1) if self.quick else number

    def haild(self, *options, **how):
        return self.make(self.rows.haild(*options, **how))

    def storm(self, server, bursts, times):
        """Bursts again and again. Returns samples, and how counters grew."""
        before = machine.counters()
        samples = []
        for i in range(times):
            progress(f"{server.name}: {i + 1} of {times}")
            for burst in bursts:
                samples += burst(server)
        progress("")
        return samples, {name: value - before[name]
                         for name, value in machine.counters().items()}

    def burst(self, clients):
        return lambda server: [self.hail.burst(server, clients)]

    def from_both_cores(self, clients):
        """Two clients of one process each, pinned, started together."""
        cores = machine.cores()

        def burst(server):
            storms = [self.hail.start(server, "-j", 1, "-n", clients, "-c", clients, core=core)
                      for core in (cores[0], cores[-1])]
            return [self.hail.finish(storm) for storm in storms]

        return burst

    def all_greeted(self, number, title, haild, bursts, times, unchanged=()):
        """bursts so many times; unchanged are the counters that must be so."""
        with haild as server:
            samples, grown = self.storm(server, bursts, times)
        greeted, planned = total(samples, "greeted"), total(samples, "planned")
        verdict(number, title,
                greeted == planned and not any(grown[name] for name in unchanged),
                f"{greeted:,} of {planned:,} greeted, {total(samples, 'stranded')} stranded, "
                f"the slowest in {max(sample.max or 0 for sample in samples):.1f} ms",
                ", ".join(f"{name} +{growth}" for name, growth in grown.items()))

    def bursts(self):
        both_cores = [self.from_both_cores(2000)]
        if machine.is_root():
            self.all_greeted("1", "64, 500 and 1,000 at once and again, as root",
                             self.haild("-q"), [self.burst(n) for n in (64, 500, 1000)],
                             self.times(8), ("ListenOverflows", "TCPSynRetrans"))
            self.all_greeted("2a", "2,000 at once from each of two clients, -B 4096, as root",
                             self.haild("-q", "-B", 4096), both_cores, self.times(8),
                             ("TCPSynRetrans",))
        self.all_greeted("2b", "the same served by an ordinary user",
                         self.haild("-q", "-B", 4096, ordinary=True), both_cores, self.times(8))
        if machine.is_root():
            self.all_greeted("3", "64 at once, -B 1, as root", self.haild("-q", "-B", 1),
                             [self.burst(64)], self.times(40))
        else:
            print("\n1, 2a and 3 are for root: not measured")

    def alternate(self, loads, rounds):
        """Rates of each load, round by round, every other round backwards."""
        rates = [[] for _ in loads]
        for i in range(rounds):
            order = list(enumerate(loads))
            for at, (server, load) in order[::-1] if i % 2 else order:
                progress(f"{server.name}: round {i + 1} of {rounds}")
                rates[at].append(load(server).rate)
                server.settle()
        progress("")
        return rates

    def throughput(self):
        title = f"64 in flight, at least {THROUGHPUT} times the plain C server with backlog 1024"
        plain = self.rows.plain(1024)
        if plain.argv is None:
            print(f"\n4. {title}: not measured, there is no compiler")
            return
        with self.make(plain) as plain, self.haild("-q") as quiet, self.haild() as logging:
            rates = self.alternate([(server, lambda server: self.hail.steady(server, 64, 1500))
                                    for server in (plain, quiet, logging)], self.times(8))
        of_quiet, of_logging = (ratios(one, rates[0]) for one in rates[1:])
        verdict("4", title, min(of_quiet[1], of_logging[1]) >= THROUGHPUT,
                rate("plain C, fork", rates[0]),
                rate("haild -q", rates[1]) + "; ratio " + spread(of_quiet),
                rate("haild, log to a file", rates[2]) + "; ratio " + spread(of_logging))

    def crowd(self):
        findings, met = [], True
        for options in (("-q",), ("-q", "-B", 4096)):
            with self.haild(*options) as server:
                few, many = self.alternate(
                    [(server, lambda server, n=n: self.hail.steady(server, n, 3000))
                     for n in (64, 2000)], self.times(6))
            ratio = ratios(many, few)
            met = met and ratio[1] >= 1 - SLOWER / 100
            findings.append(f"{server.name}: {rate('64 at once', few)}, "
                            f"{rate('2,000 at once', many)}; ratio {spread(ratio)}")
        verdict("5", f"2,000 at once no slower than 64 by more than {SLOWER} %", met, *findings)

    def sandbox(self):
        with self.haild("-q", "--no-sandbox") as bare, self.haild("-q") as confined:
            rates = self.alternate([(server, lambda server: self.hail.steady(server, 64, 1500))
                                    for server in (bare, confined)], self.times(12))
        ratio = ratios(rates[1], rates[0])
        verdict("6", f"the sandbox costs no more than {SANDBOX} %", ratio[1] >= 1 - SANDBOX / 100,
                rate("haild -q --no-sandbox", rates[0]),
                rate("haild -q", rates[1]) + "; ratio " + spread(ratio))

    def held(self):
        """The same load beside few and many children that wait."""
        with self.haild("-q", "-l", "10m") as few, \
                self.haild("-q", "-l", "10m", "-c", 10000) as many, \
                Crowd(few, HELD), Crowd(many, MANY_HELD):
            rates = self.alternate([(server, lambda server: self.hail.steady(server, 64, 1500))
                                    for server in (few, many)], self.times(8))
        ratio = ratios(rates[1], rates[0])
        verdict("7", f"-c 10000 with {MANY_HELD:,} children that wait is no slower than -c 512 "
                     f"with {HELD} by more than {HELD_SLOWER} %",
                ratio[1] >= 1 - HELD_SLOWER / 100,
                rate(f"-c 512, {HELD} wait", rates[0]),
                rate(f"-c 10000, {MANY_HELD:,} wait", rates[1]) + "; ratio " + spread(ratio))

    def run(self):
        print("\nTargets (ratios: the median of the rounds, and in brackets the least and most)")
        self.bursts()
        self.throughput()
        self.crowd()
        self.sandbox()
        self.held()


def ratios(rates, base):
    """Least, median and most of the ratios of each round."""
    each = sorted(one / other if other else 0 for one, other in zip(rates, base))
    return each[0], statistics.median(each), each[-1]


def spread(ratio):
    return f"{ratio[1]:.2f} ({ratio[0]:.2f} to {ratio[2]:.2f})"


def rate(name, rates):
    return f"{name}: {statistics.median(rates):,.0f}/s"
