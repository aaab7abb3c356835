from pathlib import Path

import pytest

from harness.commands.options import stack_settings
from harness.errors import CrucibleError
from harness.runtime import COMPOSE, EXTERNAL, LOCAL

PLAIN = Path(__file__).parents[2] / "targets" / "plain" / "target.toml"


def test_the_bundled_system_in_its_first_variant_is_the_default() -> None:
    settings = stack_settings(None, None)
    assert (settings.target.name, settings.variant) == ("shop", "hardened")
    assert settings.ports == {}


def test_a_target_without_variants_has_none() -> None:
    settings = stack_settings(PLAIN, None, ["broker=7000", "web=8000"])
    assert (settings.target.name, settings.variant) == ("plain", None)
    assert settings.ports == {"broker": 7000, "web": 8000}


@pytest.mark.parametrize("port", ["web", "web=", "=80", "web=0", "web=65536", "web=-1", "web=x"])
def test_a_port_that_is_none(port: str) -> None:
    with pytest.raises(CrucibleError, match="is no NODE=PORT"):
        stack_settings(PLAIN, None, [port])


def test_a_target_that_runs_elsewhere_runs_nowhere_else(tmp_path: Path) -> None:
    file = tmp_path / "external.toml"
    file.write_text(
        'name = "plain"\napp = "plain"\nruntime = "external"\n[[workers]]\nname = "worker"\n'
        '[external]\ntoxiproxy = "127.0.0.1:1"\naddresses = { broker = "127.0.0.1:2" }\n'
        '[external.nodes.worker]\nprobe = "x"\n'
    )
    for runtime in (LOCAL, EXTERNAL):  # what nobody has chosen is local
        assert stack_settings(file, None, runtime=runtime).runtime == EXTERNAL
    with pytest.raises(CrucibleError, match="runs elsewhere"):
        stack_settings(file, None, runtime=COMPOSE)
