from harness.runtime.container_view import established

# As /proc/net/tcp writes them: 172.20.0.3:38022 -> 172.20.0.2:21000 (0x5208), and others.
TABLE = """\
  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode
   0: 030014AC:9486 020014AC:5208 01 00000000:00000000 00:00000000 00000000     0        0 1 1
   1: 030014AC:9487 020014AC:5208 06 00000000:00000000 00:00000000 00000000     0        0 2 1
   2: 030014AC:5208 020014AC:9999 01 00000000:00000000 00:00000000 00000000     0        0 3 1
   3: 00000000:1F40 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 4 1
  sl  local_address                         remote_address                        st tx_queue
   0: 0000000000000000FFFF0000030014AC:9488 0000000000000000FFFF0000020014AC:5208 01 0:0 0:0
"""


def test_only_established_connections_to_the_port_count() -> None:
    assert established(TABLE, 21000) == 2
    assert established(TABLE, 21001) == 0
    assert established("", 21000) == 0
