"""Target files: what they may say, and what is said of those that are wrong."""

import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from harness.errors import CrucibleError
from harness.target import BUNDLED, Target, load

PLAIN = 'name = "plain"\napp = "plain"\n'
WORKER = '[[workers]]\nname = "worker"\n'
WEAK = "[[known_weaknesses]]\nguarantee = '{}'\nreason = 'why'\n{}\n"


@pytest.fixture
def loaded(tmp_path: Path) -> Callable[[str], Target]:
    """Loads a target file of this text."""

    def read(text: str) -> Target:
        file = tmp_path / "target.toml"
        file.write_text(text)
        return load(file)

    return read


def test_a_small_file_is_enough(loaded: Callable[[str], Target], tmp_path: Path) -> None:
    target = loaded(PLAIN + WORKER)
    assert target.directory == tmp_path
    assert target.python == Path(sys.executable)
    assert [worker.queues for worker in target.workers] == [["celery"]]
    assert target.variant_environment(None) == {}


def test_the_bundled_target_is_in_order() -> None:
    target = load(BUNDLED)
    assert list(target.variants) == ["hardened", "as_written"]
    assert target.variant_environment("as_written") == {"SHOP_VARIANT": "as_written"}


def test_a_broker_may_be_chosen_instead_of_the_files_own(tmp_path: Path) -> None:
    # Given a file that says nothing of brokers, and one that names RabbitMQ
    (tmp_path / "silent.toml").write_text(PLAIN + WORKER)
    (tmp_path / "named.toml").write_text(PLAIN + 'broker = "rabbitmq"\n' + WORKER)

    # Then each broker can be had with either
    assert load(tmp_path / "silent.toml").broker == "redis"
    assert load(tmp_path / "silent.toml", "rabbitmq").broker == "rabbitmq"
    assert load(tmp_path / "named.toml").broker == "rabbitmq"
    assert load(tmp_path / "named.toml", "redis").broker == "redis"


def test_an_interpreter_that_is_a_link_stays_one(
    loaded: Callable[[str], Target], tmp_path: Path
) -> None:
    # A virtual environment's python is a link, and knows its home by its own name.
    (tmp_path / "python").symlink_to(sys.executable)
    assert loaded("interpreter = 'python'\n" + PLAIN + WORKER).python == tmp_path / "python"


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("name = ]", ["target.toml is not TOML", "line 1"]),
        ('name = "x"\n' + WORKER, ["'app' is missing", "Add app = ..."]),
        (PLAIN, ["'workers' is missing"]),
        (PLAIN + 'brokr = "redis"\n' + WORKER, ["unknown key 'brokr'", "Did you mean 'broker'?"]),
        (PLAIN + WORKER + "concurency = 1\n", ["'workers.0.concurency'", "'concurrency'?"]),
        (PLAIN + "settle = 'long'\n" + WORKER, ["settle: ", "valid number", "found 'long'"]),
        (PLAIN + WORKER + "queues = 'celery'\n", ["workers.0.queues: ", "valid list"]),
        (PLAIN + "effects = '{pyhton} x'\n" + WORKER, ["{pyhton} is no placeholder", "python"]),
        (PLAIN + "effects = '{python} \"x'\n" + WORKER, ["effects: ", "No closing quotation"]),
        (PLAIN + WORKER + "[web]\ncommand = 'gunicorn x'\n", ["{python} -m MODULE"]),
        (
            PLAIN + WORKER + "[services.crm]\ncommand = 'x'\nenvironment = {URL = '{prot}'}\n",
            ["services.crm.environment", "{prot} is no placeholder"],
        ),
        (PLAIN + "directory = 'nowhere'\n" + WORKER, ["directory", "nowhere does not exist"]),
        (PLAIN + "interpreter = 'no/python'\n" + WORKER, ["interpreter", "no/python does not"]),
        (
            PLAIN + WORKER + "[[tasks]]\nname = 'x'\nqueu = 'celery'\n",
            ["'tasks.0.queu'", "'queue'?"],
        ),
        (PLAIN + WORKER + "[[tasks]]\nname = 'x'\nargs = ['{id}']\n", ["tasks.0", "{id} is no"]),
        (
            PLAIN + WORKER + "[[tasks]]\nname = 'x'\nqueue = 'slow'\n",
            ["no worker consumes the queue 'slow' of x"],
        ),
        (PLAIN + WORKER * 2, ["two nodes named 'worker'"]),
        (
            PLAIN + WORKER + WEAK.format("no-task-lots", "covers = 'x'"),
            ["known_weaknesses.0.guarantee", "did you mean 'no-task-lost'?"],
        ),
        (PLAIN + WORKER + WEAK.format("no-task-lost", ""), ["'known_weaknesses.0.covers' is miss"]),
        (
            PLAIN + WORKER + WEAK.format("no-task-lost", "covers = 'x'\none_per = ['node-exit']"),
            ["known_weaknesses.0.one_per", "did you mean 'node-exited'?"],
        ),
        (PLAIN + '[[workers]]\nname = "broker"\n', ["two nodes named 'broker'"]),
    ],
)
def test_what_is_wrong_is_said(
    text: str, words: list[str], loaded: Callable[[str], Target]
) -> None:
    with pytest.raises(CrucibleError) as error:
        loaded(text)
    message = f"{error.value.message} {error.value.hint}"
    for each in words:
        assert each in message


def test_another_interpreter_takes_the_place_of_the_files(tmp_path: Path) -> None:
    file = tmp_path / "target.toml"
    file.write_text(PLAIN + "interpreter = 'no/python'\n" + WORKER)
    assert load(file, interpreter=Path(sys.executable)).python == Path(sys.executable)
    with pytest.raises(CrucibleError, match=r"interpreter .*other/python does not exist"):
        load(file, interpreter=Path("other/python"))


def test_a_file_that_is_missing_or_no_text(tmp_path: Path) -> None:
    with pytest.raises(CrucibleError, match="No such file"):
        load(tmp_path / "target.toml")
    with pytest.raises(CrucibleError, match="Is a directory"):
        load(tmp_path)
    (tmp_path / "binary.toml").write_bytes(b"name = \xff")
    with pytest.raises(CrucibleError, match="is not TOML"):
        load(tmp_path / "binary.toml")


def test_a_variant_nobody_knows_names_those_there_are(loaded: Callable[[str], Target]) -> None:
    target = loaded(PLAIN + WORKER + "[variants.careful]\nMODE = 'careful'\n")
    with pytest.raises(CrucibleError, match="no variant 'carefull'") as error:
        target.variant_environment("carefull")
    assert "careful." in error.value.hint
