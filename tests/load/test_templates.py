"""Arguments with placeholders."""

import random

import pytest

from harness.errors import CrucibleError
from load.templates import Source, Template


def source(generator: int = 1, seed: int = 1, rows: list[dict[str, str]] | None = None) -> Source:
    return Source(random.Random(seed), generator, rows or [])


def test_one_placeholder_has_its_own_type_and_one_in_text_is_text() -> None:
    template = Template(["{integer:3-3}", {"email": "u{integer:3-3}@example"}, "{{plain}}", 7])
    assert template.filled(source().operation()) == [3, {"email": "u3@example"}, "{plain}", 7]


def test_the_same_placeholder_is_the_same_throughout_one_operation() -> None:
    of = source()
    arguments, expected = Template(["{unique}"]), Template([["mail", "{unique}", 1]])
    first, second = of.operation(), of.operation()
    (mine,) = arguments.filled(first)
    assert expected.filled(first) == [["mail", mine, 1]]
    assert arguments.filled(second) != [mine]


def test_generators_never_draw_the_same() -> None:
    template = Template("{unique} {n}")
    drawn = [
        template.filled(of.operation())
        for of in (source(generator) for generator in (1, 2, 3))
        for _ in range(100)
    ]
    assert len(set(drawn)) == len(drawn)


def test_the_seed_decides() -> None:
    template = Template(["{unique}", "{choice:a|b|c}", "{number:0-1}", "{faker.email}"])
    assert template.filled(source(seed=7).operation()) == template.filled(
        source(seed=7).operation()
    )


def test_rows_of_a_csv_follow_each_other() -> None:
    of = source(rows=[{"sku": "A"}, {"sku": "B"}])
    template = Template("{csv.sku}")
    assert {template.filled(of.operation()) for _ in range(2)} == {"A", "B"}


@pytest.mark.parametrize("text", ["{nothing}", "{integer}", "{choice:}", "{}", "{a b}"])
def test_what_is_no_placeholder_is_refused_at_once(text: str) -> None:
    with pytest.raises(CrucibleError, match="no placeholder"):
        Template([text])


@pytest.mark.parametrize(
    ("text", "why"), [("{csv.price}", "no column"), ("{faker.nobody}", "Faker has no")]
)
def test_data_that_is_not_there_is_told(text: str, why: str) -> None:
    of = source(rows=[{"sku": "A"}])
    with pytest.raises(CrucibleError, match=why):
        Template(text).filled(of.operation())
