"""A `redis-cli` for containers on machines without one: one command, printed as the original does
when its output is no terminal. Takes -h, -p, -n, -a, --user, --pass, --raw,
--no-auth-warning; anything else is refused."""

import sys

from redis import Redis
from redis.exceptions import AuthenticationError, RedisError, ResponseError

VALUED = {
    "-h": "host",
    "-p": "port",
    "-n": "db",
    "-a": "password",
    "--pass": "password",
    "--user": "username",
}
SILENT = {"--raw", "--no-auth-warning"}


def lines(reply: object) -> list[str]:
    """A reply as lines."""
    if reply is None:
        return [""]
    if isinstance(reply, (list, tuple, set)):
        return [line for part in reply for line in lines(part)]
    if isinstance(reply, dict):
        return [line for pair in reply.items() for line in lines(pair)]
    return [reply.decode(errors="replace") if isinstance(reply, bytes) else str(reply)]


def main(arguments: list[str]) -> int:
    """Run one command; the exit status is the original's."""
    settings: dict[str, object] = {"port": 6379}
    while arguments and arguments[0].startswith("-"):
        option, *arguments = arguments
        if option in VALUED:
            settings[VALUED[option]] = int(arguments[0]) if option in ("-p", "-n") else arguments[0]
            arguments = arguments[1:]
        elif option not in SILENT:
            sys.exit(f"This redis-cli knows no {option}; install the real one.")
    client = Redis(**settings, protocol=2)  # type: ignore[arg-type]
    client.response_callbacks.clear()  # as the server says it
    try:
        reply = client.execute_command(*arguments)  # type: ignore[no-untyped-call]
        print(*lines(reply), sep="\n")
    except ResponseError as error:
        print(f"ERR {error}" if " " not in str(error)[:4] else error)
        return 1
    except AuthenticationError as error:
        print(f"NOAUTH {error}")  # the client has cut the first word off
        return 1
    except RedisError as error:
        print(f"Could not connect to Redis: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
