"""A `redis-cli` for containers on machines without one: one command, printed as the original does
when its output is no terminal, with its exit status: 0 also for an error that the server answers,
unless -e is given (seen with redis-cli 7.0.15). Takes -h, -p, -n, -a, -e, --user, --pass, --raw,
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
FAILS_WITH_ERRORS = "-e"
TEXTS = {"info", "client", "cluster", "lolwut"}  # their answers end with a newline of their own


def lines(reply: object) -> list[str]:
    """A reply as lines."""
    if reply is None:
        return [""]
    if isinstance(reply, (list, tuple, set)):
        return [line for part in reply for line in lines(part)]
    if isinstance(reply, dict):
        return [line for pair in reply.items() for line in lines(pair)]
    return [reply.decode(errors="replace") if isinstance(reply, bytes) else str(reply)]


def said(error: ResponseError) -> str:
    """An error as the server put it: the client cuts ``ERR`` off, and only that."""
    code = str(error).partition(" ")[0]
    return str(error) if code.isupper() else f"ERR {error}"


def main(arguments: list[str]) -> int:
    """Run one command; the exit status is the original's."""
    settings: dict[str, object] = {"port": 6379}
    fails = False
    while arguments and arguments[0].startswith("-"):
        option, *arguments = arguments
        fails |= option == FAILS_WITH_ERRORS
        if option in VALUED:
            settings[VALUED[option]] = int(arguments[0]) if option in ("-p", "-n") else arguments[0]
            arguments = arguments[1:]
        elif option not in SILENT | {FAILS_WITH_ERRORS}:
            sys.exit(f"This redis-cli knows no {option}; install the real one.")
    client = Redis(**settings, protocol=2)  # type: ignore[arg-type]
    client.response_callbacks.clear()  # as the server says it
    try:
        reply = client.execute_command(*arguments)  # type: ignore[no-untyped-call]
    except ResponseError as error:
        return _failed(said(error), fails)
    except AuthenticationError as error:  # the client has cut the first word off
        if "required" not in str(error):
            print(f"AUTH failed: WRONGPASS {error}", file=sys.stderr)
        return _failed("NOAUTH Authentication required.", fails)
    except RedisError as error:
        print(f"Could not connect to Redis: {error}", file=sys.stderr)
        return 1
    text = "\n".join(lines(reply))
    print(text, end="" if arguments[0].lower() in TEXTS and text.endswith("\n") else "\n")
    return 0


def _failed(text: str, fails: bool) -> int:
    print(text, file=sys.stderr if fails else sys.stdout)
    if not fails:
        print()
    return int(fails)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
