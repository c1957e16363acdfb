"""Azure Service Bus as far as a sender needs it: AMQP 1.0 queues that drop a message id they have seen.

OUR simulator, not the vendor's (theirs needs Docker). What it does is prose, from
learn.microsoft.com/azure/service-bus-messaging: ``amqp-protocol-guide`` ($cbs put-token, transfers) and
``duplicate-detection``. Topics are one queue here; sessions, transactions, limits are not simulated.
"""

import collections
import contextlib
import json
import socket
import threading
import time

from proton import Message, int32
from proton.handlers import MessagingHandler
from proton.reactor import Container


class Broker(MessagingHandler):
    """Keeps what it is sent; ``drop`` messages are taken and never confirmed."""

    def __init__(self, port, window=600):
        super().__init__(prefetch=100, auto_accept=False)
        self.port, self.window = port, window
        self.queues = collections.defaultdict(list)
        self.seen = {}
        self.duplicates = 0
        self.drop = 0
        self.replies = {}
        self.up = threading.Event()

    def on_start(self, event):
        self.acceptor = event.container.listen(f"127.0.0.1:{self.port}")
        self.container = event.container
        self.up.set()

    def on_link_opening(self, event):
        link = event.link
        link.source.address = link.remote_source.address
        link.target.address = link.remote_target.address
        if link.is_sender:
            self.replies[event.connection.remote_container, link.remote_target.address] = link
            self.replies[event.connection.remote_container, _name(link.source.address)] = link

    def on_message(self, event):
        name, message = _name(event.link.target.address), event.message
        if name == "$cbs":
            answer = Message(correlation_id=message.id)
            answer.properties = {"status-code": int32(202), "status-description": "OK"}
            self.accept(event.delivery)
            self._reply(event, message, name, answer)
            return
        self._keep(name, message)
        if self.drop:
            self.drop -= 1
            event.connection.close()
            return
        self.accept(event.delivery)

    def _reply(self, event, message, name, answer):
        here = event.connection.remote_container
        link = self.replies.get((here, message.reply_to)) or self.replies[here, name]
        link.send(answer)

    def _keep(self, name, message):
        now = time.time()
        self.seen = {key: at for key, at in self.seen.items() if now - at < self.window}
        if message.id in self.seen:
            self.duplicates += 1
            return
        self.seen[message.id] = now
        self.queues[name].append(message)

    def events(self, name):
        """Return the CloudEvents on a queue."""
        return [json.loads(bytes(message.body)) for message in self.queues[name]]


def _name(address):
    return (address or "").split("/", 3)[-1] if "://" in (address or "") else (address or "")


@contextlib.contextmanager
def serving(window=600):
    """Run a broker; it has ``connection`` as Azure writes it."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    broker = Broker(port, window)
    broker.connection = (
        f"Endpoint=sb://127.0.0.1:{port};SharedAccessKeyName=Root;SharedAccessKey=x;"
        "UseDevelopmentEmulator=true;"
    )
    container = Container(broker)
    thread = threading.Thread(target=container.run, daemon=True)
    thread.start()
    assert broker.up.wait(5)
    try:
        yield broker
    finally:
        broker.acceptor.close()
        container.stop()
        thread.join(3)
