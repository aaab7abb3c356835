import io

from harness.docker.frames import frames


def frame(output: int, content: bytes) -> bytes:
    return bytes([output, 0, 0, 0]) + len(content).to_bytes(4, "big") + content


def test_both_outputs_come_in_their_order() -> None:
    stream = io.BytesIO(frame(1, b"one") + frame(2, b"") + frame(2, b"two\n"))
    assert list(frames(stream)) == [(1, b"one"), (2, b""), (2, b"two\n")]


def test_a_stream_that_is_cut_ends_quietly() -> None:
    whole = frame(1, b"one")
    assert list(frames(io.BytesIO(whole + frame(1, b"two")[:5]))) == [(1, b"one")]
    assert list(frames(io.BytesIO(b""))) == []
