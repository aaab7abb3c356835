"""What a worker of the hardened shop says beside its work: it tries once, and goes on.

Celery sends a worker's heartbeats, and kombu its answers to whoever asks how it is, with retries
without end. Where the connection to RabbitMQ breaks just then, kombu declares the exchange on the
channel that broke, again and again, and the worker takes no task any more (kombu/connection.py,
``ensure``; kombu/common.py, ``_imaybe_declare``; seen with kombu 5.7.0).
"""

from celery.app.control import Control
from celery.app.events import Events
from celery.events.dispatcher import EventDispatcher
from kombu.pidbox import Mailbox

ONCE = {"max_retries": 1}


class BriefDispatcher(EventDispatcher):
    def send(self, *args, retry=False, **fields):
        return super().send(*args, retry=False, **fields)


class BriefEvents(Events):
    dispatcher_cls = BriefDispatcher


class BriefMailbox(Mailbox):
    def _publish_reply(self, *args, **options):
        return super()._publish_reply(*args, retry_policy=ONCE, **options)


class BriefControl(Control):
    Mailbox = BriefMailbox
