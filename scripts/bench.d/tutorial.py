"""The server of the Python tutorials, one client after the other:

    tutorial.py port backlog
"""
import socket
import sys

server = socket.socket()
server.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
server.bind(("127.0.0.1", int(sys.argv[1])))
server.listen(int(sys.argv[2]))
while True:
    client, address = server.accept()
    client.send(b"Thank you for connection\r\n")
    client.close()
