"""The machine: what it is, its network namespace, its kernel's counters."""
import ctypes
import fcntl
import os
import platform
import socket
import struct
import time

CLONE_NEWNET = 0x40000000  # unshare(2)
SIOCSIFFLAGS = 0x8914  # netdevice(7)
IFF_UP_RUNNING = 0x41


def is_root():
    return os.geteuid() == 0


def cores():
    return sorted(os.sched_getaffinity(0))


def own_network():
    """Move into a network namespace of our own, where root can.

    The kernel's counters are then of this bench alone, every port is free,
    and nothing outside can be hit. Returns whether it is so.
    """
    libc = ctypes.CDLL(None, use_errno=True)
    if not is_root() or libc.unshare(CLONE_NEWNET) == -1:
        return False
    with socket.socket() as any_socket:
        up = struct.pack("16sh", b"lo", IFF_UP_RUNNING)
        fcntl.ioctl(any_socket, SIOCSIFFLAGS, up.ljust(40, b"\0"))
    return True


def counters():
    """ListenOverflows and TCPSynRetrans of this network namespace."""
    with open("/proc/net/netstat", encoding="ascii") as file:
        lines = [line.split() for line in file if line.startswith("TcpExt:")]
    all_counters = dict(zip(lines[0], lines[1]))
    return {name: int(all_counters[name]) for name in ("ListenOverflows", "TCPSynRetrans")}


def listens(port):
    """Whether anything listens at port; nobody is connected to for that."""
    with open("/proc/net/tcp", encoding="ascii") as file:
        return any(row[1].endswith(f":{port:04X}") and row[3] == "0A"
                   for row in map(str.split, file))


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def processor():
    with open("/proc/cpuinfo", encoding="utf-8") as file:
        for line in file:
            if line.startswith(("model name", "Model")):
                return line.split(":", 1)[1].strip()
    return platform.machine()


def describe(private):
    count = len(cores())
    who = "root" if is_root() else "an ordinary user"
    where = "a network namespace of its own" if private else \
        "the network namespace of everybody: what others do is counted too"
    return "\n".join([
        f"{processor()}, {count} core{'s' if count > 1 else ''}, "
        f"Linux {platform.release()}, {time.strftime('%Y-%m-%d %H:%M %z')}",
        f"as {who}, in {where}",
        f"load average before: {os.getloadavg()[0]:.2f}",
    ])
