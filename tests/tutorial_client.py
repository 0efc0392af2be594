#!/usr/bin/env python3
"""The client that Python's tutorials show: tutorial_client.py HOST PORT."""

import socket
import sys

s = socket.socket()
s.connect((sys.argv[1], int(sys.argv[2])))
sys.stdout.buffer.write(s.recv(1024))
s.close()
