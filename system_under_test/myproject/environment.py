"""What the environment tells the settings: addresses as URLs, timings in seconds."""

import os
from pathlib import Path
from urllib.parse import unquote, urlsplit

from django.core.exceptions import ImproperlyConfigured


def seconds(name: str, default: float | None) -> float | None:
    """The variable as a number of seconds; the default where it is unset or empty."""
    text = os.environ.get(name, "")
    if not text:
        return default
    try:
        return float(text)
    except ValueError:
        raise ImproperlyConfigured(f"{name} must be a number of seconds, not {text!r}") from None


def choice(name: str, default: str, allowed: tuple[str, ...]) -> str:
    """The variable, which must be one of the allowed words."""
    word = os.environ.get(name) or default
    if word not in allowed:
        raise ImproperlyConfigured(f"{name} must be one of {', '.join(allowed)}, not {word!r}")
    return word


def variant() -> str:
    """Which of the two shops this is: ``SHOP_VARIANT``."""
    return choice("SHOP_VARIANT", "hardened", ("as_written", "hardened"))


def database(url: str, connect_timeout: float) -> dict:
    """Django's description of ``postgres://user:password@host:port/name`` or ``sqlite:///path``."""
    parts = urlsplit(url)
    if parts.scheme == "sqlite":
        return {
            "ENGINE": "django.db.backends.sqlite3",
            "NAME": Path(unquote(parts.path)),
            "OPTIONS": {"timeout": 20},
        }
    if parts.scheme not in ("postgres", "postgresql"):
        raise ImproperlyConfigured(f"no database speaks {parts.scheme!r}: use postgres or sqlite")
    return {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": unquote(parts.path.lstrip("/")),
        "USER": unquote(parts.username or ""),
        "PASSWORD": unquote(parts.password or ""),
        "HOST": parts.hostname or "",
        "PORT": parts.port or "",
        "CONN_MAX_AGE": 60,
        "CONN_HEALTH_CHECKS": True,
        "OPTIONS": {"connect_timeout": max(2, round(connect_timeout))},  # libpq: 2 at least
    }


def host_and_port(url: str, default_port: int) -> tuple[str, int]:
    """Where a server is, from a URL such as ``smtp://host:port``."""
    parts = urlsplit(url)
    return parts.hostname or "localhost", parts.port or default_port
