"""Gunicorn's settings; the address and the number of workers come from the command line."""

# Two shops on one machine would fight over the same control socket. Releases of gunicorn that
# know no such setting ignore it here (on the command line they would refuse to start).
control_socket_disable = True
accesslog = "-"
timeout = 60
