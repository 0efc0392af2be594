"""Loads: one run of hail each, and what it says of them."""
import json
import resource
import socket
import statistics
import subprocess
from dataclasses import dataclass

PATIENCE = "3s"  # what a client waits: two more SYNs, after 1 s and 3 s
LONG_PATIENCE = "30s"  # where to be slow, as a machine may be, is not to fail
SLACK = 60.0  # seconds that a run of hail may take longer than it should

NS_PER_MS = 1e6


@dataclass
class Sample:
    planned: int
    greeted: int
    stranded: int
    failed: int  # of all other ends
    seconds: float
    p50: float  # ms, of those greeted; None without any
    p99: float
    max: float
    client_limit: str  # why the client, not the server, was the limit

    @property
    def rate(self):
        return self.greeted / self.seconds


def read_report(text):
    report = json.loads(text)
    ends = report["ends"]
    whole = report["latency"].get("ok", {}).get("whole", {})
    percentiles = whole.get("percentiles_ns", {})

    def ms(nanoseconds):
        return None if nanoseconds is None else nanoseconds / NS_PER_MS

    return Sample(
        planned=report["started"],
        greeted=ends["ok"],
        stranded=ends["stranded"],
        failed=sum(ends.values()) - ends["ok"] - ends["stranded"],
        seconds=(report["end_ns"] - report["start_ns"]) / 1e9,
        p50=ms(percentiles.get("50")), p99=ms(percentiles.get("99")),
        max=ms(whole.get("max_ns")),
        client_limit="; ".join(report["reasons"]) if report["verdict"] == "INVALID" else "",
    )


class Hail:
    """Starts hail, several at once if need be, and reads its reports."""

    def __init__(self, binary, patience=PATIENCE):
        self.binary = binary
        self.patience = patience

    def patient(self):
        return Hail(self.binary, LONG_PATIENCE)

    def start(self, server, *options, core=None):
        pin = ["taskset", "-c", str(core)] if core is not None else []
        return subprocess.Popen(
            [*pin, self.binary, *map(str, options), "-t", self.patience, "-q",
             "--format", "json", "127.0.0.1", str(server.port)],
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)

    def finish(self, process):
        try:
            report, complaint = process.communicate(timeout=SLACK)
        except BaseException:
            process.kill()
            process.wait()
            raise
        if not report:
            raise RuntimeError(f"hail failed: {complaint.strip()}")
        return read_report(report)

    def run(self, server, *options):
        return self.finish(self.start(server, *options))

    def burst(self, server, clients):
        """All at once."""
        return self.run(server, "-n", clients, "-c", clients)

    def steady(self, server, in_flight, milliseconds):
        return self.run(server, "-d", f"{milliseconds}ms", "-c", in_flight)


class Crowd:
    """Clients that have their greeting and hold on, each to a child of the
    server, while it is entered."""

    def __init__(self, server, clients):
        self.server = server
        self.clients = clients
        self.conns = []

    def __enter__(self):
        most = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
        resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
        for _ in range(self.clients):
            conn = socket.create_connection(("127.0.0.1", self.server.port), SLACK)
            self.conns.append(conn)
            while conn.recv(4096):
                pass
        self.server.at_rest += self.clients
        return self

    def __exit__(self, *_):
        for conn in self.conns:
            conn.close()


def median(values):
    values = [value for value in values if value is not None]
    return statistics.median(values) if values else None


def total(samples, what):
    return sum(getattr(sample, what) for sample in samples)
