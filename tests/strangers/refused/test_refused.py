"""Each thing that needs real containers is refused with a sentence that names it."""

import io

import docker
import pytest

RUN = [
    ({"image": "postgres:15"}, "the image postgres:15"),
    ({"image": "localstack/localstack"}, "the image localstack/localstack"),
    ({"image": "ghcr.io/somebody/redis"}, "the image ghcr.io/somebody/redis"),
    ({"image": "redis", "mem_limit": "64m"}, "`mem_limit='64m'`"),
    ({"image": "redis", "privileged": True}, "`privileged=True`"),
    ({"image": "redis", "user": "nobody"}, "`user='nobody'`"),
    ({"image": "redis", "something_new": 1}, "`something_new=1`"),
    ({"image": "redis", "ports": {"6379/tcp": ("10.0.0.1", 1)}}, "a port published on 10.0.0.1"),
]


@pytest.mark.parametrize(("given", "named"), RUN)
def test_containers(docker_client, given, named):
    with pytest.raises(Exception, match="Without containers") as refusal:
        docker_client.containers.run(detach=True, **given)
    assert named in str(refusal.value)
    assert docker_client.containers.list(all=True) == []


BUILD = [
    ("FROM alpine:3", "the image alpine:3"),
    ("FROM python\nRUN make install", "`RUN make install`"),
    ("FROM python\nRUN make | tee log", "`RUN make | tee log`"),
    ("FROM python\nADD https://example.com/x /x", "`ADD https://example.com/x /x`"),
    ('FROM python\nSHELL ["bash"]', '`SHELL ["bash"]`'),
    ("FROM python\nCOPY missing /x", "copying missing"),
    ("FROM redis\nRUN pip install celery", "installing Python packages"),
]


@pytest.mark.parametrize(("dockerfile", "named"), BUILD)
def test_builds(docker_client, dockerfile, named):
    with pytest.raises(Exception, match="Without containers") as refusal:
        docker_client.images.build(fileobj=io.BytesIO(dockerfile.encode()))
    assert named in str(refusal.value)


def test_another_celery_or_python_is_never_faked(docker_client, monkeypatch):
    monkeypatch.setenv("PATH", "/nowhere")
    monkeypatch.delenv("UV", raising=False)
    for text, named in [
        ("FROM python\nRUN pip install celery==4.4.7", "celery==4.4.7 (here: "),
        ("FROM python\nRUN pip install not-a-package-of-mine", "not-a-package-of-mine (not inst"),
        ("FROM python:2.7-slim\n", "Python 2.7 (here: "),
        ("FROM python\nRUN pip install git+https://example.com/x", "git+https://example.com/x"),
    ]:
        with pytest.raises(Exception, match="asks for what is not here") as refusal:
            docker_client.images.build(fileobj=io.BytesIO(text.encode()))
        assert named in str(refusal.value)


@pytest.mark.parametrize("option", ["stdin", "tty", "privileged", "socket"])
def test_exec(docker_client, option):
    node = docker_client.containers.run("redis", detach=True)
    with pytest.raises(Exception, match=f"`exec_run` with `{option}`"):
        node.exec_run("true", **{option: True})
    node.remove(force=True)


def test_networks_isolate_nothing(docker_client):
    with pytest.raises(Exception, match="a network with `internal`"):
        docker_client.networks.create("closed", internal=True)
    network = docker_client.networks.create("open")
    with pytest.raises(Exception, match="disconnecting a container"):
        network.disconnect("anything")


@pytest.mark.parametrize("name", ["events", "swarm", "api"])
def test_the_rest_of_the_client(docker_client, name):
    with pytest.raises(Exception, match=f"`LocalDocker.{name}`"):
        getattr(docker_client, name)


def test_dockers_own_errors(docker_client):
    with pytest.raises(docker.errors.NotFound):
        docker_client.containers.get("nobody")
    with pytest.raises(docker.errors.ImageNotFound):
        docker_client.images.get("sha256:0123")
    node = docker_client.containers.run("redis", name="only-one", detach=True)
    with pytest.raises(docker.errors.APIError, match="already in use"):
        docker_client.containers.create("redis", name="only-one")
    with pytest.raises(docker.errors.APIError, match="is running"):
        node.remove()
    node.kill()
    with pytest.raises(docker.errors.APIError, match="is not running"):
        node.kill()
    with pytest.raises(docker.errors.APIError, match="is not running"):
        node.exec_run("true")
    node.remove()
    with pytest.raises(docker.errors.NotFound):
        node.reload()
