"""Promise: whoever registers is welcomed by one mail."""

from chaos import aim
from chaos.faults.black_hole import BlackHole
from chaos.faults.kill_node import KillNode
from chaos.faults.lost_reply import LostReply
from chaos.injection import Injector
from harness.scenario import Scenario
from scenarios import weaknesses
from scenarios.shop import promises
from scenarios.shop.workload import Shop

SENT = aim.done("myapp.tasks.send_welcome_email", node="worker")


@promises.calm
def test_welcome_mail_sent_once(scenario: Scenario, shop: Shop) -> None:
    """Nothing is broken"""
    # Given a shop, When people register
    shop.takes(registrations=30)
    # Then each gets one mail
    scenario.judge()


@promises.faulted
def test_welcome_mail_survives_outage(scenario: Scenario, shop: Shop, inject: Injector) -> None:
    """The mail server is silent for 3 s

    Kept by: the mail is owed in a row, is retried, and swept up when it falls due."""
    # Given people who register
    shop.takes(registrations=60)
    # When the mail server answers nobody
    with scenario.disturb(), inject(BlackHole("worker->smtp")):
        scenario.hold(3.0)
    # Then each gets one mail all the same
    scenario.judge()


@promises.faulted
def test_welcome_mail_survives_lost_reply(scenario: Scenario, shop: Shop, inject: Injector) -> None:
    """The mail server takes three mails, and says so to nobody

    Kept by: a mail sent again has the same Message-ID, by which a mailbox keeps it once."""
    # Given people who register
    shop.takes(registrations=60)
    # When the mail server takes mails and hangs up
    with scenario.disturb(), inject(LostReply("smtp", count=3)):
        pass
    # Then each gets one mail all the same
    scenario.judge()


@promises.faulted
@weaknesses.redis_may_lose_what_it_pops
def test_welcome_mail_survives_worker_kill(
    scenario: Scenario, shop: Shop, inject: Injector
) -> None:
    """A worker is killed when it has sent a mail, before it has told the broker so

    Kept by: the mail's row says that it was sent; and sent again, it has the same Message-ID."""
    # Given people who register
    shop.takes(registrations=50)
    # When the worker dies as late as it can
    with scenario.disturb(), inject(KillNode("worker", group=True), when=SENT):
        pass
    # Then each gets one mail all the same
    scenario.judge()
