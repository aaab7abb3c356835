"""The hardened shop's events: they are sent once, and no worker waits to have sent one.

A worker sends its heartbeats with retries without end. Where its connection to RabbitMQ breaks just
then, kombu repeats the declaration of the exchange on the channel that broke, for ever, and the
worker takes no task any more (kombu/connection.py, ``ensure``; seen with kombu 5.7.0).
"""

from celery.app.events import Events
from celery.events.dispatcher import EventDispatcher


class OneTryDispatcher(EventDispatcher):
    def send(self, *args, retry=False, **fields):
        return super().send(*args, retry=False, **fields)


class OneTryEvents(Events):
    dispatcher_cls = OneTryDispatcher
