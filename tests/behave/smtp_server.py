"""A mail server for tests, run by the system's Python, which has aiosmtpd: prints its port, then a line of JSON for each mail.

usage: smtp_server.py [CERTIFICATE KEY]

A recipient says what becomes of a mail: later@… is 451 until it has been asked twice, never@… is 550.
"""

import json
import socket
import ssl
import sys
import time

from aiosmtpd.controller import Controller


class Handler:
    asked = 0

    async def handle_RCPT(self, server, session, envelope, address, options):
        if address.startswith("never@"):
            return "550 no such mailbox"
        if address.startswith("later@"):
            Handler.asked += 1
            if Handler.asked <= 2:
                return "451 not now"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server, session, envelope):
        print(json.dumps({"from": envelope.mail_from, "to": envelope.rcpt_tos, "tls": session.ssl is not None,
                          "content": envelope.content.decode()}), flush=True)
        return "250 taken"


def main():
    options = {}
    if len(sys.argv) > 1:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(sys.argv[1], sys.argv[2])
        options = {"tls_context": context, "require_starttls": True}
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        port = s.getsockname()[1]
    controller = Controller(Handler(), hostname="127.0.0.1", port=port, **options)
    controller.start()
    print(port, flush=True)
    while True:
        time.sleep(60)


if __name__ == "__main__":
    main()
