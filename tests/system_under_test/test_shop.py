"""The shop's own tests, run as its developers run them, in a process of their own."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

SHOP = Path(__file__).parents[2] / "system_under_test"
TIMEOUT_SECONDS = 300
LEDGERS = ("SMTP_CONTROL_URL", "CRM_CONTROL_URL", "GATEWAY_CONTROL_URL")


def manage(*arguments: str, folder: Path, **environment: str) -> subprocess.CompletedProcess:
    """Run manage.py with a database and files under the folder."""
    own = {
        "DATABASE_URL": f"sqlite://{folder}/shop.sqlite3",
        "SHOP_MEDIA_ROOT": str(folder / "media"),
        "SHOP_PASSWORD_HASHER": "django.contrib.auth.hashers.MD5PasswordHasher",
    }
    strange = ("RESULTS_DATABASE_URL", "CELERY_", *LEDGERS)
    inherited = {k: v for k, v in os.environ.items() if not k.startswith(strange)}
    return subprocess.run(
        [sys.executable, "manage.py", *arguments],
        cwd=SHOP,
        env=inherited | own | environment,
        capture_output=True,
        text=True,
        timeout=TIMEOUT_SECONDS,
    )


@pytest.mark.parametrize("variant", ["as_written", "hardened"])
def test_the_shops_own_tests_pass(variant, tmp_path):
    done = manage("test", "myapp.tests", folder=tmp_path, SHOP_VARIANT=variant)
    assert done.returncode == 0, done.stderr
    assert "Ran 0 tests" not in done.stderr


@pytest.mark.parametrize("variant", ["as_written", "hardened"])
def test_the_migrations_are_complete_in_each_variant(variant, tmp_path):
    done = manage("makemigrations", "--check", folder=tmp_path, SHOP_VARIANT=variant)
    assert done.returncode == 0, done.stdout + done.stderr


def test_a_seeded_shop_can_be_seeded_again_and_tells_its_stock(tmp_path):
    # Given a shop seeded twice
    for command in (["migrate", "--verbosity", "0"], ["seed_shop"], ["seed_shop"]):
        done = manage(*command, folder=tmp_path)
        assert done.returncode == 0, done.stderr
    # When its effects are read without the outside world's ledgers
    refused = manage("effects", folder=tmp_path)
    # Then it says which address is missing, and still each product stands there once
    assert "SMTP_CONTROL_URL" in refused.stderr
    assert refused.returncode != 0
    effects = [json.loads(line) for line in refused.stdout.splitlines()]
    stock = [effect for effect in effects if effect["effect"] == "stock"]
    assert len(stock) == 5
    assert {effect["amount"] for effect in stock} == {1_000_000}


def test_an_unknown_variant_is_refused(tmp_path):
    done = manage("check", folder=tmp_path, SHOP_VARIANT="softened")
    assert "SHOP_VARIANT must be one of as_written, hardened" in done.stderr
