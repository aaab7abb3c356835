"""Prints what the shop brought about in the world, one JSON line an effect."""

import json

from django.core.management.base import BaseCommand

from myapp.effects import all_effects


class Command(BaseCommand):
    help = "Prints the effects found in the database and in the ledgers of the outside world."

    def handle(self, *args, **options):
        for effect in all_effects():
            self.stdout.write(json.dumps(effect._asdict()))
