"""The mail server: what it accepts, and what it delivers."""

import smtplib
from concurrent.futures import ThreadPoolExecutor

import pytest


def seen(smtp):
    return [(e["recipient"], e["delivered"]) for e in smtp.entries]


def test_a_mail_is_accepted_and_delivered(smtp):
    smtp.mail("ann@x", "<1@x>")
    (entry,) = smtp.entries
    assert entry["delivered"]
    assert (entry["recipient"], entry["subject"]) == ("ann@x", "Hello")
    assert (entry["message_id"], entry["sender"]) == ("<1@x>", "shop@x")


def test_a_mailbox_takes_one_message_id_once(smtp):
    for recipient in ("ann@x", "ann@x", "bob@x"):
        smtp.mail(recipient, "<1@x>")
    assert seen(smtp) == [("ann@x", True), ("ann@x", False), ("bob@x", True)]


def test_a_mail_without_an_id_is_always_delivered(smtp):
    for _ in range(2):
        smtp.mail("ann@x")
    assert seen(smtp) == [("ann@x", True)] * 2


def test_mailboxes_remember_after_a_kill(smtp):
    smtp.mail("ann@x", "<1@x>")
    smtp.kill()
    smtp.start()
    smtp.mail("ann@x", "<1@x>")
    assert seen(smtp) == [("ann@x", True), ("ann@x", False)]


@pytest.mark.parametrize(("mode", "code"), [("error", 451), ("refuse", 550)])
def test_error_and_refuse_take_nothing(smtp, mode, code):
    smtp.behave(mode, count=1)
    with pytest.raises(smtplib.SMTPDataError) as problem:
        smtp.mail("ann@x")
    assert problem.value.smtp_code == code
    assert smtp.entries == []


def test_malformed_delivers_and_answers_gibberish(smtp):
    smtp.behave("malformed", count=1)
    with pytest.raises(smtplib.SMTPDataError):
        smtp.mail("ann@x")
    assert seen(smtp) == [("ann@x", True)]


def test_lose_reply_delivers_and_hangs_up(smtp):
    smtp.behave("lose-reply", count=1)
    with pytest.raises(smtplib.SMTPServerDisconnected):
        smtp.mail("ann@x", "<1@x>")
    assert seen(smtp) == [("ann@x", True)]
    smtp.mail("bob@x")  # it serves on


def test_slow_and_match(smtp):
    smtp.behave("slow", delay_seconds=0.01, match="ann@x")
    smtp.mail("bob@x")
    smtp.mail("ann@x")
    assert smtp.behaviour["affected"] == 1
    assert len(smtp.entries) == 2


def test_hold_reply_delivers_and_answers_at_the_release(smtp, until):
    smtp.behave("hold-reply", count=1)
    with ThreadPoolExecutor(1) as pool:
        sent = pool.submit(smtp.mail, "ann@x")
        until(lambda: smtp.behaviour["held"] == 1)
        assert seen(smtp) == [("ann@x", True)]
        assert not sent.done()
        smtp.control.post("/release")
        sent.result()
